import { expect, test } from "vitest";
import { latencyBounds } from "../../pipeline/deploy/target.ts";
import { p95, p95Of, window } from "../../pipeline/deploy/traffic.ts";

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

test("p95 of single times is the nearest rank", () => {
  expect(p95Of(Array.from({ length: 100 }, (_, i) => 100 - i))).toBe(95);
  expect(p95Of([7])).toBe(7);
  expect(p95Of([])).toBeNull();
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
