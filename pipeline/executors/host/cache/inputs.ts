import { lstatSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import { isPrivate, isWithin, tidy } from "../paths.ts";
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
  for (const path of sources) {
    if (plain.some((one) => isWithin(path, one)) || patterns.some((matches) => matches(path)))
      found.add(path);
  }
  for (const path of plain) {
    if (path === "" || found.has(path) || sources.some((source) => isWithin(source, path))) continue;
    if (lstatSync(join(root, path), { throwIfNoEntry: false })) {
      for (const file of filesAt(root, path)) found.add(file);
    }
  }
  return [...found].filter((path) => !isPrivate(path) && !unwanted.some((matches) => matches(path))).sort();
}

/** False for a plain path, which stands for itself or what is below it. */
export const isPattern = (glob: string): boolean => glob.startsWith("!") || picomatch.scan(glob).isGlob;

function matcher(glob: string): (path: string) => boolean {
  const plain = tidy(glob);
  const matches = picomatch(plain, { dot: true });
  // A directory stands for what is in it.
  return isPattern(glob) ? matches : (path) => isWithin(path, plain);
}
