import type { Stage } from "../plan/plan.ts";

/** Back to the release that completed before the live one (`to` null), or to a named one. */
export const rollback = (environment: string, to: string | null): Stage => ({
  id: "rollback",
  title: `Rollback of ${environment}`,
  needs: [],
  due: true,
  reason: to === null ? "asked for: the release that completed before the live one" : `asked for: ${to}`,
  steps: [
    {
      kind: "rollback",
      id: `rollback:${environment}`,
      title: to === null ? `Roll ${environment} back` : `Roll ${environment} back to ${to}`,
      needs: [],
      environment,
      to,
    },
  ],
});
