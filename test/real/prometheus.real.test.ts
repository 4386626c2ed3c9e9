import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checks } from "../../pipeline/config/normalise-analysis.ts";
import type { WrittenAnalysisCheck } from "../../pipeline/config/schema-analysis.ts";
import { assess } from "../../pipeline/deploy/assess.ts";
import { systemClock } from "../../pipeline/io/clock.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { createHttp } from "../../pipeline/io/http-client.ts";
import { freePort } from "../../pipeline/io/ports.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import { fail } from "../../pipeline/result.ts";
import { createMetrics } from "../../pipeline/routers/metrics/metrics.ts";
import { until } from "../routers/support/backends.ts";
import { installed } from "./support/packages.ts";

/** What the service that is scraped says of itself. */
const state = { depth: "3", down: false };
const service = createServer((_request, response) => {
  if (state.down) response.writeHead(503).end();
  else response.end(`queue_depth{version="1.1.0"} ${state.depth}\nqueue_depth{version="1.0.0"} 1\n`);
});

const processes = createProcesses();
let root = "";
let url = "";
let stop: () => Promise<unknown> = async () => {};

beforeAll(async () => {
  await installed("prometheus", ["/usr/bin/prometheus"]);
  root = await mkdtemp(join(tmpdir(), "bellwether-prometheus-"));
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const target = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  const config = {
    global: { scrape_interval: "200ms", scrape_timeout: "200ms" },
    scrape_configs: [{ job_name: "api", static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML.
  await writeFile(join(root, "prometheus.yml"), JSON.stringify(config));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const started = await processes.start({
    argv: [
      "/usr/bin/prometheus",
      `--config.file=${root}/prometheus.yml`,
      `--storage.tsdb.path=${root}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    directory: root,
    environment: { PATH: "/usr/bin:/bin" },
    output: () => {},
  });
  if (!started.ok) throw new Error(started.failure);
  stop = () => started.value.stop(2_000);
  await until(async () => (await said({ prometheus: "up", is: 1 }))[0] === "successful", 30_000);
});
afterAll(async () => {
  await processes.close();
  await new Promise((resolve) => service.close(resolve));
  await removeTree(root);
});

const metrics = createMetrics({
  http: createHttp(),
  processes,
  clock: systemClock,
  place: { directory: "/", environment: {} },
  resolve: async () => fail({ kind: "secret-unresolved", name: "token", source: "env", reason: "not set" }),
});

/** What one look at the real server says of a check, `sinceMs` after the analysis began. */
async function said(
  written: WrittenAnalysisCheck,
  sinceMs = 60_000,
): Promise<[string, string, number | null]> {
  const [check] = checks([{ url, name: "it", ...written }]);
  if (check?.kind !== "prometheus") throw new Error("no query");
  const reading = await metrics.read({ check, sinceMs }, new AbortController().signal);
  const { outcome, reason, since } = assess(check, { check: 0, at: sinceMs, reading }, 1);
  return [outcome, reason, since];
}

test("an instant query: a vector of several series, a scalar, and one that its limit does not hold for", async () => {
  expect(await said({ prometheus: "queue_depth", max: 5 })).toEqual(["successful", expect.any(String), null]);
  expect(await said({ prometheus: 'queue_depth{version="1.1.0"}', max: 2 })).toEqual([
    "failed",
    "it: value 3, expected at most 2",
    null,
  ]);
  expect(await said({ prometheus: "scalar(sum(queue_depth))", is: 4 })).toEqual([
    "successful",
    "it: value 4",
    null,
  ]);
});

test("B24: no values and values that are no numbers are inconclusive", async () => {
  expect(await said({ prometheus: "no_such_metric", max: 5 })).toEqual([
    "inconclusive",
    "it: no values found",
    null,
  ]);
  expect(await said({ prometheus: "queue_depth / 0 - queue_depth / 0", max: 5 })).toEqual([
    "inconclusive",
    "it: value is not a number",
    null,
  ]);
});

test("B26: a query that is wrong is an error, in the server's words", async () => {
  const [outcome, reason] = await said({ prometheus: "sum(", max: 5 });
  expect([outcome, reason.split(":")[0]]).toEqual(["error", "bad_data"]);
});

test("a value counts once it has been within its limit for its time, by a range query", async () => {
  const began = systemClock.now();
  const check: WrittenAnalysisCheck = {
    prometheus: 'queue_depth{version="1.1.0"}',
    max: 5,
    for: "4s",
    interval: "1s",
  };
  const lasted = async () => {
    const sinceMs = systemClock.now() - began;
    const [outcome, , since] = await said(check, sinceMs);
    return outcome === "successful" && since !== null ? sinceMs - since : 0;
  };
  expect(await lasted()).toBeLessThan(4_000);
  await until(async () => (await lasted()) >= 4_000, 20_000);
  state.depth = "9";
  await until(async () => (await said(check, systemClock.now() - began))[0] === "failed", 20_000);
  state.depth = "3";
});

test("a service that is down is seen in `up`", async () => {
  state.down = true;
  await until(async () => (await said({ prometheus: "up", is: 1 }))[0] === "failed", 20_000);
  expect(await said({ prometheus: "up", is: 1 })).toEqual(["failed", "it: value 0, expected 1", null]);
  state.down = false;
});

test("B26: a server that has gone is an error", async () => {
  await stop();
  expect(await said({ prometheus: "up", is: 1 })).toEqual(["error", "connection refused", null]);
});
