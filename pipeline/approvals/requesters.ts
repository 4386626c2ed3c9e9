import { git, type Variables } from "../context/git-process.ts";
import { fail, ok, type Result } from "../result.ts";

/** Whose run it is, and the checkout in which names are looked up. */
export type RequestersQuestion = {
  directory: string;
  variables: Variables;
  /** Who runs it (see `Context.actor`). */
  actor: string;
  /** The release: its commit where it is known, otherwise its version leads to it. */
  sha: string | null;
  version: string;
};

/** All names of the actor: as the context has it, and where it is git's own user, the e-mail address too. */
export async function actorNames({ directory, variables, actor }: RequestersQuestion): Promise<string[]> {
  if (variables.GITHUB_ACTOR !== undefined) return [actor];
  const email = await git(directory, ["config", "user.email"], variables);
  return distinct([actor, email.ok ? email.value : ""]);
}

/**
 * All names of the author of the release's commit, also by the .mailmap; `ref-unknown` where the commit is not
 * in this clone: who wrote it is then not known, and nobody may be taken for somebody else.
 */
export async function authorNames(question: RequestersQuestion): Promise<Result<string[]>> {
  const { directory, variables } = question;
  const refs = refsOf(question);
  for (const ref of refs) {
    const format = "--format=%an%x00%ae%x00%aN%x00%aE";
    const told = await git(directory, ["log", "-1", format, ref, "--"], variables);
    if (told.ok) return ok(distinct(told.value.split("\0")));
    if (told.failure.kind === "git-missing" || told.failure.kind === "not-a-repository") return told;
  }
  return fail({ kind: "ref-unknown", ref: refs[0] ?? question.version });
}

/** Where the commit of a release is found: by itself, by its tag, by the commit in the version of a branch. */
function refsOf({ sha, version }: RequestersQuestion): string[] {
  if (sha !== null) return [sha];
  const build = /\+([0-9a-f]{7,40})$/.exec(version)?.[1];
  return build === undefined ? [`refs/tags/v${version}`, `refs/tags/${version}`] : [build];
}

const distinct = (names: string[]): string[] =>
  [...new Set(names.map((name) => name.trim()))].filter((name) => name !== "");
