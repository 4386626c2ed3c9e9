import { expect, test } from "vitest";
import type { SmokeCheck } from "../../pipeline/config/config.ts";
import { type HealthMeasurement, health } from "../../pipeline/deploy/health.ts";
import { isHealthy, isReady, notReady, observed, readProbe } from "../../pipeline/deploy/readiness.ts";
import { checkSmoke } from "../../pipeline/deploy/smoke.ts";
import type { HttpAnswer } from "../../pipeline/io/http.ts";

const answer = (
  status: number,
  body = "",
  changes: Partial<Extract<HttpAnswer, { kind: "answer" }>> = {},
): HttpAnswer => ({
  kind: "answer",
  status,
  headers: {},
  body,
  ms: 10,
  ...changes,
});
const none = (reason: "refused" | "timeout" | "reset"): HttpAnswer => ({
  kind: "none",
  reason,
  message: "x",
  ms: 1,
});

test.each<[HttpAnswer, string, boolean]>([
  [answer(200), "got 200", true],
  [answer(204), "got 204, expected 200", true],
  [answer(301, "", { headers: { Location: "/login" } }), "got 301 to /login, expected 200", false],
  [answer(302), "got 302, expected 200", false],
  [answer(503), "got 503, expected 200", false],
  [none("refused"), "connection refused", false],
  [none("reset"), "connection reset", false],
  [none("timeout"), "no answer within 500 ms", false],
])("B16: a probe's answer is put as %j → %s", (given, summary, healthy) => {
  const seen = readProbe(given, { url: "/ready", expected: 200, timeoutMs: 500 });
  expect(seen.summary).toBe(summary);
  expect(isHealthy(seen)).toBe(healthy);
});

test("a probe shows at most 500 characters of the body", () => {
  const seen = readProbe(answer(500, "x".repeat(9_000)), { url: "/", expected: 200, timeoutMs: 500 });
  expect(seen.body).toHaveLength(500);
});

test("B17: ready is enough successes in a row over enough time; a failure starts again", () => {
  const rule = { successes: 3, spanMs: 1_000 };
  const after = (...probes: [at: number, good: boolean][]) =>
    isReady(
      probes.reduce((state, [at, good]) => observed(state, good, at), notReady),
      rule,
      probes.at(-1)?.[0] ?? 0,
    );
  expect(after([0, true], [500, true], [1_000, true])).toBe(true);
  expect(after([0, true], [300, true], [600, true])).toBe(false);
  expect(after([0, true], [1_000, true])).toBe(false);
  expect(after([0, true], [500, true], [900, false], [1_000, true], [2_000, true])).toBe(false);
  expect(isReady(notReady, { successes: 0, spanMs: 0 }, 9_000)).toBe(false);
});

const check = (expect: Partial<SmokeCheck["expect"]>): SmokeCheck => ({
  name: "quote",
  component: "api",
  method: "GET",
  path: "/quotes/AAPL",
  body: null,
  headers: {},
  expect: { status: 200, json: null, text: null, withinMs: 500, ...expect },
});

test.each<[Partial<SmokeCheck["expect"]>, HttpAnswer, string | null]>([
  [{}, answer(200), null],
  [{}, answer(404), "got 404, expected 200"],
  [{}, none("refused"), "connection refused"],
  [{}, answer(200, "", { ms: 501 }), "answered in 501 ms, expected 500 ms"],
  [{ text: "hello" }, answer(200, "say hello"), null],
  [{ text: "hello" }, answer(200, "goodbye"), 'body without "hello"'],
  [{ json: { symbol: "AAPL" } }, answer(200, '{"symbol":"AAPL","price":1}'), null],
  [{ json: { symbol: "AAPL" } }, answer(200, "{}"), 'symbol is missing, expected "AAPL"'],
  [{ json: { a: { b: 1 } } }, answer(200, '{"a":{"b":2}}'), "a.b is 2, expected 1"],
  [{ json: { a: [1, { b: 2 }] } }, answer(200, '{"a":[1,{"b":2,"c":3}]}'), null],
  [{ json: { a: [1] } }, answer(200, '{"a":[1,2]}'), "a has 2 elements, expected 1"],
  [{ json: { a: {} } }, answer(200, '{"a":null}'), "a is null, expected {}"],
  [{ json: {} }, answer(200, "<html>"), "body is not JSON"],
])("a smoke check expecting %j finds in %j: %s", (expected, given, wrong) => {
  expect(checkSmoke(check(expected), given, "/quotes/AAPL")?.summary ?? null).toBe(wrong);
});

const measured = (
  name: string,
  value: number | null,
  thresholds: [number, number] | null = [1_000, 2_000],
): HealthMeasurement => ({
  name,
  unit: "ms",
  value,
  problem: null,
  thresholds,
});

test.each([
  [999, "HEALTHY"],
  [1_000, "DEGRADED"],
  [2_000, "DEGRADED"],
  [2_001, "UNHEALTHY"],
  [null, "UNKNOWN"],
  [Number.NaN, "UNKNOWN"],
])("a database that answers in %s ms is %s", (value, status) => {
  expect(health([measured("database", value)]).findings[0]?.status).toBe(status);
});

test("the whole is as its worst part, and ready while that is no worse than degraded", () => {
  const failed: HealthMeasurement = {
    ...measured("redis", null),
    problem: { failed: true, reason: "refused" },
  };
  expect(health([measured("a", 1), measured("b", 1_500)])).toMatchObject({ status: "DEGRADED", ready: true });
  expect(health([measured("a", null), measured("b", 1_500)])).toMatchObject({
    status: "UNKNOWN",
    ready: false,
  });
  expect(health([measured("a", null), failed])).toMatchObject({ status: "UNHEALTHY", ready: false });
  expect(health([])).toMatchObject({ status: "UNKNOWN", ready: false });
  expect(health([failed]).findings[0]?.recommendation).toBe("do not deploy; look at the log of redis");
});
