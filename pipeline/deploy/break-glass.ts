import { fail, ok, type Result } from "../result.ts";
import { saysSomething } from "./follow-up.ts";

/** Longest reason that is kept, in characters. */
const longestReason = 500;

/** What a person said something is for, as one line without control characters; null where it says nothing. */
export function saidReason(given: string | undefined): string | null {
  const line = (given ?? "").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line === "" ? null : line.slice(0, longestReason);
}

/** The reason given with --break-glass, or null where it was not; one that says nothing is refused. */
export function breakGlassReason(given: string | undefined): Result<string | null> {
  if (given === undefined) return ok(null);
  const reason = given.trim();
  if (saysSomething(reason)) return ok(reason);
  return fail({
    kind: "usage",
    got: reason === "" ? "no reason" : `the reason ${JSON.stringify(reason)}`,
    expected: "a reason of at least three words for going past the gates",
    remedy: 'Say what happened: `--break-glass "prices stand still, the fix cannot wait"`.',
  });
}
