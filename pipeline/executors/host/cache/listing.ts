import { isUtf8 } from "node:buffer";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { git } from "../../../context/git-process.ts";
import type { Failure } from "../../../failure.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { isPrivate } from "../paths.ts";

/** All paths below `root` that git does not ignore, tracked or not, sorted; a failure is a sentence. */
export async function listCheckout(
  root: string,
  environment: Record<string, string>,
): Promise<Result<string[], string>> {
  // One path a line, odd ones quoted: what is in a name cannot be taken for a line's end.
  const asked = ["-c", "core.quotePath=true", "ls-files", "-co", "--exclude-standard"];
  const listed = await git(root, asked, environment);
  if (!listed.ok) return fail(sentenceOf(listed.failure));
  const lines = listed.value.split("\n").filter((line) => line !== "");
  const paths = new Set<string>();
  for (const line of lines) {
    const path = unquoted(line);
    if (path === null) return fail(`the name ${line} is not UTF-8`);
    if (isPrivate(path)) continue;
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

const escapes: Record<string, string> = { a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r" };

/** A path as git prints it: in quotes with C escapes (octal for bytes) where it is odd. Null: no UTF-8. */
export function unquoted(line: string): string | null {
  if (!line.startsWith('"')) return line;
  const latin = line
    .slice(1, -1)
    .replaceAll(/\\(?:([0-7]{3})|(.))/g, (_whole, octal: string | undefined, sign: string | undefined) =>
      octal === undefined
        ? (escapes[sign ?? ""] ?? sign ?? "")
        : String.fromCharCode(Number.parseInt(octal, 8)),
    );
  const bytes = Buffer.from(latin, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : null;
}

/** The path itself, or all files and links below it, without what belongs to git. */
export function filesAt(root: string, path: string): string[] {
  const plain = path.replace(/\/$/, "");
  const stats = lstatSync(join(root, plain), { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return [plain];
  return readdirSync(join(root, plain))
    .filter((name) => name !== ".git")
    .flatMap((name) => filesAt(root, `${plain}/${name}`));
}
