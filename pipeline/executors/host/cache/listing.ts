import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { unquoted } from "../../../context/git-path.ts";
import { git } from "../../../context/git-process.ts";
import type { Failure } from "../../../failure.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { isPrivate } from "../paths.ts";

/**
 * All paths below `root` that git does not ignore, tracked or not, sorted; a failure is a sentence. One that is no UTF-8
 * is a failure, too, unless somebody takes such names, as git writes them.
 */
export async function listCheckout(
  root: string,
  environment: Record<string, string>,
  takeOdd?: (written: string) => void,
): Promise<Result<string[], string>> {
  // One path a line, odd ones quoted: what is in a name cannot be taken for a line's end.
  const asked = ["-c", "core.quotePath=true", "ls-files", "-co", "--exclude-standard"];
  const listed = await git(root, asked, environment);
  if (!listed.ok) return fail(sentenceOf(listed.failure));
  const lines = listed.value.split("\n").filter((line) => line !== "");
  const paths = new Set<string>();
  for (const line of lines) {
    const path = unquoted(line);
    if (path === null && !takeOdd) return fail(`the name ${line} is not UTF-8`);
    if (path === null) takeOdd?.(line);
    if (path === null || isPrivate(path)) continue;
    // A trailing slash or a directory is a repository inside this one.
    for (const file of path.endsWith("/") ? filesAt(root, path) : [path]) paths.add(file);
  }
  return ok([...paths].sort());
}

/** All files and links below `root`, sorted, without what is git's or ours: a copy that holds nothing else. */
export const listTree = (root: string): string[] =>
  readdirSync(root)
    .filter((name) => name !== ".git" && !isPrivate(name))
    .flatMap((name) => filesAt(root, name))
    .sort();

const sentenceOf = (failure: Failure): string => {
  if (failure.kind === "git-failed") return failure.reason;
  return failure.kind === "git-missing" ? "there is no git on this machine" : "this is no git repository";
};

/** The path itself, or all files and links below it, without what belongs to git. */
export function filesAt(root: string, path: string): string[] {
  const plain = path.replace(/\/$/, "");
  const stats = lstatSync(join(root, plain), { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return [plain];
  return readdirSync(join(root, plain))
    .filter((name) => name !== ".git")
    .flatMap((name) => filesAt(root, `${plain}/${name}`));
}
