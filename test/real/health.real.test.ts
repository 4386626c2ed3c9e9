import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HealthCheck } from "../../pipeline/config/config.ts";
import { parseConfig } from "../../pipeline/config/parse.ts";
import { health } from "../../pipeline/deploy/health.ts";
import { createServers } from "../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../pipeline/io/clock.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { createHttp } from "../../pipeline/io/http-client.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import type { RunningServer, ServerSpec } from "../../pipeline/io/server.ts";
import { ok } from "../../pipeline/result.ts";
import { measureHealth } from "../../pipeline/targets/health/measure.ts";
import { unwrap } from "../support/unwrap.ts";
import { installed } from "./support/packages.ts";

const processes = createProcesses();
const running: Record<string, RunningServer> = {};
let root = "";

const spec = (kind: ServerSpec["kind"], version: string): ServerSpec => ({
  name: kind,
  kind,
  version,
  database: kind === "redis" ? "0" : "trading",
  user: kind === "redis" ? "default" : "trader",
  init: [],
  extensions: [],
});

beforeAll(async () => {
  await installed("redis-server", ["/usr/bin/redis-server"]);
  root = await mkdtemp(join(tmpdir(), "bellwether-health-"));
  const servers = createServers({ processes, clock: systemClock, path: process.env.PATH ?? "" });
  for (const one of [spec("postgres", ">=15"), spec("redis", ">=6")])
    running[one.kind] = unwrap(
      await servers.start(one, { directory: join(root, one.kind), persistent: false }),
    );
});
afterAll(async () => {
  await Promise.all(Object.values(running).map((server) => server.stop()));
  await processes.close();
  await removeTree(root);
});

/** The health of nifty50's production, as its team would write it. */
const nifty = `app: nifty50
environments:
  production:
    environment-file: .env.production
    health:
      database: { postgres: "\${DATABASE_URL}", degraded: 1000ms, unhealthy: 2000ms }
      redis: { redis: "\${REDIS_URL}", degraded: 500ms, unhealthy: 1000ms }
      host: { cpu: [75%, 90%], memory: [80%, 90%], disk: [85%, 95%] }
`;

const checks = (): HealthCheck[] =>
  unwrap(parseConfig(nifty, "bellwether.yaml", { has: () => false, text: () => null })).environments
    .production?.health ?? [];

async function measured(urls: Record<string, string>, wanted = checks()) {
  const began = systemClock.monotonic();
  const { measurements } = await measureHealth(
    wanted,
    { url: null, accessories: {} },
    {
      processes,
      clock: systemClock,
      http: createHttp(),
      directory: root,
      environment: {},
      disk: root,
      fill: async (text) => ok(text.replace(/\$\{(\w+)\}/, (_, name: string) => urls[name] ?? "")),
      redact: (line) => line,
    },
  );
  return { measurements, ms: systemClock.monotonic() - began };
}

const urls = () => ({
  DATABASE_URL: running.postgres?.facts.url ?? "",
  REDIS_URL: running.redis?.facts.url ?? "",
});

test("nifty50's thresholds are measured on a real PostgreSQL, Redis and host, all within 2 s", async () => {
  const { measurements, ms } = await measured(urls());
  expect(measurements.map(({ name, thresholds }) => [name, thresholds])).toEqual([
    ["database", [1_000, 2_000]],
    ["redis", [500, 1_000]],
    ["host cpu", [0.75, 0.9]],
    ["host memory", [0.8, 0.9]],
    ["host disk", [0.85, 0.95]],
  ]);
  for (const { value, problem } of measurements) {
    expect(problem).toBeNull();
    expect(value).toBeGreaterThanOrEqual(0);
  }
  expect(ms).toBeLessThan(2_000);
});

test("a wrong password and a server that is gone are UNHEALTHY, each with its reason", async () => {
  const { DATABASE_URL, REDIS_URL } = urls();
  const wrong = (url: string) => url.replace(/:[^:@/]+@/, ":wrong@");
  const { measurements } = await measured(
    { DATABASE_URL: wrong(DATABASE_URL), REDIS_URL: wrong(REDIS_URL) },
    checks().slice(0, 2),
  );
  const found = health(measurements);
  expect(found.status).toBe("UNHEALTHY");
  expect(found.findings.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    'database: password authentication failed for user "trader"',
    "redis: it answered: WRONGPASS invalid username-password pair or user is disabled.",
  ]);
  await running.redis?.stop();
  const after = await measured(urls(), checks().slice(1, 2));
  expect(health(after.measurements)).toMatchObject({
    status: "UNHEALTHY",
    ready: false,
    findings: [
      {
        name: "redis",
        reason: "connection refused",
        recommendation: "do not deploy; look at the log of redis",
      },
    ],
  });
});
