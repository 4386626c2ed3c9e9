import { expect, test } from "vitest";
import { normaliseAnalysis } from "../../pipeline/config/normalise-analysis.ts";
import type { WrittenAnalysisCheck } from "../../pipeline/config/schema-analysis.ts";
import type { SourceLook } from "../../pipeline/deploy/metrics.ts";
import { fakeMetrics, oneValue } from "../support/fake-metrics.ts";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const returned = (verdict: string, weight = 10) => ({
  ok: false,
  failure: { kind: "returned", live: "1.0.0", because: { kind: "analysis-failed", verdict, weight } },
});

async function judgedBy(
  check: WrittenAnalysisCheck,
  read: Parameters<typeof fakeMetrics>[0],
  changes: ConstructorParameters<typeof Scenario>[0] = {},
): Promise<Scenario> {
  const given = new Scenario({ analysis: normaliseAnalysis([check]), ...changes });
  const well = { kind: "command" as const, exitCode: 0, signal: null, value: null };
  given.metrics = fakeMetrics(({ check }) => (check.kind === "command" ? well : oneValue(1)));
  await given.live("1.0.0");
  given.metrics = fakeMetrics(read);
  return given;
}

const up: WrittenAnalysisCheck = { prometheus: "up", is: 1, interval: "1s" };

test("a value from Prometheus that is well lets the canary go on, beside the errors and the p95", async () => {
  const given = await judgedBy(up, () => oneValue(1));
  unwrap(await given.deploy("1.1.0"));
  const last = given.fact("measured").findLast(({ weight }) => weight === 50);
  expect(last?.checks.map(({ name, verdict }) => [name, verdict])).toEqual([
    ["errors", "successful"],
    ["p95", "successful"],
    ["up", "successful"],
  ]);
  const judged = given.target.journal.map(({ fact }) => fact).findLast(({ kind }) => kind === "measured");
  expect(judged).toMatchObject({ checks: [{ name: "errors" }, { name: "up", reason: "up: value 1" }] });
});

test("a value from Prometheus that is not well brings stable back, with the value in the reason", async () => {
  const given = await judgedBy(up, ({ sinceMs }) => oneValue(sinceMs > 2_500 ? 0 : 1));
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { ...returned("failed").failure, because: { reason: "up: value 0, expected 1" } },
  });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("a query may name the version: it is the canary's", async () => {
  const asked = new Set<string>();
  const given = await judgedBy({ prometheus: 'up{v="${version}"}', is: 1, interval: "1s" }, (look) => {
    if (look.check.kind === "prometheus") asked.add(look.check.query);
    return oneValue(1);
  });
  unwrap(await given.deploy("1.1.0"));
  expect([...asked]).toEqual(['up{v="1.1.0"}']);
});

test("B24: a query without values holds, and ends as inconclusive at the time limit", async () => {
  const given = await judgedBy(up, () => ({ kind: "empty", reason: "no values found" }));
  const began = given.clock.now();
  expect(await given.deploy("1.1.0")).toMatchObject(returned("inconclusive"));
  expect(given.clock.now() - began).toBeGreaterThan(20_000);
});

test("B24: a value that is not a number is no pass", async () => {
  const given = await judgedBy(up, () => oneValue(null));
  expect(await given.deploy("1.1.0")).toMatchObject(returned("inconclusive"));
});

test("B25: a source that gave only errors is no pass, although they are too few in a row to trip", async () => {
  const check = { ...up, "consecutive-error-limit": 1_000 };
  const given = await judgedBy(check, () => ({ kind: "unreadable", reason: "503" }));
  expect(await given.deploy("1.1.0")).toMatchObject(returned("error"));
});

test("B26: a provider that cannot be reached is asked again four times; the fifth time the canary goes back", async () => {
  let looks = 0;
  const given = await judgedBy(up, () => {
    looks++;
    return { kind: "unreadable", reason: "connection refused" };
  });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      ...returned("error").failure,
      because: { reason: "up unreadable 5 times in a row: connection refused" },
    },
  });
  expect(looks).toBe(5);
});

test("B26: with on-error hold the canary stays until the provider is back", async () => {
  const check = { ...up, "on-error": "hold" as const };
  const given = await judgedBy(check, ({ sinceMs }) =>
    sinceMs < 12_000 ? { kind: "unreadable", reason: "connection refused" } : oneValue(1),
  );
  unwrap(await given.deploy("1.1.0"));
  const held = given.fact("measured").findLast(({ weight }) => weight === 10)?.heldMs ?? 0;
  expect(held).toBeGreaterThan(12_000);
  expect(held).toBeLessThan(14_000);
});

test("B26: with on-error hold a provider that stays away is an error at the time limit", async () => {
  const check = { ...up, "on-error": "hold" as const };
  const given = await judgedBy(check, () => ({ kind: "unreadable", reason: "connection refused" }));
  const began = given.clock.now();
  expect(await given.deploy("1.1.0")).toMatchObject(returned("error"));
  expect(given.clock.now() - began).toBeGreaterThan(20_000);
});

test("B26: a provider that never answers does not keep the engine from seeing a dead canary", async () => {
  const given = await judgedBy(up, () => new Promise(() => {}));
  given.behaves("1.1.0", { exitsAfterMs: 4_000, exitCode: 9 });
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({ failure: { because: { kind: "not-healthy", end: { exitCode: 9 } } } });
});

test("B27: with failure-limit 2 two bad measurements are gone past, the third is the one that returns", async () => {
  const check = { ...up, "failure-limit": 2 };
  const bad = (count: number) => {
    let looks = 0;
    return () => oneValue(++looks <= count ? 0 : 1);
  };
  unwrap(await (await judgedBy(check, bad(2))).deploy("1.1.0"));
  const third = await judgedBy(check, bad(3));
  expect(await third.deploy("1.1.0")).toMatchObject({
    failure: {
      ...returned("failed").failure,
      because: { reason: "up: value 0, expected 1; 3 measurements failed, 2 may" },
    },
  });
});

test("p95 above 100 ms for two minutes brings stable back after those two minutes, not before", async () => {
  const hold = { kind: "hold" as const, holdMs: 600_000, samples: 30, limitMs: 900_000, analysis: [] };
  const strategy = { kind: "canary" as const, steps: [{ kind: "weight" as const, weight: 10 }, hold] };
  const analysis = normaliseAnalysis([{ p95: "canary", max: "100ms", for: "2m" }]);
  const given = await new Scenario({ strategy, analysis }).live("1.0.0");
  given.behaves("1.1.0", { latencyMs: ({ sinceStartMs }) => (sinceStartMs > 100_000 ? 140 : 40) });
  expect(await given.deploy("1.1.0")).toMatchObject(returned("failed"));
  const shifted = given.fact("shifted");
  const lasted = (shifted.at(-1)?.at ?? 0) - (shifted[0]?.at ?? 0);
  expect(lasted).toBeGreaterThan(100_000 + 108_000);
  expect(lasted).toBeLessThan(100_000 + 140_000);
});

test("p95 above 100 ms for one minute of two is gone past", async () => {
  const hold = { kind: "hold" as const, holdMs: 300_000, samples: 30, limitMs: 900_000, analysis: [] };
  const strategy = { kind: "canary" as const, steps: [{ kind: "weight" as const, weight: 10 }, hold] };
  const analysis = normaliseAnalysis([{ p95: "canary", max: "100ms", for: "2m" }]);
  const given = await new Scenario({ strategy, analysis }).live("1.0.0");
  const slow = (at: number) => at > 60_000 && at < 120_000;
  given.behaves("1.1.0", { latencyMs: ({ sinceStartMs }) => (slow(sinceStartMs) ? 140 : 40) });
  unwrap(await given.deploy("1.1.0"));
});

test("a probe asks the canary itself, past the router, and its errors count", async () => {
  const given = await judgedBy({ probe: "/deep", interval: "1s" }, () => oneValue(1));
  given.behaves("1.1.0", {
    answer: ({ path }, since) => (path === "/deep" && since > 4_000 ? { status: 500 } : {}),
  });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      because: {
        reason: expect.stringMatching(/^probe \/deep: 1 of \d answers bad \(last: got 500, expected 200\)/),
      },
    },
  });
});

test("a probe that is slow brings stable back", async () => {
  const given = await judgedBy({ probe: "/deep", interval: "1s", "max-latency": "100ms" }, () => oneValue(1));
  given.behaves("1.1.0", { answer: ({ path }) => (path === "/deep" ? { ms: 250 } : {}) });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { because: { reason: "probe /deep: p95 250 ms, limit 100 ms" } },
  });
});

test("a command's exit code decides, and a version can be named in it", async () => {
  const seen: SourceLook["check"][] = [];
  const given = await judgedBy({ command: "./check ${version}", interval: "1s" }, ({ check }) => {
    seen.push(check);
    return { kind: "command", exitCode: 7, signal: null, value: null };
  });
  expect(await given.deploy("1.1.0")).toMatchObject(returned("failed"));
  expect(seen).toMatchObject([{ run: "./check 1.1.0" }]);
});

test("B18: after the switch the other sources are still asked, and bring stable back", async () => {
  const strategy = { kind: "blue-green" as const };
  const given = await judgedBy(up, ({ sinceMs }) => oneValue(sinceMs > 3_000 ? 0 : 1), { strategy });
  expect(await given.deploy("1.1.0")).toMatchObject(returned("failed", 100));
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B25: a watch does not end well while a source has said nothing", async () => {
  const strategy = { kind: "blue-green" as const };
  const given = await judgedBy(up, () => ({ kind: "empty", reason: "no values found" }), { strategy });
  expect(await given.deploy("1.1.0")).toMatchObject(returned("inconclusive", 100));
});

test("late errors count by themselves in a long hold, however good it was before", async () => {
  const hold = { kind: "hold" as const, holdMs: 3_600_000, samples: 30, limitMs: 3_600_000, analysis: [] };
  const strategy = { kind: "canary" as const, steps: [{ kind: "weight" as const, weight: 10 }, hold] };
  const given = await new Scenario({ strategy }, 20).live("1.0.0");
  given.behaves("1.1.0", { fails: ({ sinceStartMs }) => sinceStartMs > 3_000_000 });
  expect(await given.deploy("1.1.0")).toMatchObject(returned("failed"));
  const firstBad = given.target.traffic.failed[0]?.at ?? 0;
  expect((given.fact("shifted").at(-1)?.at ?? Infinity) - firstBad).toBeLessThan(3_000);
});
