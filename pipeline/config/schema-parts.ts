import { validRange } from "semver";
import { z } from "zod";
import {
  durationPattern,
  longestMs,
  parseDuration,
  parsePercent,
  parseSize,
  percentPattern,
  sizePattern,
} from "./units.ts";

/*
 * The messages of this schema are not sentences: each says what would have been right, in words that can follow
 * "expected". `issues.ts` makes problems of them.
 */

/** The words for a choice; `namesIn` reads the names back, to find the nearest one. */
export const oneOf = (names: readonly string[]): string => `one of ${names.join(", ")}`;

/** The names in the words of `oneOf`, up to a semicolon; empty for other words. */
export const namesIn = (expected: string): string[] =>
  expected.startsWith("one of ") ? (expected.slice("one of ".length).split("; ")[0] ?? "").split(", ") : [];

/** A map whose keys are all known. */
export function keyed<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? oneOf(Object.keys(shape)) : undefined),
  });
}

/** A choice between fixed words. */
export const choice = <const Words extends [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: oneOf(words) });

export const text = z.string({ error: "text" }).min(1, { error: "text that is not empty" });

export const wholeNumber = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

const durationWords = "a duration such as 30s, 5m or 100ms, at most 24d";

/** A time with its unit; zero is allowed. */
export const duration = z
  .string({ error: durationWords })
  .regex(durationPattern, { error: durationWords })
  .refine((written) => (parseDuration(written) ?? 0) <= longestMs, { error: durationWords });

const limitWords = "a duration above zero such as 30s, 5m or 100ms, at most 24d";

/** A time limit: a duration above zero. */
export const limit = z
  .string({ error: limitWords })
  .regex(durationPattern, { error: limitWords })
  .refine((written) => within(parseDuration(written), 1, longestMs), { error: limitWords });

const leaseWords = "a duration from 1s to 1h";

/** A lease's time to live: shorter than any network's hiccup, or longer than anybody waits, helps nobody. */
export const leaseTime = z
  .string({ error: leaseWords })
  .regex(durationPattern, { error: leaseWords })
  .refine((written) => within(parseDuration(written), 1_000, 3_600_000), { error: leaseWords });

const percentWords = "a percentage such as 1% or 0.5%, at most 100%";

export const percent = z
  .string({ error: percentWords })
  .regex(percentPattern, { error: percentWords })
  .refine((written) => within(parsePercent(written), 0, 1), { error: percentWords });

const sizeWords = "a size above zero such as 512Mi, 2Gi or 300MB";

/** An amount of memory or of a file, with its unit. */
export const size = z
  .string({ error: sizeWords })
  .regex(sizePattern, { error: sizeWords })
  .refine((written) => within(parseSize(written), 1, Number.MAX_SAFE_INTEGER), { error: sizeWords });

function within(value: number | null, least: number, most: number): boolean {
  return value === null || (value >= least && value <= most);
}

const rangeWords = 'a version range in quotes, such as ">=20.19"';

/** A semver range, in quotes so that YAML does not read 3.10 as a number. */
export const versionRange = z
  .string({ error: rangeWords })
  .refine((written) => written.trim() !== "" && validRange(written) !== null, { error: rangeWords });

/** Text runs by `sh -c`, a list runs as it is. */
export const command = z.union([text, z.array(text).min(1)], {
  error: "a command: text, or a list of words that is not empty",
});

const nameWords =
  "a name of a-z, 0-9 and -, at most 40 characters, beginning and ending with a letter or digit";

/** The name of something that ends up in paths, host names and labels. */
export const name = z
  .string({ error: nameWords })
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, { error: nameWords });

const variableWords = "a variable's name of A-Z, a-z, 0-9 and _, not beginning with a digit";

/** The name of an environment variable. */
export const variable = z
  .string({ error: variableWords })
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: variableWords });

const valueWords = "a value: text, a number, true or false";

/** Variables and their values; numbers and true/false are taken as they are written. */
export const variables = z.record(
  variable,
  z.union([z.string(), z.number(), z.boolean()], { error: valueWords }),
  {
    error: "a map of variable to value",
  },
);

export const texts = z.array(text, { error: "a list of text" });
export const names = z.array(name, { error: "a list of names" });

const pathWords = "a path that begins with /";

/** The path of a URL, e.g. /health/ready. */
export const urlPath = z.string({ error: pathWords }).regex(/^\/\S*$/, { error: pathWords });

export const port = wholeNumber(1, 65535);
