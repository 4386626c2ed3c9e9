import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, resolve, sep } from "node:path";

/**
 * Why a path that a step declares may not be touched, or null. Links are followed as far as they exist; `realRoot` is
 * where those on the way to the checkout lead.
 */
export function unsafeReason(
  root: string,
  path: string,
  realRoot = realpathSync.native(root),
): string | null {
  if (path.includes("\0")) return "it holds a NUL byte";
  if (isAbsolute(path)) return "it is absolute";
  const inside = tidy(path);
  if (inside === "") return "it is the whole checkout";
  if (inside === ".." || inside.startsWith("../")) return "it leads out of the checkout";
  if (isPrivate(inside) && !isEvidence(inside)) return "it belongs to git or to the tool itself";
  const real = realOf(`${root}/${inside}`);
  return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
    ? null
    : "a link leads it out of the checkout";
}

/** The path without "./", doubled or trailing slashes; "" for the root itself. */
export const tidy = (path: string): string => {
  // Most paths: words between single slashes, none of which begins with a dot.
  if (/^\w[\w.-]*(\/\w[\w.-]*)*$/.test(path)) return path;
  const plain = normalize(path).split(sep).join("/").replace(/\/+$/, "");
  return plain === "." ? "" : plain;
};

/** Directories whose content is never an input. */
export const isPrivate = (path: string): boolean => /^\.(git|bellwether)(\/|$)/.test(path);

/** Where the tool's own steps write what they found: the one place of its state that may be an output. */
const isEvidence = (path: string): boolean => /^\.bellwether\/evidence\/[\w.-]+$/.test(path);

/** Whether `path` is `directory` or below it. */
export const isWithin = (path: string, directory: string): boolean =>
  directory === "" || path === directory || path.startsWith(`${directory}/`);

/** The real path of what exists of it, with the rest behind. A loop of links is a path out of everything. */
function realOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ELOOP") return resolve("/");
    const parent = dirname(path);
    return parent === path ? path : join(realOf(parent), path.slice(parent.length));
  }
}
