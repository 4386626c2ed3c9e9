import type { AnalysisCheck } from "../../pipeline/config/config.ts";
import { checks } from "../../pipeline/config/normalise-analysis.ts";
import type { WrittenAnalysisCheck } from "../../pipeline/config/schema-analysis.ts";
import {
  type AnalysisTerms,
  add,
  type CheckState,
  judgeRecorded,
  unmeasured,
  verdictsOf,
} from "../../pipeline/deploy/analysis.ts";
import type { Reading } from "../../pipeline/deploy/measurement.ts";
import type { Window } from "../../pipeline/deploy/traffic.ts";

export const good: Window = { requests: 100, failed: 0, p95Ms: 10 };

export const traffic = (
  canary: Partial<Window> = {},
  stable: Window | null = { ...good, requests: 900 },
): Reading => ({ kind: "traffic", canary: { ...good, ...canary }, stable, recent: null, last: null });

export const value = (...values: (number | null)[]): Reading => ({
  kind: "series",
  series: values.map((one) => [[0, one]]),
  stepMs: 0,
});

export const unreadable: Reading = { kind: "unreadable", reason: "connection refused" };

/** Checks as somebody would write them. */
export const written = (...list: WrittenAnalysisCheck[]): AnalysisCheck[] => checks(list);

export const terms = (list: AnalysisCheck[], over: Partial<AnalysisTerms> = {}): AnalysisTerms => ({
  checks: list,
  samples: 30,
  holdMs: 8_000,
  limitMs: 60_000,
  ...over,
});

/** One check with these readings, 1 s apart from the first second on: what it says after each of them. */
export function series(check: WrittenAnalysisCheck, ...readings: Reading[]): string[] {
  const given = terms(written(check));
  let states: CheckState[] = unmeasured(given);
  return readings.map((reading, i) => {
    states = add(given, states, { check: 0, at: (i + 1) * 1_000, reading });
    return verdictsOf(given, states)[0]?.verdict ?? "none";
  });
}

/** The verdict after one reading of every check. */
export const judged = (given: AnalysisTerms, readings: Reading[], heldMs = given.holdMs) =>
  judgeRecorded(
    given,
    readings.map((reading, check) => ({ check, at: heldMs, reading })),
    heldMs,
  );
