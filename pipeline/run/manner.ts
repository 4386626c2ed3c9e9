import type { ExpectedDigests } from "../context/digests.ts";

/** How releases are shipped, where somebody said so. */
export type Manner = {
  /** Why releases go past gates that do not pass, or null: they do not. */
  breakGlass: string | null;
  /** What is live is broken: nothing is compared with it (B33). */
  fix: boolean;
  /** Another rollout under way gives way, whatever its version (B30). */
  supersede: boolean;
  /** What a person said it is for, or null. */
  why: string | null;
  /** What images must be: digests that whoever calls has seen. */
  digests: ExpectedDigests;
};

/** As always. */
export const plainly: Manner = { breakGlass: null, fix: false, supersede: false, why: null, digests: {} };
