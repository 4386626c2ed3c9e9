import { expect, test } from "vitest";
import {
  type Judged,
  judge,
  judgeWatch,
  p95,
  unreadableLimit,
  type Window,
  window,
} from "../../pipeline/deploy/analysis.ts";
import { latencyBounds } from "../../pipeline/deploy/target.ts";

const good: Window = { requests: 100, failed: 0, p95Ms: 10 };

const judged = (
  changes: Partial<Window> = {},
  rest: Partial<Judged> = {},
  stable: Window | null = { ...good, requests: 900 },
) =>
  judge({
    measurement: { kind: "read", canary: { ...good, ...changes }, stable },
    limits: { maxErrors: 0.01, maxRatio: 1.2, slackMs: 5 },
    samples: 30,
    heldMs: 8_000,
    holdMs: 8_000,
    limitMs: 60_000,
    ...rest,
  });

const buckets = (counts: Record<number, number>): number[] =>
  [...latencyBounds, Infinity].map((bound) => counts[bound] ?? 0);

test("p95 is read off the buckets by interpolation", () => {
  expect(p95(buckets({ 10: 100 }))).toBeCloseTo(7.5 + 2.5 * 0.95);
  expect(p95(buckets({ 10: 90, 400: 10 }))).toBeCloseTo(375);
  expect(p95(buckets({ 10: 95, 400: 5 }))).toBeCloseTo(10);
  expect(p95(buckets({ [Infinity]: 3 }))).toBe(30_000);
  expect(p95(buckets({}))).toBeNull();
  expect(p95([])).toBeNull();
});

test("a window is the difference of two readings; figures that are no counters give none", () => {
  const before = { requests: 10, failed: 1, latency: buckets({ 10: 10 }) };
  const after = { requests: 30, failed: 2, latency: buckets({ 10: 30 }) };
  expect(window(before, after)).toEqual({ requests: 20, failed: 1, p95Ms: expect.any(Number) });
  expect(window(undefined, after)?.requests).toBe(30);
  expect(window(after, before)).toBeNull();
  expect(window(before, { ...after, requests: Number.NaN })).toBeNull();
  expect(window(undefined, { requests: 1, failed: 2, latency: [] })).toBeNull();
});

test.each<[string, ReturnType<typeof judged>, string, string]>([
  ["all is well", judged(), "successful", "0 of 100 requests failed, p95 10 ms (stable 10 ms)"],
  ["it is held too short", judged({}, { heldMs: 7_999 }), "waiting", "held 7999 of 8000 ms"],
  [
    "errors are at the limit",
    judged({ failed: 1 }),
    "successful",
    "1 of 100 requests failed, p95 10 ms (stable 10 ms)",
  ],
  ["errors are above the limit", judged({ failed: 2 }), "failed", "2 of 100 requests failed, limit 1 %"],
  [
    "the first of few requests fails",
    judged({ requests: 1, failed: 1 }, { heldMs: 500 }),
    "failed",
    "1 of 1 requests failed, limit 1 %",
  ],
  [
    "stable fails as often",
    judged({ failed: 2 }, { heldMs: 9_000 }, { requests: 100, failed: 2, p95Ms: 10 }),
    "waiting",
    "2 of 100 requests failed, stable is no better",
  ],
  [
    "stable fails as often until the limit",
    judged({ failed: 2 }, { heldMs: 60_000 }, { requests: 100, failed: 2, p95Ms: 10 }),
    "inconclusive",
    "2 of 100 requests failed, stable is no better",
  ],
  [
    "stable fails, but less",
    judged({ failed: 5 }, {}, { requests: 100, failed: 4, p95Ms: 10 }),
    "failed",
    "5 of 100 requests failed, limit 1 %",
  ],
  [
    "p95 is at its limit",
    judged({ p95Ms: 17 }),
    "successful",
    "0 of 100 requests failed, p95 17 ms (stable 10 ms)",
  ],
  [
    "p95 is above its limit, early",
    judged({ p95Ms: 17.1 }, { heldMs: 500 }),
    "failed",
    "p95 17.1 ms, limit 17 ms (stable 10 ms × 1.2 + 5 ms)",
  ],
  [
    "p95 is bad but samples are few",
    judged({ requests: 29, p95Ms: 99 }),
    "waiting",
    "29 requests, 900 of stable, 30 needed",
  ],
  [
    "stable has too few requests",
    judged({}, {}, { requests: 29, failed: 0, p95Ms: 10 }),
    "waiting",
    "100 requests, 29 of stable, 30 needed",
  ],
])("the verdict where %s", (_, verdict, expected, reason) => {
  expect(verdict).toEqual({ verdict: expected, reason });
});

test.each<[string, ReturnType<typeof judged>]>([
  ["there are too few requests", judged({ requests: 29 }, { heldMs: 60_000 })],
  ["there are none", judged({ requests: 0, p95Ms: null }, { heldMs: 60_000, samples: 0 })],
  ["counts are NaN", judged({ requests: Number.NaN }, { heldMs: 60_000 })],
  ["latency is NaN", judged({ p95Ms: Number.NaN }, { heldMs: 60_000 })],
  ["latency is unknown", judged({ p95Ms: null }, { heldMs: 60_000 })],
])("B24: at the time limit it is inconclusive, never a pass, where %s", (_, verdict) => {
  expect(verdict.verdict).toBe("inconclusive");
});

test("B24: one millisecond before the time limit it still waits", () => {
  expect(judged({ requests: 29 }, { heldMs: 59_999 }).verdict).toBe("waiting");
});

test("B26: the fifth unreadable measurement in a row is an error, the fourth is not", () => {
  const unreadable = (inARow: number) =>
    judged({}, { measurement: { kind: "unreadable", reason: "refused", inARow } });
  expect(unreadable(unreadableLimit - 1).verdict).toBe("waiting");
  expect(unreadable(unreadableLimit)).toEqual({
    verdict: "error",
    reason: "statistics unreadable 5 times in a row: refused",
  });
});

test("B34: the same measurements give the same verdict, byte for byte", () => {
  expect(JSON.stringify(judged({ failed: 2 }))).toBe(JSON.stringify(judged({ failed: 2 })));
});

const watched = (canary: Partial<Window>, heldMs: number) =>
  judgeWatch({
    measurement: { kind: "read", canary: { ...good, ...canary }, stable: null },
    maxErrors: 0.01,
    heldMs,
    watchMs: 5_000,
  });

test("B18: after the switch errors need no minimum of requests, and no traffic is no failure", () => {
  expect(watched({ requests: 1, failed: 1 }, 500).verdict).toBe("failed");
  expect(watched({ requests: 100, failed: 1 }, 500).verdict).toBe("waiting");
  expect(watched({ requests: 99, failed: 1 }, 500).verdict).toBe("failed");
  expect(watched({ requests: 0, p95Ms: null }, 5_000).verdict).toBe("successful");
  expect(watched({}, 4_999).verdict).toBe("waiting");
});

test("B25: a watch does not end well on a measurement that cannot be read", () => {
  const measurement = { kind: "unreadable" as const, reason: "refused", inARow: 1 };
  expect(judgeWatch({ measurement, maxErrors: 0.01, heldMs: 9_000, watchMs: 5_000 }).verdict).toBe("waiting");
});
