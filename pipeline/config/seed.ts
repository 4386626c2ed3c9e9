import type { Path } from "./written.ts";

/** A problem before it is known where in the file it stands. */
export type Seed = {
  path: Path;
  /** Whether the mistake is in the key itself or in its value. */
  at: "key" | "value";
  /** What stands there; by default it is read off the file. */
  got?: string;
  expected: string;
  nearest?: string;
  remedy: string;
  /** The entry that a name refers to: where that entry is broken itself, this problem says nothing new. */
  refersTo?: Path;
  /** The entry in which something is missing: where anything in it is broken, that may be it, misspelt. */
  missingIn?: Path;
};

/** `environments.staging.smoke[0].get`. */
export const pathText = (path: Path): string =>
  path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");

/** Whether `path` is `above` or lies under it. */
export const isUnder = (path: Path, above: Path): boolean =>
  above.every((part, index) => path[index] === part);

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, part)) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}
