import { sha256 } from "../../canonical.ts";
import type { Finding } from "../../evidence.ts";
import { looksRandom } from "./entropy.ts";
import type { Found } from "./file.ts";

/** Hex digits of the digest of a value that somebody could guess. */
const shortDigest = 3;

/**
 * What tells one value from another in a report. A long random value cannot be found by its digest. One that people
 * make up could be, by trying: of its digest so little is told that thousands of guesses fit as well.
 */
const trace = (value: string): string =>
  value.length >= 24 && looksRandom(value) ? sha256(value) : sha256(value).slice(0, shortDigest);

/**
 * Gives each secret a mark that stays the same when lines above it move and when commits are written anew, and that
 * another value in its place does not have; equal ones are numbered in their order.
 */
export function markedSecrets(found: Pick<Found, "finding" | "value">[]): Finding[] {
  const seen = new Map<string, number>();
  return found.map(({ finding, value }) => {
    const of = JSON.stringify([finding.tool, finding.rule, finding.path, trace(value)]);
    const count = seen.get(of) ?? 0;
    seen.set(of, count + 1);
    return { ...finding, fingerprint: sha256(`${of}#${count}`) };
  });
}
