import type { AnalysisCheck } from "../config/config.ts";
import { type Assessment, assess } from "./assess.ts";
import type { Measurement, Traffic } from "./measurement.ts";
import { errorWords, percentWords } from "./traffic.ts";

export type Verdict = {
  verdict: "successful" | "failed" | "inconclusive" | "waiting" | "error";
  /** The exact reason, with the figures that decided. */
  reason: string;
};

/** What one check says so far. */
export type CheckVerdict = Verdict & { name: string };

/** What a canary is judged by at one place of a rollout. */
export type AnalysisTerms = {
  checks: AnalysisCheck[];
  /** Least number of requests of each version, where a check names none. */
  samples: number;
  holdMs: number;
  /** From here on, what is missing for a success makes it inconclusive. */
  limitMs: number;
  /** The router's own checks can fail but are not waited for: after the switch there may be no traffic at all. */
  silent?: boolean;
};

/** One check's measurements so far: a JSON value. */
export type CheckState = {
  measured: number;
  failed: number;
  inconclusive: number;
  errorsInARow: number;
  successesInARow: number;
  /** The side of its limit on which the value is, and since when (ms since the analysis began). */
  side: { outcome: "successful" | "failed"; since: number } | null;
  last: { outcome: Assessment["outcome"] | "pending"; reason: string } | null;
};

/** All checks' states, in the order of the checks. */
export const unmeasured = (terms: AnalysisTerms): CheckState[] => terms.checks.map(() => fresh);

/**
 * Adds one measurement. A check with `forMs` counts a success or failure only once the value has been on that
 * side of its limit for that time without a break; until then the measurement is pending and counts as nothing.
 */
export function add(terms: AnalysisTerms, states: CheckState[], measurement: Measurement): CheckState[] {
  return states.map((state, index) => {
    const check = terms.checks[index];
    return index === measurement.check && check ? counted(check, state, measurement, terms.samples) : state;
  });
}

function counted(
  check: AnalysisCheck,
  before: CheckState,
  measurement: Measurement,
  samples: number,
): CheckState {
  const { outcome, reason, since } = assess(check, measurement, samples);
  const side = sideOf(before, outcome, since ?? measurement.at, since !== null);
  const lasted = side === null ? 0 : measurement.at - side.since;
  const pending = check.forMs > 0 && side !== null && lasted < check.forMs;
  const now = pending ? "pending" : outcome;
  return {
    measured: before.measured + 1,
    failed: before.failed + (now === "failed" ? 1 : 0),
    inconclusive: before.inconclusive + (now === "inconclusive" ? 1 : 0),
    errorsInARow: now === "error" ? before.errorsInARow + 1 : 0,
    successesInARow: now === "successful" ? before.successesInARow + 1 : 0,
    side,
    last: { outcome: now, reason: pending ? `${reason}, for ${lasted} of ${check.forMs} ms` : reason },
  };
}

/** No evidence breaks a side: nobody knows how the value was meanwhile. */
function sideOf(
  before: CheckState,
  outcome: Assessment["outcome"],
  since: number,
  exact: boolean,
): CheckState["side"] {
  if (outcome !== "successful" && outcome !== "failed") return null;
  const goesOn = before.side?.outcome === outcome && !exact;
  return goesOn ? before.side : { outcome, since };
}

/**
 * What a check says, tried in this order; all limits are numbers of measurements that are tolerated, so that with
 * 3 the fourth trips:
 * 1. more than `failureLimit` failed, in all: failed.
 * 2. more than `inconclusiveLimit` were inconclusive, in all: inconclusive.
 * 3. more than `consecutiveErrorLimit` errors in a row: error; with `onError: hold` it goes on.
 * 4. the newest `consecutiveSuccessLimit` are successful: successful.
 * 5. else: waiting.
 */
export function verdictOf(check: AnalysisCheck, state: CheckState): CheckVerdict {
  const { name } = check;
  const reason = state.last?.reason ?? `${name}: not measured yet`;
  const over = (count: number, what: string, limit: number): string =>
    limit === 0 ? reason : `${reason}; ${count} measurements ${what}, ${limit} may`;
  if (state.failed > check.failureLimit)
    return { name, verdict: "failed", reason: over(state.failed, "failed", check.failureLimit) };
  const { inconclusiveLimit } = check;
  if (inconclusiveLimit !== null && state.inconclusive > inconclusiveLimit) {
    const words = over(state.inconclusive, "were inconclusive", inconclusiveLimit);
    return { name, verdict: "inconclusive", reason: words };
  }
  if (state.errorsInARow > 0) {
    const words = `${sourceOf(check)} unreadable ${state.errorsInARow} times in a row: ${reason}`;
    const tooMany = state.errorsInARow > check.consecutiveErrorLimit && check.onError === "return";
    return { name, verdict: tooMany ? "error" : "waiting", reason: words };
  }
  const enough = state.successesInARow >= check.consecutiveSuccessLimit;
  if (enough) return { name, verdict: "successful", reason };
  const some = `${reason}; ${state.successesInARow} of ${check.consecutiveSuccessLimit} successes in a row`;
  return { name, verdict: "waiting", reason: state.successesInARow > 0 ? some : reason };
}

/**
 * The verdict on all checks at `heldMs`: the worst of those that have tripped (failed, error, inconclusive), at
 * once. Otherwise waiting until heldMs ≥ holdMs and every check is successful. At limitMs what is still missing
 * makes it inconclusive, or an error where the source could not be read at the last. Failing early is allowed,
 * passing early is not.
 */
export function judge(terms: AnalysisTerms, states: CheckState[], heldMs: number): Verdict {
  const said = verdictsOf(terms, states);
  for (const verdict of ["failed", "error", "inconclusive"] as const) {
    const silenced = (i: number) => verdict === "inconclusive" && mayBeSilent(terms, states, i);
    const found = said.find((one, i) => one.verdict === verdict && !silenced(i));
    if (found) return { verdict, reason: found.reason };
  }
  const missing = said.findIndex((one, i) => one.verdict === "waiting" && !mayBeSilent(terms, states, i));
  const found = said[missing];
  if (found) {
    const unread = (states[missing]?.errorsInARow ?? 0) > 0;
    const over = heldMs >= terms.limitMs;
    return { verdict: over ? (unread ? "error" : "inconclusive") : "waiting", reason: found.reason };
  }
  if (heldMs < terms.holdMs) return { verdict: "waiting", reason: `held ${heldMs} of ${terms.holdMs} ms` };
  const good = said.filter((one) => one.verdict === "successful").map((one) => one.reason);
  return { verdict: "successful", reason: good.join("; ") || `held ${heldMs} ms` };
}

/** What each check says, in order. */
export const verdictsOf = (terms: AnalysisTerms, states: CheckState[]): CheckVerdict[] =>
  terms.checks.map((check, index) => verdictOf(check, states[index] ?? fresh));

/** The verdict over measurements that were recorded, taken in their order, at `heldMs` (B34). */
export const judgeRecorded = (terms: AnalysisTerms, recorded: Measurement[], heldMs: number): Verdict =>
  judge(
    terms,
    recorded.reduce((states, one) => add(terms, states, one), unmeasured(terms)),
    heldMs,
  );

/** Checks that need no stable beside the canary. */
export const ownChecks = (checks: AnalysisCheck[]): AnalysisCheck[] =>
  checks.flatMap((check) => {
    if (check.kind !== "p95" || check.against === null) return [check];
    return check.maxMs === null ? [] : [{ ...check, against: null }];
  });

/**
 * Errors alone, over the last two seconds: null while failed ≤ maxErrors × requests. No minimum of requests, and
 * no traffic is no failure.
 */
export function recentErrors({ canary }: Pick<Traffic, "canary">, maxErrors: number): string | null {
  if (!(canary.failed > maxErrors * canary.requests)) return null;
  return `${errorWords(canary)} in the last two seconds, limit ${percentWords(maxErrors)}`;
}

/** The smallest share of errors that a check of the list allows; all of them where none is judged. */
export const errorLimit = (checks: AnalysisCheck[]): number =>
  Math.min(1, ...checks.flatMap((check) => (check.kind === "errors" ? [check.max] : [])));

const fresh: CheckState = {
  measured: 0,
  failed: 0,
  inconclusive: 0,
  errorsInARow: 0,
  successesInARow: 0,
  side: null,
  last: null,
};

const isRouters = (check: AnalysisCheck | undefined): boolean =>
  check?.kind === "errors" || check?.kind === "p95";

/** Silent is not unreadable: a source that cannot be read is waited for (B25). */
const mayBeSilent = (terms: AnalysisTerms, states: CheckState[], index: number): boolean =>
  terms.silent === true && isRouters(terms.checks[index]) && states[index]?.errorsInARow === 0;

const sourceOf = (check: AnalysisCheck): string => (isRouters(check) ? "statistics" : check.name);
