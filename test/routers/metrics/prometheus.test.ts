import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { checks } from "../../../pipeline/config/normalise-analysis.ts";
import type { WrittenAnalysisCheck } from "../../../pipeline/config/schema-analysis.ts";
import { assess } from "../../../pipeline/deploy/assess.ts";
import type { Metrics, SourceLook } from "../../../pipeline/deploy/metrics.ts";
import { createHttp } from "../../../pipeline/io/http-client.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { fail, ok } from "../../../pipeline/result.ts";
import { createMetrics } from "../../../pipeline/routers/metrics/metrics.ts";
import { queryUrl } from "../../../pipeline/routers/metrics/prometheus.ts";
import { Secret } from "../../../pipeline/secret.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that speaks Prometheus' HTTP API v1 with these words. */
async function server(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const listening = createServer(answer);
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        listening.closeAllConnections();
        listening.close(resolve);
      }),
  );
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const json = (value: unknown, status = 200) =>
  server((_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  });

const result = (resultType: string, value: unknown) => ({
  status: "success",
  data: { resultType, result: value },
});

function metrics(clock = new ManualClock()): Metrics {
  const processes = createProcesses();
  closing.push(() => processes.close());
  return createMetrics({
    http: createHttp(),
    processes,
    clock,
    place: { directory: "/", environment: {} },
    resolve: async (reference) =>
      reference.from === "env" && reference.name === "PROMETHEUS_TOKEN"
        ? ok(new Secret("token", "s3cret"))
        : fail({ kind: "secret-unresolved", name: "token", source: "env", reason: "it is not set" }),
  });
}

function check(url: string, over: WrittenAnalysisCheck = {}): SourceLook["check"] {
  const [made] = checks([{ prometheus: 'up{job="api"}', is: 1, url, ...over }]);
  if (made?.kind !== "prometheus") throw new Error("no query");
  return made;
}

const read = (url: string, over: WrittenAnalysisCheck = {}, sinceMs = 60_000) =>
  metrics().read({ check: check(url, over), sinceMs }, new AbortController().signal);

test("the query's URL is that of the HTTP API, below the base's own path", () => {
  expect(queryUrl("http://prom:9090", 'up{job="a b"}', null)).toBe(
    "http://prom:9090/api/v1/query?query=up%7Bjob%3D%22a+b%22%7D",
  );
  expect(queryUrl("https://host/prometheus/", "up", { start: 1_000, end: 61_500, stepMs: 6_000 })).toBe(
    "https://host/prometheus/api/v1/query_range?query=up&start=1.000&end=61.500&step=6.000",
  );
});

test.each<[string, unknown, unknown]>([
  [
    "a vector",
    result("vector", [
      { metric: { instance: "a" }, value: [1700000000.123, "1"] },
      { metric: { instance: "b" }, value: [1700000000.123, "0.25"] },
    ]),
    { kind: "series", series: [[[0, 1]], [[0, 0.25]]], stepMs: 0 },
  ],
  ["a scalar", result("scalar", [1700000000, "42"]), { kind: "series", series: [[[0, 42]]], stepMs: 0 }],
  [
    "a range vector: the newest value of each series",
    result("matrix", [
      {
        metric: {},
        values: [
          [1, "3"],
          [2, "4"],
        ],
      },
    ]),
    { kind: "series", series: [[[0, 4]]], stepMs: 0 },
  ],
  [
    "what is no finite number",
    result("vector", [
      { metric: {}, value: [1, "NaN"] },
      { metric: {}, value: [1, "+Inf"] },
    ]),
    { kind: "series", series: [[[0, null]], [[0, null]]], stepMs: 0 },
  ],
  ["B24: an empty vector", result("vector", []), { kind: "empty", reason: "no values found" }],
  ["B24: an empty matrix", result("matrix", []), { kind: "empty", reason: "no values found" }],
  [
    "a string, which is no number",
    result("string", [1, "x"]),
    { kind: "unreadable", reason: "no result of a query" },
  ],
  ["another API", { hello: "world" }, { kind: "unreadable", reason: "no result of a query" }],
])("an instant query reads %s", async (_, answer, expected) => {
  expect(await read(await json(answer))).toEqual(expected);
});

test("B26: a query that the server refuses is an error with the server's words", async () => {
  const body = { status: "error", errorType: "bad_data", error: "parse error: unexpected end of input" };
  expect(await read(await json(body, 400))).toEqual({
    kind: "unreadable",
    reason: "bad_data: parse error: unexpected end of input",
  });
});

test("B26: a server that is down, slow, or no Prometheus is an error, kept apart from a failure", async () => {
  const busy = await server((_request, response) => void response.writeHead(503).end("busy"));
  expect(await read(busy)).toEqual({ kind: "unreadable", reason: "got 503" });
  const slow = await server(() => {});
  expect(await read(slow, { timeout: "50ms" })).toEqual({
    kind: "unreadable",
    reason: "no answer within 50 ms",
  });
  const gone = await json({});
  for (const close of closing.splice(0)) await close();
  expect(await read(gone)).toEqual({ kind: "unreadable", reason: "connection refused" });
});

test("an answer that is too long is said to be so", async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => ({ metric: { i: `${i}` }, value: [1, "1"] }));
  expect(await read(await json(result("vector", many)))).toEqual({
    kind: "unreadable",
    reason: "an answer longer than 65536 bytes",
  });
});

test("a token is sent as a bearer, and one that cannot be had is an error that names no value", async () => {
  let seen: string | undefined;
  const url = await server((request, response) => {
    seen = request.headers.authorization;
    response.end(JSON.stringify(result("vector", [])));
  });
  await read(url, { token: { from: "env", name: "PROMETHEUS_TOKEN" } });
  expect(seen).toBe("Bearer s3cret");
  expect(await read(url, { token: { from: "env", name: "OTHER" } })).toEqual({
    kind: "unreadable",
    reason: "its token is not to be had: it is not set",
  });
});

test("`for` asks for the range that has to be covered, and for nothing from before the analysis began", async () => {
  const asked: URLSearchParams[] = [];
  const url = await server((request, response) => {
    asked.push(new URL(request.url ?? "", "http://x").searchParams);
    expect(request.url).toMatch(/^\/api\/v1\/query_range\?/);
    response.end(JSON.stringify(result("matrix", [])));
  });
  const look = check(url, { for: "120s" });
  const signal = new AbortController().signal;
  const clock = new ManualClock();
  const now = clock.now() / 1_000;
  await metrics(clock).read({ check: look, sinceMs: 600_000 }, signal);
  await metrics(clock).read({ check: look, sinceMs: 30_000 }, signal);
  expect(
    asked.map((query) => [Number(query.get("start")), Number(query.get("end")), query.get("step")]),
  ).toEqual([
    [now - 132, now, "12.000"],
    [now - 30, now, "12.000"],
  ]);
});

test("a range of good values as long as `for` is a success, a shorter one is not yet one", async () => {
  const clock = new ManualClock();
  const now = clock.now() / 1_000;
  const url = await server((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    const values: [number, string][] = [];
    for (let at = Number(query.get("start")); at <= now; at += Number(query.get("step")))
      values.push([at, "1"]);
    response.end(JSON.stringify(result("matrix", [{ metric: {}, values }])));
  });
  const look = check(url, { for: "120s" });
  const since = async (sinceMs: number) => {
    const reading = await metrics(clock).read({ check: look, sinceMs }, new AbortController().signal);
    return assess(look, { check: 0, at: sinceMs, reading }, 1).since;
  };
  expect(await since(60_000)).toBe(0);
  expect(await since(600_000)).toBe(600_000 - 132_000);
});
