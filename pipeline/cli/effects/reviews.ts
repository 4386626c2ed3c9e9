import type { ApprovalRule } from "../../config/config.ts";
import type { Approvable } from "../../deploy/gates.ts";
import type { Reviews } from "../../github/approvals.ts";
import { runOf } from "../../github/runner.ts";
import { explain } from "../../report/failure.ts";
import type { Work } from "./work.ts";

type ReviewWork = Pick<Work, "context"> & { desk: Pick<Work["desk"], "clock" | "variables"> };

type Asked = Pick<Approvable, "app" | "environment" | "version" | "digests">;

/**
 * What the reviewers of this workflow's run say; nothing outside of a workflow. Where GitHub cannot be asked, nobody
 * has approved, and the gate says why.
 */
export async function workflowReviews(
  { desk, context }: ReviewWork,
  rule: ApprovalRule,
  asked: Asked,
): Promise<Reviews> {
  const run = runOf(desk.variables);
  if (run === null || rule.github === null) return { approvals: [], requesters: [] };
  const [{ githubApi }, { reviewsOf }] = await Promise.all([
    import("../../github/api.ts"),
    import("../../github/approvals.ts"),
  ]);
  const api = githubApi(run.place, desk.clock);
  const now = desk.clock.now();
  const sha = asked.version === context.version ? context.sha : null;
  const told = await reviewsOf({ id: run.id, api }, { ...asked, sha }, { ...rule, github: rule.github }, now);
  if (told.ok) return told.value;
  const { what, next } = explain(told.failure);
  const problem = `${what} ${next}`;
  return {
    approvals: [{ format: 1, ...asked, by: "GitHub", at: now, expiresAt: now, how: "github", problem }],
    requesters: [],
  };
}
