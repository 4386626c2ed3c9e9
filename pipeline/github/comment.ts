import { z } from "zod";
import { commentMark } from "../report/markdown/summary.ts";
import { ok, type Result } from "../result.ts";
import type { GithubApi } from "./api.ts";

const comment = z.object({
  id: z.number(),
  body: z.string().nullish(),
  user: z.object({ type: z.string().optional() }).nullish(),
});

/** Comments that are looked through for ours. */
const mostComments = 1000;

/** Writes the one comment of the pipeline on a pull request, or brings it up to date where it is there. */
export async function keepComment(api: GithubApi, pullRequest: number, body: string): Promise<Result<void>> {
  const what = `the comment on pull request ${pullRequest}`;
  const route = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
  const about = { issue_number: pullRequest };
  const all = await api.list({ what, route: `GET ${route}`, parameters: about }, comment, mostComments);
  if (!all.ok) return all;
  // Somebody may quote the mark: only a program's comment is ours to change.
  const own = all.value.find(({ body: text, user }) => user?.type === "Bot" && text?.startsWith(commentMark));
  if (own?.body === body) return ok(undefined);
  const written = await (own === undefined
    ? api.ask({ what, route: `POST ${route}`, parameters: { ...about, body } }, z.unknown())
    : api.ask(
        {
          what,
          route: "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
          parameters: { comment_id: own.id, body },
        },
        z.unknown(),
      ));
  return written.ok ? ok(undefined) : written;
}
