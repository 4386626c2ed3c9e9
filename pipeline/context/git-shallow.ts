import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** A shallow clone has a file of that name in its git directory (gitrepository-layout): no process is needed. */
export function isShallow(directory: string): boolean {
  let above = resolve(directory);
  while (!existsSync(join(above, ".git"))) {
    if (dirname(above) === above) return false;
    above = dirname(above);
  }
  return existsSync(join(commonDirectory(join(above, ".git")), "shallow"));
}

/** The git directory that all worktrees share. */
function commonDirectory(dotGit: string): string {
  if (statSync(dotGit).isDirectory()) return dotGit;
  const named = readFileSync(dotGit, "utf8")
    .replace(/^gitdir: /, "")
    .trim();
  const own = resolve(dirname(dotGit), named);
  const common = join(own, "commondir");
  return existsSync(common) ? resolve(own, readFileSync(common, "utf8").trim()) : own;
}
