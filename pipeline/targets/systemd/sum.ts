import { latencyBounds, type RouterCounters } from "../../deploy/target.ts";

const nothing = (): RouterCounters => ({
  requests: 0,
  failed: 0,
  latency: new Array(latencyBounds.length + 1).fill(0),
});

/** The counters of several hosts as one. */
export function summed(all: readonly Record<string, RouterCounters>[]): Record<string, RouterCounters> {
  const sum: Record<string, RouterCounters> = {};
  for (const one of all)
    for (const [release, { requests, failed, latency }] of Object.entries(one)) {
      const so = sum[release] ?? nothing();
      sum[release] = {
        requests: so.requests + requests,
        failed: so.failed + failed,
        latency: so.latency.map((count, bucket) => count + (latency[bucket] ?? 0)),
      };
    }
  return sum;
}
