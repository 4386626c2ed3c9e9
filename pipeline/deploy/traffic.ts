import { latencyBounds, type RouterCounters } from "./target.ts";

/** Traffic of one release between two readings of its counters, or of a probe. p95 null: nothing was timed. */
export type Window = { requests: number; failed: number; p95Ms: number | null };

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

/** The 95th percentile (ms) of single times by nearest rank; null where there are none. */
export const p95Of = (times: number[]): number | null =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? null;

/** The share of requests that failed. */
export const fraction = ({ requests, failed }: Window): number => (requests === 0 ? 0 : failed / requests);

export const errorWords = ({ requests, failed }: Window): string =>
  `${failed} of ${requests} requests failed`;
export const percentWords = (value: number): string => `${Number((value * 100).toFixed(3))} %`;
export const msWords = (value: number | null): string =>
  value === null ? "unknown" : `${Number(value.toFixed(1))} ms`;

/** Adds a time (ms) to counts by bucket. */
export function timed(latency: number[], ms: number): void {
  const found = latencyBounds.findIndex((bound) => ms <= bound);
  const bucket = found < 0 ? latencyBounds.length : found;
  latency[bucket] = (latency[bucket] ?? 0) + 1;
}

/** What nothing was counted for. */
export const noCounters = (): RouterCounters => ({
  requests: 0,
  failed: 0,
  latency: new Array(latencyBounds.length + 1).fill(0),
});

/** `one` and `sign` times `other`. */
export const added = (one: RouterCounters, other: RouterCounters, sign: 1 | -1 = 1): RouterCounters => ({
  requests: one.requests + sign * other.requests,
  failed: one.failed + sign * other.failed,
  latency: one.latency.map((count, bucket) => count + sign * (other.latency[bucket] ?? 0)),
});
