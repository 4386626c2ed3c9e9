import type { AnalysisLimits } from "../config/config.ts";
import { latencyBounds, type RouterCounters } from "./target.ts";

/** Traffic of one release between two readings of its counters. */
export type Window = { requests: number; failed: number; p95Ms: number | null };

/** One measurement: both releases over the hold so far, or the reason why nothing could be read (`inARow` times). */
export type Measurement =
  | { kind: "read"; canary: Window; stable: Window | null }
  | { kind: "unreadable"; reason: string; inARow: number };

export type Verdict = {
  verdict: "successful" | "failed" | "inconclusive" | "waiting" | "error";
  /** The exact reason, with the figures that decided. */
  reason: string;
};

/** The unreadable measurement in a row at which the verdict is `error`: four are waited out, the fifth trips. */
export const unreadableLimit = 5;

/**
 * What happened between two readings; a release without an earlier reading starts from nothing. Null where the
 * figures are no counters: not finite, negative, more failures than requests, or lower than before.
 */
export function window(before: RouterCounters | undefined, after: RouterCounters): Window | null {
  const requests = after.requests - (before?.requests ?? 0);
  const failed = after.failed - (before?.failed ?? 0);
  const latency = after.latency.map((count, i) => count - (before?.latency[i] ?? 0));
  const sound = [requests, failed, ...latency].every((figure) => Number.isFinite(figure) && figure >= 0);
  return sound && failed <= requests ? { requests, failed, p95Ms: p95(latency) } : null;
}

/**
 * The 95th percentile (ms) of bucket counts, linear inside the bucket where it falls; for the unbounded last
 * bucket its lower bound. Null where nothing was counted.
 */
export function p95(latency: number[]): number | null {
  const total = latency.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) return null;
  const rank = total * 0.95;
  let below = 0;
  for (const [i, count] of latency.entries()) {
    if (count > 0 && below + count >= rank) {
      const lower = latencyBounds[i - 1] ?? 0;
      const upper = latencyBounds[i] ?? lower;
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return latencyBounds.at(-1) ?? null;
}

export type Judged = {
  measurement: Measurement;
  limits: AnalysisLimits;
  /** Least number of requests of each release before it can pass or be compared. */
  samples: number;
  heldMs: number;
  holdMs: number;
  limitMs: number;
};

/**
 * The verdict on a canary at one weight, over the whole hold so far, in this order:
 * 1. Unreadable: waiting, and `error` at measurement number `unreadableLimit` in a row.
 * 2. Errors, without a minimum of requests: `failed` at the first measurement where failed > maxErrors ×
 *    max(requests, samples), i.e. once the limit is broken even if all requests still to come until `samples`
 *    are good; unless stable fails at the same or a higher rate: then it is no finding against the canary, but
 *    it does not pass either.
 * 3. Latency: `failed` at the first measurement where both have `samples` requests and the canary's p95 is above
 *    stable's × maxRatio + slackMs.
 * 4. Until heldMs ≥ holdMs, and until both have `samples` requests and errors are within the limit: waiting.
 *    From heldMs ≥ limitMs on, what is still missing makes it `inconclusive`. Failing early is allowed,
 *    passing early is not.
 */
export function judge(given: Judged): Verdict {
  const { measurement, limits, samples } = given;
  if (measurement.kind === "unreadable") return unreadable(measurement);
  const { canary, stable } = measurement;
  const rate = fraction(canary);
  const tooMany = canary.failed > limits.maxErrors * Math.max(canary.requests, samples);
  const stableAsBad = stable !== null && stable.requests > 0 && fraction(stable) >= rate;
  if (tooMany && !stableAsBad)
    return { verdict: "failed", reason: `${errors(canary)}, limit ${percent(limits.maxErrors)}` };
  const enough = canary.requests >= samples && (stable === null || stable.requests >= samples);
  const slower = enough ? tooSlow(canary, stable, limits) : null;
  if (slower) return { verdict: "failed", reason: slower };
  const missing = notYet(given, canary, stable, enough, rate > limits.maxErrors);
  if (missing)
    return { verdict: given.heldMs >= given.limitMs ? "inconclusive" : "waiting", reason: missing };
  if (given.heldMs < given.holdMs)
    return { verdict: "waiting", reason: `held ${given.heldMs} of ${given.holdMs} ms` };
  return {
    verdict: "successful",
    reason: `${errors(canary)}, p95 ${ms(canary.p95Ms)} (stable ${ms(stable?.p95Ms ?? null)})`,
  };
}

export type Watched = {
  /** The candidate over the last two seconds, or since the switch where that is less. */
  measurement: Measurement;
  maxErrors: number;
  heldMs: number;
  watchMs: number;
};

/**
 * The verdict on a release that has all traffic. `failed` at the first measurement where failed > maxErrors ×
 * requests over the last two seconds: no minimum of requests. Latency is not judged: nothing runs beside it to
 * compare with. `successful` only at a readable measurement at or after watchMs; no traffic at all is no failure.
 */
export function judgeWatch(given: Watched): Verdict {
  const { measurement } = given;
  if (measurement.kind === "unreadable") return unreadable(measurement);
  const { canary } = measurement;
  if (canary.failed > given.maxErrors * canary.requests) {
    return {
      verdict: "failed",
      reason: `${errors(canary)} after the switch, limit ${percent(given.maxErrors)}`,
    };
  }
  if (given.heldMs < given.watchMs) {
    return { verdict: "waiting", reason: `watched ${given.heldMs} of ${given.watchMs} ms` };
  }
  return {
    verdict: "successful",
    reason: `watched ${given.heldMs} ms, ${errors(canary)} in its last two seconds`,
  };
}

function unreadable(measurement: Extract<Measurement, { kind: "unreadable" }>): Verdict {
  const reason = `statistics unreadable ${measurement.inARow} times in a row: ${measurement.reason}`;
  return { verdict: measurement.inARow >= unreadableLimit ? "error" : "waiting", reason };
}

function tooSlow(canary: Window, stable: Window | null, limits: AnalysisLimits): string | null {
  if (canary.p95Ms === null || stable === null || stable.p95Ms === null) return null;
  const limit = stable.p95Ms * limits.maxRatio + limits.slackMs;
  if (!(canary.p95Ms > limit)) return null;
  return `p95 ${ms(canary.p95Ms)}, limit ${ms(limit)} (stable ${ms(stable.p95Ms)} × ${limits.maxRatio} + ${limits.slackMs} ms)`;
}

/** What is missing for a pass apart from time; null where nothing is. */
function notYet(
  given: Judged,
  canary: Window,
  stable: Window | null,
  enough: boolean,
  overLimit: boolean,
): string | null {
  if (!enough) {
    const beside = stable === null ? "" : `, ${stable.requests} of stable`;
    return `${canary.requests} requests${beside}, ${given.samples} needed`;
  }
  if (canary.requests === 0) return "no requests";
  const timed = [canary, ...(stable ? [stable] : [])].every((one) =>
    Number.isFinite(one.p95Ms ?? Number.NaN),
  );
  if (!timed) return "p95 unknown";
  if (overLimit) return `${errors(canary)}, stable is no better`;
  return null;
}

const fraction = (window: Window): number => (window.requests === 0 ? 0 : window.failed / window.requests);
const errors = (window: Window): string => `${window.failed} of ${window.requests} requests failed`;
const percent = (value: number): string => `${Number((value * 100).toFixed(3))} %`;
const ms = (value: number | null): string => (value === null ? "unknown" : `${Number(value.toFixed(1))} ms`);
