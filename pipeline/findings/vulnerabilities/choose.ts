import { posix } from "node:path";
import { general, manifests, type Scanner, scanners } from "./commands.ts";

/** One run of a scanner, in a directory relative to the root, on a file of it. */
export type Audit = { scanner: Scanner; directory: string; file: string };

/** `uncovered`: manifests that no scanner on this machine reads, each with the ones that would. */
export type Choice = { audits: Audit[]; uncovered: { path: string; by: string[] }[] };

/** Directories of other people's code. */
const foreign = /(^|\/)(node_modules|\.venv|venv|vendor|target|\.bellwether|site-packages)\//;

/** What to run for the manifests among the paths: `wanted` scanners alone where any are named, those at hand otherwise. */
export function chooseAudits(paths: string[], wanted: string[], has: (program: string) => boolean): Choice {
  const choice: Choice = { audits: [], uncovered: [] };
  const found = paths.filter((path) => manifests.includes(posix.basename(path)) && !foreign.test(path));
  for (const path of found) {
    const file = posix.basename(path);
    const able = [...scanners, ...general].filter(({ files }) => files.includes(file));
    const named = wanted.length === 0 ? able : able.filter(({ name }) => wanted.includes(name));
    const there = named.filter((scanner) => has(scanner.command(file)[0] ?? ""));
    // A named scanner must run; otherwise the nearest one at hand is enough.
    const chosen = wanted.length === 0 ? there.slice(0, 1) : there;
    for (const scanner of chosen) choice.audits.push({ scanner, directory: posix.dirname(path), file });
    const missing = wanted.length > 0 && there.length < named.length;
    if (chosen.length === 0 || missing)
      choice.uncovered.push({
        path,
        by: (named.length > 0 ? named : able).filter((one) => !there.includes(one)).map(({ name }) => name),
      });
  }
  return choice;
}
