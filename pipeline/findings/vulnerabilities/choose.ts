import { posix } from "node:path";
import { general, reads, type Scanner, scanners } from "./commands.ts";

/** One run of a scanner, in a directory relative to the root, on a file of it. */
export type Audit = { scanner: Scanner; directory: string; file: string };

/** `uncovered`: manifests that no scanner on this machine reads, each with the ones that would. */
export type Choice = { audits: Audit[]; uncovered: { path: string; by: string[] }[] };

/** Directories of other people's code. */
const foreign = /(^|\/)(node_modules|\.venv|venv|vendor|target|\.bellwether|site-packages)\//;

/** What to run for the manifests among the paths: `wanted` scanners alone where any are named, those at hand otherwise. */
export function chooseAudits(paths: string[], wanted: string[], has: (program: string) => boolean): Choice {
  const choice: Choice = { audits: [], uncovered: [] };
  const all = [...scanners, ...general];
  const own = paths.filter((path) => !foreign.test(path));
  const found = own.filter((path) => all.some((scanner) => reads(scanner, posix.basename(path))));
  for (const path of found) {
    const file = posix.basename(path);
    const able = all.filter((scanner) => reads(scanner, file));
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

/** Manifests whose dependencies have their versions from a lock: its names, beside it or above, and what names some. */
const locked: { manifest: string; locks: RegExp; names: RegExp }[] = [
  {
    manifest: "package.json",
    locks: /^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/,
    names: /"(dev|optional|peer)?dependencies"\s*:\s*\{\s*"/i,
  },
  {
    manifest: "pyproject.toml",
    locks: /^(uv|poetry|pdm|Pipfile)\.lock$|requirements.*\.txt$/,
    names:
      /^\s*(dependencies\s*=\s*\[\s*["']|\[tool\.poetry\.(group\.[\w-]+\.)?dependencies\]\s*\n\s*(?!python\b)\w)/m,
  },
  { manifest: "Pipfile", locks: /^Pipfile\.lock$/, names: /^\[(dev-)?packages\]\s*\n\s*["\w]/m },
  { manifest: "Cargo.toml", locks: /^Cargo\.lock$/, names: /^\[(dev-|build-)?dependencies\]\s*\n\s*["\w]/m },
];

/** Manifests that name dependencies without a lock: which versions somebody gets no scanner can tell. */
export function unlocked(paths: string[], text: (path: string) => string | null): string[] {
  const own = paths.filter((path) => !foreign.test(path));
  return own.filter((path) => {
    const kind = locked.find(({ manifest }) => manifest === posix.basename(path));
    if (kind === undefined) return false;
    const directory = posix.dirname(path);
    const above = (place: string) =>
      place === "." || place === directory || directory.startsWith(`${place}/`);
    const has = own.some((each) => kind.locks.test(posix.basename(each)) && above(posix.dirname(each)));
    return !has && kind.names.test(text(path) ?? "");
  });
}
