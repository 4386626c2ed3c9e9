import type { Config } from "../../config/config.ts";
import type { Saying } from "../repository.ts";

/** What has to be set up on GitHub, and what cannot work as it is configured. */
export function workflowSayings(config: Config): Saying[] {
  const environments = Object.values(config.environments);
  return [
    ...environments.flatMap(({ name, approval, target }): Saying[] => [
      {
        kind: "unknown",
        what: `the environments ${name} and ${name}-rollback on GitHub`,
        remedy:
          approval?.github === undefined || approval?.github === null
            ? "make both there, with the secrets of this environment"
            : `make both there, with the secrets of this environment; ${name} with ${approval.required === 1 ? "a required reviewer" : `${approval.required} required reviewers`} and without self-review, ${name}-rollback with none`,
      },
      ...(target.kind === "local"
        ? ([
            {
              kind: "unknown",
              what: `how a runner reaches ${name}`,
              remedy: `the local target is its own machine's: give ${name} another one, or its job will be refused`,
            },
          ] satisfies Saying[])
        : []),
    ]),
    ...environments
      .filter(({ name, on }) => !["staging", "production"].includes(name) && on.kind !== "manual")
      .map(
        ({ name }): Saying => ({
          kind: "unknown",
          what: `the job of ${name}`,
          remedy: "the workflows deploy staging and production: add a job for it, or deploy it by hand",
        }),
      ),
  ];
}
