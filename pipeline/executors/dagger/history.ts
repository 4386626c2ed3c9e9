import type { Client, GitRef, GitRepository } from "@dagger.io/dagger";
import { fail, ok, type Result } from "../../result.ts";

/** What git knows of a commit. */
export type History = {
  /** 40 hex digits. */
  sha: string;
  /** Commits from the first one to this one. */
  count: number;
  /** ms since the epoch. */
  committedAt: number;
};

const gitImage = "alpine/git:2.47.2";

/** Every commit there is: what git itself takes for no limit. */
const unlimited = 2147483647;

/** Reads a ref's facts. The count and the time come from git in a container: the API does not give them. */
export async function readHistory(client: Client, ref: GitRef): Promise<History> {
  const asked = client
    .container()
    .from(gitImage)
    .withDirectory("/src", ref.tree({ depth: unlimited }))
    .withWorkdir("/src")
    .withExec(["sh", "-c", `git ${trusted} rev-list --count HEAD && git ${trusted} log -1 --format=%ct`]);
  const [sha, said] = await Promise.all([ref.commit(), asked.stdout()]);
  const [count = 0, seconds = 0] = said.trim().split(/\s+/).map(Number);
  return { sha, count, committedAt: seconds * 1000 };
}

/** The tree may belong to another user than the one in the container. */
const trusted = "-c safe.directory=/src";

/**
 * Refuses a source that is not of this repository: the default repository is the module's own, whatever the source
 * is. The source belongs to it if the commit holds a configuration of the same app, wherever it stands.
 */
export async function belongs(app: string, file: string, git: GitRepository): Promise<Result<void>> {
  const tree = git.head().tree();
  const [atRoot, below] = await Promise.all([tree.exists(file), tree.glob(`**/${file}`)]);
  const paths = [...new Set([...(atRoot ? [file] : []), ...below])];
  const texts = await Promise.all(paths.map((path) => tree.file(path).contents()));
  const apps = texts.map((text) => /^app:\s*["']?([^\s"'#]+)/m.exec(text)?.[1]);
  if (apps.includes(app)) return ok(undefined);
  return fail({
    kind: "usage",
    got: `a source of the app ${app}, and a repository whose last commit has no ${file} of it`,
    expected: "the repository that the source is a checkout of",
    remedy: `Name it with --git, or commit ${file} first.`,
  });
}
