/** One thing on the target that is not as an engine left it: somebody changed it by hand. */
export type Drift = {
  release: string;
  version: string;
  /** e.g. "file app/server.js", "secret TOKEN", "process api: PORT", "weights". */
  what: string;
  /** Never a secret's value. */
  expected: string;
  found: string;
  /** Placing the release anew mends it. */
  placeable: boolean;
};

/** Drift as short notes. */
export const driftNotes = (drift: Drift[]): string[] =>
  drift.map(
    ({ version, what, expected, found }) =>
      `changed by hand: ${what} of ${version} is ${found}, expected ${expected}`,
  );

/** A release whose files are not those of its digests any more: it has to be placed anew before it runs again. */
export const isAltered = (drift: Drift[], release: string): boolean =>
  drift.some((one) => one.release === release && one.placeable);
