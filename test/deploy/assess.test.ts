import { expect, test } from "vitest";
import { assess } from "../../pipeline/deploy/assess.ts";
import type { Point, Reading } from "../../pipeline/deploy/measurement.ts";
import { traffic, value, written } from "./support.ts";

const [up, fast, probe, exit, count] = written(
  { prometheus: "up", is: 1, name: "up" },
  { prometheus: "latency", min: 0, max: 0.5, name: "latency" },
  { probe: "/deep", "max-latency": "100ms", "max-errors": "10%", samples: 5 },
  { command: "./check.sh", name: "check" },
  { command: "./count.sh", max: 3, name: "count" },
);

const said = (check: typeof up, reading: Reading, at = 60_000) => {
  if (!check) throw new Error("no such check");
  const { outcome, reason } = assess(check, { check: 0, at, reading }, 30);
  return [outcome, reason];
};

test.each<[string, typeof up, Reading, string, string]>([
  ["every series has the value", up, value(1, 1), "successful", "up: value 1, 1"],
  ["one series has another", up, value(1, 0), "failed", "up: value 0, expected 1"],
  ["a value is not a number", up, value(1, null), "inconclusive", "up: value is not a number"],
  ["a bad value stands beside none", up, value(0, null), "failed", "up: value 0, expected 1"],
  ["the result is empty", up, value(), "inconclusive", "up: no values found"],
  [
    "the source says why it is empty",
    up,
    { kind: "empty", reason: "no values found" },
    "inconclusive",
    "up: no values found",
  ],
  ["the source could not be read", up, { kind: "unreadable", reason: "503" }, "error", "503"],
  ["a value is at its limit", fast, value(0.5), "successful", "latency: value 0.5"],
  [
    "a value is above its limit",
    fast,
    value(0.1 + 0.45),
    "failed",
    "latency: value 0.55, expected at least 0 and at most 0.5",
  ],
  [
    "a value is below its limit",
    fast,
    value(-1),
    "failed",
    "latency: value -1, expected at least 0 and at most 0.5",
  ],
  [
    "answers are too few",
    probe,
    traffic({ requests: 4, failed: 0 }, null),
    "inconclusive",
    "probe /deep: 4 answers, 5 needed",
  ],
  [
    "one answer of few is bad",
    probe,
    { ...traffic({ requests: 1, failed: 1 }, null), last: "got 500, expected 200" } as Reading,
    "failed",
    "probe /deep: 1 of 1 answers bad (last: got 500, expected 200), limit 10 %",
  ],
  [
    "a probe is slow",
    probe,
    traffic({ requests: 10, p95Ms: 100.1 }, null),
    "failed",
    "probe /deep: p95 100.1 ms, limit 100 ms",
  ],
  [
    "a probe is well",
    probe,
    traffic({ requests: 10, failed: 1, p95Ms: 100 }, null),
    "successful",
    "probe /deep: 1 of 10 answers bad, p95 100 ms",
  ],
  [
    "a command ends well",
    exit,
    { kind: "command", exitCode: 0, signal: null, value: null },
    "successful",
    "check: exit code 0",
  ],
  [
    "a command ends badly",
    exit,
    { kind: "command", exitCode: 3, signal: null, value: null },
    "failed",
    "check: exit code 3",
  ],
  [
    "a command is killed",
    exit,
    { kind: "command", exitCode: null, signal: "SIGKILL", value: null },
    "failed",
    "check: ended by SIGKILL",
  ],
  [
    "a command prints a number within",
    count,
    { kind: "command", exitCode: 0, signal: null, value: 3 },
    "successful",
    "count: value 3",
  ],
  [
    "a command prints a number beyond",
    count,
    { kind: "command", exitCode: 0, signal: null, value: 4 },
    "failed",
    "count: value 4, expected at most 3",
  ],
  [
    "a command prints no number",
    count,
    { kind: "command", exitCode: 0, signal: null, value: null },
    "inconclusive",
    "count: it printed no number",
  ],
])("what a measurement says where %s", (_, check, reading, outcome, reason) => {
  expect(said(check, reading)).toEqual([outcome, reason]);
});

const range = (...points: Point[]): Reading => ({ kind: "series", series: [points], stepMs: 10_000 });
const points = (from: number, to: number, value: number | null): Point[] =>
  Array.from({ length: (to - from) / 10_000 + 1 }, (_, i): Point => [from + i * 10_000, value]);

const since = (reading: Reading) => {
  if (!up) throw new Error("no check");
  const { outcome, since } = assess(up, { check: 0, at: 60_000, reading }, 30);
  return [outcome, since];
};

test.each<[string, Reading, ReturnType<typeof since>]>([
  ["it was good all the time", range(...points(0, 60_000, 1)), ["successful", 0]],
  ["it turned good", range(...points(0, 20_000, 0), ...points(30_000, 60_000, 1)), ["successful", 30_000]],
  ["it turned bad", range(...points(0, 40_000, 1), ...points(50_000, 60_000, 0)), ["failed", 50_000]],
  [
    "a point is missing",
    range(...points(0, 20_000, 1), ...points(40_000, 60_000, 1)),
    ["successful", 40_000],
  ],
  [
    "a point is not a number",
    range(...points(0, 20_000, 1), [30_000, null], ...points(40_000, 60_000, 1)),
    ["successful", 40_000],
  ],
  ["it ends before its time", range(...points(0, 40_000, 1)), ["inconclusive", null]],
  ["it is empty", range(), ["inconclusive", null]],
])("a range counts as it was without a break up to its end, where %s", (_, reading, expected) => {
  expect(since(reading)).toEqual(expected);
});

test("of several series in a range, all must be good at every moment", () => {
  const reading: Reading = {
    kind: "series",
    series: [points(0, 60_000, 1), [...points(0, 30_000, 0), ...points(40_000, 60_000, 1)]],
    stepMs: 10_000,
  };
  expect(since(reading)).toEqual(["successful", 40_000]);
});
