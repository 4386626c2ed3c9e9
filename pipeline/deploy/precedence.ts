import gt from "semver/functions/gt.js";
import valid from "semver/functions/valid.js";
import type { LeaseRequest } from "./target.ts";

type Wish = Pick<LeaseRequest, "cause" | "version" | "supersede">;

/**
 * Whether the holder of a lease is asked to give way. Nobody is put before a rollback. A rollback is put before a
 * deploy (B5). A deploy is put before another one where its version is greater (B30) or it says `supersede: any`;
 * of equal and older versions the second one is refused (B3).
 */
export function hasPrecedence(wanted: Wish, held: Wish): boolean {
  if (held.cause === "rollback") return false;
  if (wanted.cause === "rollback" || wanted.supersede === "any") return true;
  return wanted.supersede === "newer" && isNewer(wanted.version, held.version);
}

/** Who asks for a lease, as the holder that gives way tells it. */
export const askerOf = ({ cause, actor, version }: LeaseRequest): string =>
  cause === "rollback" ? actor : `${actor} with ${version}`;

const isNewer = (one: string, other: string): boolean =>
  valid(one) !== null && valid(other) !== null && gt(one, other);
