import { mkdir } from "node:fs/promises";
import type { Children } from "./children.ts";

const identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"];

/** Makes the directory a git repository on branch main with one commit of all that it holds. */
export async function commitAll(children: Children, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const git = (...args: string[]): Promise<number> =>
    children.time({ argv: ["git", ...identity, ...args], directory }, 30_000);
  await git("init", "--quiet", "--initial-branch", "main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Begin");
}
