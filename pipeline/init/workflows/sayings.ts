import type { Config } from "../../config/config.ts";
import type { Saying } from "../repository.ts";
import { care } from "./care.ts";

/** What has to be set up on GitHub, what cannot work as it is configured, and what stayed as it is (`kept`). */
export function workflowSayings(config: Config, kept: string[]): Saying[] {
  const environments = Object.values(config.environments);
  return [
    ...kept.map(
      (path): Saying => ({
        kind: "unknown",
        what: `${path}, which stays as it is`,
        remedy: care[path]?.addition ?? "",
      }),
    ),
    ...environments.flatMap(({ name, approval, target }): Saying[] => [
      {
        kind: "unknown",
        what: `the environments ${name} and ${name}-rollback on GitHub`,
        remedy:
          approval?.github === undefined || approval?.github === null
            ? "make both there, with the secrets of this environment"
            : `make both there, with the secrets of this environment; ${name} with ${approval.required === 1 ? "a required reviewer" : `${approval.required} required reviewers`} and without self-review, ${name}-rollback with none`,
      },
      ...(target.kind === "systemd"
        ? ([
            {
              kind: "unknown",
              what: `the key that reaches the hosts of ${name}`,
              remedy: `put a private key of the user who deploys into the secret SSH_KEY of ${name} and ${name}-rollback, with its last line break${target.knownHosts === null ? "; commit the hosts' keys as a file and name it under known-hosts, or no runner trusts them" : ""}`,
            },
          ] satisfies Saying[])
        : []),
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
      .filter(({ name, on }) => !isDeployed(name, on.kind))
      .map(
        ({ name }): Saying => ({
          kind: "unknown",
          what: `the job of ${name}`,
          remedy:
            "the workflows deploy staging from a branch and production on a release: add a job for it, or deploy it by hand",
        }),
      ),
  ];
}

/** Whether a workflow has a job that deploys an environment when its trigger says so. */
const isDeployed = (name: string, trigger: string): boolean =>
  trigger === "manual" ||
  (name === "staging" && trigger === "branch") ||
  (name === "production" && trigger === "release");
