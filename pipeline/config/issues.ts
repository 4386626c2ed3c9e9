import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { namesIn } from "./schema-parts.ts";
import { type Seed, valueAt } from "./seed.ts";
import type { Path } from "./written.ts";

type Issue = z.core.$ZodIssue;

type Found = Seed & { sort: "unknown-key" | "bad-key" | "missing" | "value" };

/** Words for what the schema itself has no words for; the schema's own come first. */
export function expectedWords(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== "invalid_type") return "another value";
  const words: Record<string, string> = {
    string: "text",
    number: "a number",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
  };
  return words[issue.expected] ?? "another value";
}

/** One seed for each mistake in `value` that the schema's issues tell of. */
export const seedsOf = (issues: readonly Issue[], value: unknown): Seed[] =>
  found(issues, [], value).map(({ sort: _sort, ...seed }) => seed);

function found(issues: readonly Issue[], base: Path, value: unknown): Found[] {
  const all = issues.flatMap((issue) => foundIn(issue, base, value));
  // A misspelt key is one mistake, not an unknown key and a missing one.
  return all.filter((one) => {
    if (one.sort !== "missing") return true;
    const siblings = all.filter((other) => other.sort === "unknown-key" && sameParent(other.path, one.path));
    return !siblings.some((other) => other.nearest === one.path.at(-1));
  });
}

function foundIn(issue: Issue, base: Path, value: unknown): Found[] {
  const path = [...base, ...issue.path.filter((part) => typeof part !== "symbol")];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], key, issue.message));
    case "invalid_key": {
      const expected = issue.issues[0]?.message ?? "another name";
      return [{ path, at: "key", got: String(path.at(-1)), expected, remedy: "Rename it.", sort: "bad-key" }];
    }
    case "invalid_union":
      return inUnion(issue, path, value);
    default:
      return [wrongValue(path, issue.message, value)];
  }
}

function unknownKey(path: Path, key: string, expected: string): Found {
  const near = nearest(key, namesIn(expected));
  return {
    path,
    at: "key",
    got: key,
    expected,
    ...(near === null ? {} : { nearest: near }),
    remedy: near === null ? `Remove ${key}.` : `Write ${near} instead of ${key}.`,
    sort: "unknown-key",
  };
}

function wrongValue(path: Path, expected: string, value: unknown): Found {
  const there = valueAt(value, path);
  if (there === undefined && path.length > 0) {
    return { path, at: "value", expected, remedy: `Add ${path.at(-1)}.`, sort: "missing" };
  }
  const near = typeof there === "string" ? nearest(there, namesIn(expected)) : null;
  return {
    path,
    at: "value",
    expected,
    ...(near === null ? {} : { nearest: near }),
    remedy: `Write ${near ?? expected}.`,
    sort: "value",
  };
}

/** The mistakes of the branch that was meant, where one can be told; else what all of them together expect. */
function inUnion(issue: Extract<Issue, { code: "invalid_union" }>, path: Path, value: unknown): Found[] {
  const whole = [wrongValue(path, issue.message, value)];
  if (valueAt(value, path) === undefined) return whole;
  const meant = issue.errors
    .filter((branch) => branch.every((one) => one.path.length > 0 || one.code === "unrecognized_keys"))
    .map((branch) => found(branch, path, value))
    .map((seeds) => ({ seeds, cost: seeds.reduce((sum, seed) => sum + weight[seed.sort], 0) }))
    .sort((a, b) => a.cost - b.cost);
  const [first, second] = meant;
  if (first === undefined || first.cost === second?.cost) return whole;
  return withoutMissing(first.seeds, path);
}

/** How strongly a mistake speaks against the branch having been meant. */
const weight: Record<Found["sort"], number> = { value: 1, "unknown-key": 1, "bad-key": 2, missing: 2 };

function withoutMissing(seeds: Found[], path: Path): Found[] {
  const direct = (seed: Found) => seed.path.length === path.length + 1;
  const unknown = seeds.some((seed) => seed.sort === "unknown-key" && direct(seed));
  return unknown ? seeds.filter((seed) => seed.sort !== "missing" || !direct(seed)) : seeds;
}

function sameParent(a: Path, b: Path): boolean {
  return a.length === b.length && a.slice(0, -1).every((part, index) => part === b[index]);
}
