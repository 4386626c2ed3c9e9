import { readFileSync } from "node:fs";
import type { Config } from "../../pipeline/config/config.ts";
import { parseConfig } from "../../pipeline/config/parse.ts";
import type { Problem } from "../../pipeline/failure.ts";

export const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");

/** A checkout with these files and nothing else. */
export const checkout = (...files: string[]) => ({
  has: (path: string) => files.includes(path),
  text: (path: string) => (files.includes(path) ? "" : null),
});

export function problemsIn(text: string): Problem[] {
  const result = parseConfig(text, "bellwether.yaml", checkout());
  if (result.ok) return [];
  return result.failure.kind === "config-invalid" ? result.failure.problems : [];
}

/** The one line that a person sees first: where, what, and what would be right. */
export const lineOf = ({ line, column, path, got, expected, nearest }: Problem): string =>
  `${line}:${column} ${path}: got ${got}, expected ${expected}${nearest === undefined ? "" : ` [${nearest}]`}`;

export function configOf(text: string, ...files: string[]): Config {
  const result = parseConfig(text, "bellwether.yaml", checkout(...files));
  if (!result.ok) throw new Error(JSON.stringify(result.failure, null, 2));
  return result.value;
}
