import type { Window } from "./traffic.ts";

/** One look at the source of one check: a JSON value. */
export type Measurement = {
  /** Place of the check in the list that is judged. */
  check: number;
  /** ms since the analysis began; a measurement never comes before an earlier one of its check. */
  at: number;
  reading: Reading;
};

/** What a look gave. */
export type Reading =
  | Traffic
  /**
   * Values of one or several series, by ms since the analysis began; null: not a finite number. A range has its
   * step (ms), a single moment 0.
   */
  | { kind: "series"; series: Point[][]; stepMs: number }
  /** A command's end, and the number that it printed last. */
  | { kind: "command"; exitCode: number | null; signal: string | null; value: number | null }
  /** The source answered, and has no values. */
  | { kind: "empty"; reason: string }
  /** The source could not be read. */
  | { kind: "unreadable"; reason: string };

/**
 * The router's requests since the analysis began, or a probe's; `recent`: the last minute of them, where it is
 * only a part. `last` says what the newest bad answer of a probe was.
 */
export type Traffic = {
  kind: "traffic";
  canary: Window;
  stable: Window | null;
  recent: { canary: Window; stable: Window | null } | null;
  last: string | null;
};

export type Point = [at: number, value: number | null];
