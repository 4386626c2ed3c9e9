import { lstatSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import { isPrivate, isWithin, tidy } from "../paths.ts";
import { statsOf } from "./content.ts";
import { filesAt } from "./listing.ts";

/** The files of a listing that no step writes: neither an output itself nor below one. */
export function sourcesOf(listing: string[], outputs: string[]): string[] {
  const written = new Set(outputs.map(tidy));
  if (written.has("")) return [];
  return listing.filter((path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
      if (written.has(path.slice(0, end))) return false;
    return true;
  });
}

/** The input files of a step that names each of them; null where only a listing of the checkout can tell. */
export function namedFiles(root: string, globs: string[]): string[] | null {
  if (globs.length === 0 || globs.some(isPattern)) return null;
  const paths = [...new Set(globs.map(tidy))];
  const isFile = (path: string) => statsOf(`${root}/${path}`)?.isFile() ?? false;
  return paths.every(isFile) ? paths.filter((path) => !isPrivate(path)).sort() : null;
}

/**
 * The input files of a step among the `sources`. No globs: all of them. A pattern picks from them; `!` takes away; a
 * plain path is meant as it stands, ignored by git or not, a directory with all below it. What steps write is no
 * input unless it is named by a plain path: the keys of the steps that wrote it stand for it.
 */
export function inputFiles(root: string, sources: string[], globs: string[]): string[] {
  if (globs.length === 0) return sources;
  const wanted = globs.filter((glob) => !glob.startsWith("!"));
  const unwanted = globs.filter((glob) => glob.startsWith("!")).map((glob) => matcher(glob.slice(1)));
  const patterns = wanted.filter(isPattern).map(matcher);
  const plain = wanted.filter((glob) => !isPattern(glob)).map(tidy);

  const found = new Set<string>();
  if (patterns.length > 0)
    for (const path of sources) if (patterns.some((matches) => matches(path))) found.add(path);
  for (const path of plain) {
    const within = below(sources, path);
    for (const source of within) found.add(source);
    if (path === "" || within.length > 0) continue;
    if (lstatSync(join(root, path), { throwIfNoEntry: false })) {
      for (const file of filesAt(root, path)) found.add(file);
    }
  }
  return [...found].filter((path) => !isPrivate(path) && !unwanted.some((matches) => matches(path))).sort();
}

/** The path itself and all that is below it, of sorted paths: they stand together, but for names such as a-b beside a/. */
function below(sources: string[], path: string): string[] {
  if (path === "") return sources;
  const found = sources[from(sources, path)] === path ? [path] : [];
  for (let at = from(sources, `${path}/`); sources[at]?.startsWith(`${path}/`); at++)
    found.push(sources[at] ?? "");
  return found;
}

/** Where the first path stands that is not before this one. */
function from(sorted: string[], path: string): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** False for a plain path, which stands for itself or what is below it. */
export const isPattern = (glob: string): boolean =>
  glob.startsWith("!") || (!/^[\w./-]*$/.test(glob) && picomatch.scan(glob).isGlob);

function matcher(glob: string): (path: string) => boolean {
  const plain = tidy(glob);
  const matches = picomatch(plain, { dot: true });
  // A directory stands for what is in it.
  return isPattern(glob) ? matches : (path) => isWithin(path, plain);
}
