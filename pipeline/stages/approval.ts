import type { Environment } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import type { Due } from "../plan/triggers.ts";

/** Stage that approves an environment: `approval` for production, approval-NAME for another one. */
export const approvalId = (environment: string): string =>
  environment === "production" ? "approval" : `approval-${environment}`;

/** Asks for approval of the digests before the rollout; due when the rollout is. */
export function approval(environment: Environment, rollout: Due): Stage {
  const { name, promoteFrom } = environment;
  const due = rollout.due && environment.approval !== null;
  return {
    id: approvalId(name),
    title: name === "production" ? "Approval" : `Approval of ${name}`,
    needs: ["image", ...(promoteFrom === null ? [] : [promoteFrom])],
    due,
    reason: reasonOf(environment, rollout),
    steps: due
      ? [{ kind: "approval", id: `approval:${name}`, title: `Approve ${name}`, needs: [], environment: name }]
      : [],
  };
}

/** Keeps the place of the approval where there is no production. */
export const absentApproval: Stage = {
  id: approvalId("production"),
  title: "Approval",
  needs: ["image"],
  due: false,
  reason: "no environment called production is configured",
  steps: [],
};

function reasonOf({ name, approval: asked }: Environment, rollout: Due): string {
  if (asked === null) return `${name} asks for no approval`;
  if (!rollout.due) return `${name} is not due`;
  return `${name} asks for ${asked.required === 1 ? "an approval" : `${asked.required} approvals`}`;
}
