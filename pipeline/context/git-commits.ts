import { git, type Variables } from "./git-process.ts";

/** One commit for people: an abbreviated name and its first line. */
export type CommitLine = { commit: string; subject: string };

/** The newest commits, newest first, and how many there are in all. */
export type Commits = { count: number; newest: CommitLine[] };

/** Most commits that are listed. */
const listed = 20;

/** The commit that a version was made of: by its tag, or by the commit in the version of a branch; null: not here. */
export async function commitOf(
  directory: string,
  version: string,
  environment: Variables,
): Promise<string | null> {
  const build = /\+([0-9a-f]{7,40})$/.exec(version)?.[1];
  const refs = build === undefined ? [`refs/tags/v${version}`, `refs/tags/${version}`] : [build];
  for (const ref of refs) {
    const found = await git(directory, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], environment);
    if (found.ok && found.value.trim() !== "") return found.value.trim();
  }
  return null;
}

/** The commits that `to` has and `from` has not; null where one of them is not in this clone. */
export async function commitsBetween(
  directory: string,
  from: string,
  to: string,
  environment: Variables,
): Promise<Commits | null> {
  const range = `${from}..${to}`;
  const [count, log] = await Promise.all([
    git(directory, ["rev-list", "--count", range, "--"], environment),
    git(directory, ["log", `--max-count=${listed}`, "--format=%h%x00%s", range, "--"], environment),
  ]);
  if (!count.ok || !log.ok) return null;
  const newest = log.value
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [commit = "", subject = ""] = line.split("\0");
      return { commit, subject };
    });
  return { count: Number(count.value), newest };
}
