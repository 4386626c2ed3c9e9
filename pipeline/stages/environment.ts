import type { Environment } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import type { Due } from "../plan/triggers.ts";
import { approvalId } from "./approval.ts";

/** One rollout to an environment, after its images, its approval and the environment it promotes from. */
export function environmentStage(environment: Environment, { due, reason }: Due): Stage {
  const { name, approval, promoteFrom } = environment;
  return {
    id: name,
    title: titleOf(name),
    needs: [
      "image",
      ...(promoteFrom === null ? [] : [promoteFrom]),
      ...(approval === null ? [] : [approvalId(name)]),
    ],
    due,
    reason,
    steps: due
      ? [
          {
            kind: "rollout",
            id: `rollout:${name}`,
            title: `Rollout to ${name}`,
            needs: [],
            environment: name,
          },
        ]
      : [],
  };
}

/** Keeps the place of an environment that is always listed but not configured. */
export const absentEnvironment = (name: string, needs: string[]): Stage => ({
  id: name,
  title: titleOf(name),
  needs,
  due: false,
  reason: `no environment called ${name} is configured`,
  steps: [],
});

/** The title of its stage. */
export const titleOf = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
