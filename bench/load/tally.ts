import { monotonicMs, percentile } from "../measure.ts";

/** What a round of load found. Latencies are in ms, each request's own, from its write to its last byte. */
export type LoadResult = {
  requests: number;
  /** Requests without a right answer: another status, another body, no answer. */
  failed: number;
  /** Connections that the other side ended without having said so. */
  resets: number;
  /** What the failures were, and how often. */
  reasons: Record<string, number>;
  /** Good answers by the name of the backend that gave them. */
  served: Record<string, number>;
  /** Each answer that was followed by one of another backend: who gave it, and when by the clock of `monotonicMs`. */
  handovers: { backend: string; at: number }[];
  elapsedMs: number;
  requestsPerSecond: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
};

export type Tally = {
  readonly requests: number;
  readonly failed: number;
  good(backend: string, ms: number): void;
  bad(reason: string): void;
  reset(): void;
  result(elapsedMs: number): LoadResult;
};

export function createTally(): Tally {
  const latencies: number[] = [];
  const served: Record<string, number> = {};
  const handovers: LoadResult["handovers"] = [];
  let last = { backend: "", at: 0 };
  const reasons: Record<string, number> = {};
  let failed = 0;
  let resets = 0;
  return {
    get requests() {
      return latencies.length + failed;
    },
    get failed() {
      return failed;
    },
    good: (backend, ms) => {
      latencies.push(ms);
      served[backend] = (served[backend] ?? 0) + 1;
      if (last.backend !== backend && last.backend !== "") handovers.push(last);
      last = { backend, at: monotonicMs() };
    },
    bad: (reason) => {
      failed++;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    },
    reset: () => {
      resets++;
    },
    result: (elapsedMs) => {
      const sorted = Float64Array.from(latencies).sort();
      return {
        requests: latencies.length + failed,
        failed,
        resets,
        reasons,
        served,
        handovers,
        elapsedMs,
        requestsPerSecond: (latencies.length / elapsedMs) * 1000,
        p50: percentile(sorted, 0.5),
        p95: percentile(sorted, 0.95),
        p99: percentile(sorted, 0.99),
        max: percentile(sorted, 1),
      };
    },
  };
}
