import type { GitRepository } from "@dagger.io/dagger";
import type { Context } from "../../context/context.ts";
import { candidatesOf, chosen, isRefName, namesOf } from "../../context/ref.ts";
import { tagVersion, versionOf } from "../../context/version.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type History, type HistoryQuestion, readHistory } from "./history.ts";

/** What the caller says about why it runs; what is left out comes from what is checked out. */
export type Wanted = {
  event?: Context["event"] | undefined;
  ref?: string | undefined;
  tag?: string | undefined;
  actor?: string | undefined;
};

/** `history` is null for a ref that does not exist. */
type Found = { full: string; history: History | null };

/** The context of checks: what they find follows from the files alone, whichever commit they are of. */
export const checkContext = (event: "local" | "pull_request", time: number): Context => ({
  ...{
    event,
    ref: "HEAD",
    branch: null,
    tag: null,
    sha: null,
    committedAt: 0,
    dirty: false,
    actor: "dagger",
  },
  time,
  version: versionOf({ tag: null, branch: null, count: 0, sha: null }),
});

/**
 * The context of a repository. Its time is the commit's, and nobody is its actor but the engine: the same call has
 * the same context, and may be answered from the engine's cache.
 */
export async function readContext(
  question: HistoryQuestion,
  git: GitRepository,
  { event = "local", ref, tag, actor }: Wanted,
): Promise<Result<Context>> {
  // A workflow hands on what its event lacks as an empty text.
  const wanted = (tag ? `refs/tags/${tag}` : ref) || undefined;
  if (wanted !== undefined && !isRefName(wanted)) return fail({ kind: "ref-unknown", ref: wanted });
  const { full, history } = await find(question, git, event, wanted);
  const names = namesOf(full);
  if (event === "release" && (names.tag === null || tagVersion(names.tag) === null))
    return fail({ kind: "release-tag-needed", got: full });
  const sha = history?.sha ?? null;
  const committedAt = history?.committedAt ?? 0;
  // A pull request and a detached head have no branch, but the ref names them better than nothing.
  const branch = names.branch ?? (full.startsWith("refs/") ? full.slice("refs/".length) : null);
  const version = versionOf({ tag: names.tag, branch, count: history?.count ?? 0, sha });
  return ok({
    event,
    ref: full,
    ...names,
    sha,
    committedAt,
    dirty: history?.dirty ?? false,
    actor: actor || "dagger",
    time: committedAt,
    version,
  });
}

async function find(
  question: HistoryQuestion,
  git: GitRepository,
  event: Context["event"],
  wanted: string | undefined,
): Promise<Found> {
  if (wanted === undefined) {
    const head = git.head();
    const [ref, history] = await Promise.all([head.ref(), readHistory(question, head)]);
    return { full: ref.startsWith("refs/") ? ref : "HEAD", history };
  }
  const candidates = candidatesOf(wanted, event);
  const [tags, branches] = await Promise.all([git.tags(), git.branches()]);
  const there = new Set([...tags.map(under("refs/tags/")), ...branches.map(under("refs/heads/"))]);
  const found = candidates.find(({ full }) => there.has(full));
  return found === undefined
    ? { full: chosen(candidates, new Map()).full, history: null }
    : { full: found.full, history: await readHistory(question, git.ref(found.full)) };
}

const under =
  (prefix: string) =>
  (name: string): string =>
    name.startsWith("refs/") ? name : `${prefix}${name}`;
