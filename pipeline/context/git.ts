import { userInfo } from "node:os";
import { isAbsolute, normalize } from "node:path";
import type { Clock } from "../io/clock.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Context } from "./context.ts";
import { parseRefs, parseStatus, parseTimestamped, refFormat, withoutCredentials } from "./git-output.ts";
import { askTogether, git, type Question, type Variables, whole } from "./git-process.ts";
import { isShallow } from "./git-shallow.ts";
import { type Commit, candidatesOf, chosen, isRefName, namesOf } from "./ref.ts";
import { tagVersion, versionOf } from "./version.ts";

export type ContextOptions = {
  /** Any directory of the checkout; absolute. */
  directory: string;
  /** Why we run; `local` by default. */
  event?: Context["event"];
  /** A branch, a tag or a full ref; what is checked out by default. It need not exist. */
  ref?: string;
  /** Who asked for it; GITHUB_ACTOR, git's user.name or the system's user by default. */
  actor?: string;
  clock: Clock;
  /** Variables of the caller. */
  environment: Variables;
};

/**
 * Reads why and where we run from git, with all its questions asked at once. A failure says what is missing: git,
 * a repository, the history for a version that counts commits, a tag for a release.
 */
export async function readContext(options: ContextOptions): Promise<Result<Context>> {
  const { directory, environment, event = "local" } = options;
  const ref = options.ref === "HEAD" ? undefined : options.ref;
  if (ref !== undefined && !isRefName(ref)) return fail({ kind: "ref-unknown", ref });
  const candidates = ref === undefined ? [] : candidatesOf(ref, event);
  const named = ref !== undefined && tagVersion(ref.replace(/^refs\/tags\//, "")) !== null;
  const stored = candidates.flatMap((candidate) => candidate.stored);
  const given = options.actor ?? environment.GITHUB_ACTOR;
  const asked = {
    status: whole(["status", "--porcelain=v2", "--branch", "-z"]),
    refs: ref === undefined ? null : whole(["for-each-ref", `--format=${refFormat}`, ...stored]),
    history: named ? null : history(),
    user: given ? null : whole(["config", "user.name"]),
  };
  const questions = Object.values(asked).filter((each) => each !== null);
  const answered = await askTogether(directory, questions, environment);
  const answer = async (question: ReturnType<typeof whole>): Promise<Result<string>> =>
    answered.has(question) ? ok(question.text()) : git(directory, question.args, environment);
  const status = await answer(asked.status);
  if (!status.ok) return status;
  const refs = asked.refs === null ? null : await answer(asked.refs);
  if (refs?.ok === false) return refs;
  const head = parseStatus(status.value);
  if (head.head !== null && asked.history !== null && !answered.has(asked.history)) {
    const again = await git(directory, asked.history.args, environment);
    if (!again.ok) return again;
    asked.history.take(Buffer.from(again.value));
  }
  const past = asked.history?.found() ?? null;
  const here = {
    full: head.branch === null ? "HEAD" : `refs/heads/${head.branch}`,
    commit: head.head === null ? null : (past?.commit ?? null),
  };
  const { full, commit } = refs === null ? here : chosen(candidates, parseRefs(refs.value));
  const { branch, tag } = namesOf(full);
  const release = tag !== null && tagVersion(tag) !== null;
  if (event === "release" && !release) return fail({ kind: "release-tag-needed", got: full });
  const count = release || commit === null ? ok(0) : await countOf(commit, past, directory, environment);
  if (!count.ok) return count;
  const sha = commit?.sha ?? null;
  // A pull request and a detached head have no branch, but the ref names them better than nothing.
  const place = branch ?? (full.startsWith("refs/") ? full.slice("refs/".length) : null);
  return ok({
    event,
    ref: full,
    branch,
    tag,
    sha,
    committedAt: commit?.at ?? 0,
    dirty: head.dirty,
    actor: given || asked.user?.text().trim() || systemUser(),
    time: options.clock.now(),
    version: versionOf({ tag, branch: place, count: count.value, sha }),
  });
}

/** The checkout itself. `origin` is the address of the remote of that name, without credentials, or null. */
export type Repository = {
  directory: string;
  head: string | null;
  branch: string | null;
  dirty: boolean;
  origin: string | null;
};

export async function readRepository(directory: string, environment: Variables): Promise<Result<Repository>> {
  const [status, origin] = await Promise.all([
    git(directory, ["status", "--porcelain=v2", "--branch", "-z"], environment),
    git(directory, ["config", "remote.origin.url"], environment),
  ]);
  if (!status.ok) return status;
  const url = origin.ok && origin.value.trim() !== "" ? withoutCredentials(origin.value.trim()) : null;
  return ok({ directory, ...parseStatus(status.value), origin: url });
}

/** Those of the files (relative to `directory`) that git tracks; none where there is no repository. */
export async function tracked(
  directory: string,
  files: string[],
  environment: Variables,
): Promise<Set<string>> {
  const inside = files.filter((file) => !isAbsolute(file) && !normalize(file).startsWith(".."));
  if (inside.length === 0) return new Set();
  const listed = await git(
    directory,
    ["--literal-pathspecs", "ls-files", "-z", "--", ...inside],
    environment,
  );
  const known = new Set(listed.ok ? listed.value.split("\0") : []);
  return new Set(inside.filter((file) => known.has(normalize(file))));
}

type History = { commit: Commit | null; count: number };

async function countOf(
  commit: Commit,
  past: History | null,
  directory: string,
  environment: Variables,
): Promise<Result<number>> {
  if (isShallow(directory))
    return fail({ kind: "shallow-clone", needed: "the number of commits in the version" });
  if (past?.commit?.sha === commit.sha) return ok(past.count);
  const counted = await git(directory, ["rev-list", "--count", commit.sha], environment);
  return counted.ok ? ok(Number(counted.value)) : counted;
}

/** HEAD's commit and the number of commits behind it, in one question; the lines are counted as they come. */
function history(): Question & { found(): History } {
  let first = "";
  let complete = false;
  let count = 0;
  return {
    args: ["rev-list", "--timestamp", "HEAD"],
    take(chunk) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
      if (complete) return;
      const end = chunk.indexOf(10);
      first += chunk.toString("latin1", 0, end < 0 ? chunk.length : end);
      complete = end >= 0;
    },
    found: () => ({ commit: parseTimestamped(first), count }),
  };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have a number and no name.
    return "unknown";
  }
}
