import { posix } from "node:path";
import type { Client, Directory, GitRef, GitRepository } from "@dagger.io/dagger";
import { fail, ok, type Result } from "../../result.ts";
import { historyArgs } from "./commands.ts";
import { type Addresses, ownImages } from "./images.ts";
import { excluded } from "./mapping.ts";

/** What git knows of a commit. */
export type History = {
  /** 40 hex digits. */
  sha: string;
  /** Commits from the first one to this one. */
  count: number;
  /** ms since the epoch. */
  committedAt: number;
  /** The source is not what the commit holds. */
  dirty: boolean;
};

/** Every commit there is: what git itself takes for no limit. */
const unlimited = 2147483647;

/** What git knows of a ref and all before it: a directory that stands at .git. */
export const historyOf = (ref: GitRef): Directory => ref.tree({ depth: unlimited }).directory(".git");

export type HistoryQuestion = {
  client: Client;
  address: Addresses;
  /** What git does not ignore of the source, and where it stands in the repository, "." for its root. */
  source: Directory;
  place: string;
};

/**
 * Reads a ref's facts. The count, the time and whether the source differs come from git in a container: the API does
 * not give them.
 */
export async function readHistory(
  { client, address, source, place }: HistoryQuestion,
  ref: GitRef,
): Promise<History> {
  const asked = client
    .container()
    .from(address(ownImages.git))
    .withMountedDirectory(
      "/src",
      client.directory().withDirectory(place, source).withDirectory(".git", historyOf(ref)),
    )
    .withWorkdir("/src")
    .withExec(historyArgs(place, excluded));
  const [sha, said] = await Promise.all([ref.commit(), asked.stdout()]);
  const [count = 0, seconds = 0, changes = 0] = said.trim().split(/\s+/).map(Number);
  return { sha, count, committedAt: seconds * 1000, dirty: changes > 0 };
}

/**
 * Where in the repository the source stands. A source that is not of this repository is refused: the default
 * repository is the module's own, whatever the source is. It belongs to it if the commit holds a configuration of the
 * same app, wherever it stands.
 */
export async function placeOf(app: string, file: string, git: GitRepository): Promise<Result<string>> {
  const tree = git.head().tree({ discardGitDir: true });
  const [atRoot, below] = await Promise.all([tree.exists(file), tree.glob(`**/${file}`)]);
  const paths = [...new Set([...(atRoot ? [file] : []), ...below])];
  const texts = await Promise.all(paths.map((path) => tree.file(path).contents()));
  const found = paths.find((_path, at) => /^app:\s*["']?([^\s"'#]+)/m.exec(texts[at] ?? "")?.[1] === app);
  if (found !== undefined) return ok(posix.normalize(found.slice(0, found.length - file.length) || "."));
  return fail({
    kind: "usage",
    got: `a source of the app ${app}, and a repository whose last commit has no ${file} of it`,
    expected: "the repository that the source is a checkout of",
    remedy: `Name it with --git, or commit ${file} first.`,
  });
}
