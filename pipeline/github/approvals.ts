import { z } from "zod";
import type { ApprovalRule } from "../config/config.ts";
import type { Approvable, Approval } from "../deploy/gates.ts";
import { ok, type Result } from "../result.ts";
import type { GithubApi } from "./api.ts";

/** One run of a workflow whose reviewers are asked for. */
export type ReviewedRun = { id: number; api: GithubApi };

/** What is to be approved, of which commit; `sha` null: its commit is not known. */
export type Reviewed = Pick<Approvable, "app" | "environment" | "version" | "digests"> & {
  sha: string | null;
};

/** What GitHub says: approvals as facts for the gate, and the logins of everybody who asked for the release. */
export type Reviews = { approvals: Approval[]; requesters: string[] };

const person = z.object({ login: z.string(), type: z.string().optional() });

const runShape = z.object({
  head_sha: z.string(),
  run_started_at: z.iso.datetime({ offset: true }),
  actor: person.nullish(),
  triggering_actor: person.nullish(),
});

const reviewShape = z.object({
  state: z.string(),
  user: person.nullish(),
  environments: z.array(z.object({ name: z.string() })),
});

const commitShape = z.object({ author: person.nullish(), committer: person.nullish() });

/** The committer of what is merged on GitHub's pages. */
const webCommitter = "web-flow";

/**
 * Who approved this run for an environment of GitHub's (the run's review history). An approval is of the run, so it is
 * bound to the digests that the run is about to deploy, and it is good from the run's start for as long as the
 * environment's rule says. What makes it count for nothing is its `problem`: another commit, a program's approval, or
 * nobody knows who wrote the commit.
 */
export async function reviewsOf(
  { id, api }: ReviewedRun,
  { sha, ...wanted }: Reviewed,
  rule: ApprovalRule & { github: string },
  now: number,
): Promise<Result<Reviews>> {
  const about = { run_id: id };
  const what = `who approved run ${id}`;
  const route = "GET /repos/{owner}/{repo}/actions/runs/{run_id}";
  const run = await api.ask({ what, route, parameters: about }, runShape);
  if (!run.ok) return run;
  const reviews = await api.ask(
    { what, route: `${route}/approvals`, parameters: about },
    z.array(reviewShape),
  );
  if (!reviews.ok) return reviews;
  const commit = await api.ask(
    {
      what: `who wrote the commit of run ${id}`,
      route: "GET /repos/{owner}/{repo}/commits/{ref}",
      parameters: { ref: run.value.head_sha },
    },
    commitShape,
  );
  if (!commit.ok) return commit;
  const { actor, triggering_actor: again, head_sha: built, run_started_at: started } = run.value;
  const { author, committer } = commit.value;
  const problem = problemOf(rule, sha, built, author?.login);
  const approvals = reviews.value
    .filter(({ state }) => state === "approved")
    .filter(({ environments }) => environments.some(({ name }) => name === rule.github))
    .map(
      ({ user }): Approval => ({
        format: 1,
        ...wanted,
        by: user?.login ?? "somebody",
        at: now,
        expiresAt: Date.parse(started) + rule.expiresMs,
        how: "github",
        ...problemMark(problem ?? reviewerProblem(user)),
      }),
    );
  const requesters = [actor, again, author, committer].flatMap((one) => one?.login ?? []);
  return ok({ approvals, requesters: requesters.filter((login) => login !== webCommitter) });
}

const problemMark = (problem: string | null): { problem?: string } => (problem === null ? {} : { problem });

function problemOf(
  { fourEyes }: ApprovalRule,
  wanted: string | null,
  built: string,
  author: string | undefined,
): string | null {
  if (wanted === null) return "the commit of this version is not known, so a run cannot be held against it";
  if (wanted !== built) return `it is of a run for commit ${built.slice(0, 12)}, not ${wanted.slice(0, 12)}`;
  if (fourEyes && author === undefined)
    return `four eyes are asked for, and GitHub does not know who wrote commit ${built.slice(0, 12)}: its author's address belongs to no account`;
  return null;
}

function reviewerProblem(user: z.infer<typeof person> | null | undefined): string | null {
  if (!user) return "the account that gave it is gone";
  return user.type === "Bot" ? "it is a program's, and nobody's consent" : null;
}
