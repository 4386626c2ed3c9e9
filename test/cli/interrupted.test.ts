import { afterEach, beforeEach, expect, test } from "vitest";
import type { Running } from "../support/bin.ts";
import { eventually, isAlive, leftOf } from "../support/left.ts";
import { makeSystem, oneService, type System } from "../support/system.ts";

const config = oneService(
  "interval: 50ms, within: 10s",
  `  production:
    on: release
    target: local
    strategy: { canary: { weights: [50, 100], hold: 60s, limit: 120s } }
    watch: 0s
    drain: 1s
`,
);

let system: System;
/** URL of production, on which v1.0.0 is live. */
let url: string;
beforeEach(async () => {
  system = await makeSystem({ files: { "bellwether.yaml": config } });
  await system.release("v1.0.0");
  expect((await system.run(...released("v1.0.0"))).code).toBe(0);
  url = (await statusNow()).url;
});
afterEach(async () => {
  expect(await system.close()).toEqual([]);
});

const released = (tag: string) => ["run", "--event", "release", "--ref", tag];

type Status = {
  url: string;
  live: string;
  weights: Record<string, number>;
  lease: { actor: string; version: string } | null;
  components: { version: string; pid: number | null }[];
};

async function statusNow(): Promise<Status> {
  const [status] = JSON.parse((await system.run("status", "production", "--json")).stdout);
  return status;
}

/** Ships v1.1.0 until its canary has half of the traffic; gives the engine and the canary's process. */
async function midCanary(): Promise<{ engine: Running; canary: number }> {
  await system.git("checkout", "--quiet", "develop");
  await system.edit("service/server.mjs", "// The smallest", "// New.\n// The smallest");
  await system.commit("Something new");
  await system.release("v1.1.0");
  const engine = system.start(...released("v1.1.0"));
  await engine.printed("traffic: 1.0.0 50 %, 1.1.0 50 %");
  const { components, lease } = await statusNow();
  expect(lease).toMatchObject({ actor: "Ada", version: "1.1.0" });
  const canary = components.find(({ version }) => version === "1.1.0")?.pid ?? 0;
  expect(isAlive(canary)).toBe(true);
  return { engine, canary };
}

/** The versions that answer a few requests in a row. */
async function answering(): Promise<string[]> {
  const versions = new Set<string>();
  for (let count = 0; count < 6; count += 1) {
    const answer = await fetch(`${url}/quote`);
    versions.add(answer.status === 200 ? String(answer.headers.get("x-app-version")) : `${answer.status}`);
  }
  return [...versions].sort();
}

test("B1: Ctrl-C in mid-canary → traffic on stable, the lease free, exit code 130, nothing of the canary left", async () => {
  const { engine, canary } = await midCanary();
  engine.kill("SIGINT", true);
  const ended = await engine.ended;
  expect(ended.code).toBe(130);
  expect(ended.stdout).toContain("Interrupted by SIGINT.");
  expect(await answering()).toEqual(["1.0.0"]);
  expect(await statusNow()).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 100 }, lease: null });
  expect(await eventually(() => !isAlive(canary), 5_000)).toBe(true);
  const [last] = JSON.parse((await system.run("history", "production", "--json")).stdout).production;
  expect(last).toMatchObject({ version: "1.1.0", outcome: "aborted" });
});

test("B2: SIGKILL of the engine in mid-canary → stable serves all within seconds; the next run says who, what and when", async () => {
  const { engine, canary } = await midCanary();
  engine.kill("SIGKILL");
  expect((await engine.ended).signal).toBe("SIGKILL");
  expect(await eventually(async () => (await answering()).join() === "1.0.0", 5_000)).toBe(true);
  expect(await eventually(() => !isAlive(canary), 10_000)).toBe(true);
  expect(await statusNow()).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 100 }, lease: null });

  const next = system.start(...released("v1.1.0"));
  await next.printed("traffic: 1.0.0 50 %, 1.1.0 50 %");
  expect(next.text()).toMatch(
    /found the rollout of 1\.1\.0 unfinished: its engine was lost \(Ada, since \d{4}-\d\d-\d\dT\S+Z\); 1\.0\.0 is live\n/,
  );
  next.kill("SIGTERM");
  expect((await next.ended).code).toBe(130);
  const entries = JSON.parse((await system.run("history", "production", "--json")).stdout).production;
  expect(entries).toMatchObject([
    { version: "1.1.0", outcome: "aborted" },
    {
      version: "1.1.0",
      outcome: "returned",
      reason: expect.stringMatching(/engine was lost \(Ada, since .+\)/),
    },
    { version: "1.0.0", outcome: "completed" },
  ]);
});

test("B3: two deploys at once → the second ends with 3 and names the holder, its version and since when", async () => {
  const { engine } = await midCanary();
  const second = await system.run("deploy", "production", "v1.0.0");
  expect(second.code).toBe(3);
  expect(second.stdout).toMatch(
    /production is held by a rollout of 1\.1\.0 by Ada, since \d{4}-\S+Z \(token \d+\)\.\n/,
  );
  expect(second.stdout).toContain("`bellwether abort production`");
  const run = await system.run(...released("v1.1.0"));
  expect(run).toMatchObject({ code: 3, stdout: "" });
  expect(run.stderr).toContain(`Another run (process ${engine.pid}, since `);
  expect(await statusNow()).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 50, "1.1.0": 50 } });
});

test("B5: abort in mid-canary → the deploy ends with 1 and says who asked, traffic on stable", async () => {
  const { engine, canary } = await midCanary();
  const aborted = await system.run("abort", "production");
  expect(aborted).toMatchObject({ code: 0, stderr: "" });
  expect(aborted.stdout).toContain("the rollout on production has ended; stable serves\n");
  const ended = await engine.ended;
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain("✖ The rollout of 1.1.0 to production was aborted by Ada; 1.0.0 is live.\n");
  expect(await answering()).toEqual(["1.0.0"]);
  expect(await statusNow()).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 100 }, lease: null });
  expect(await eventually(() => !isAlive(canary), 5_000)).toBe(true);
});

test("B5: a rollback in mid-canary is not queued: the deploy gives way, and the rollback goes ahead", async () => {
  const { engine } = await midCanary();
  const back = await system.run("rollback", "production", "--to", "v1.0.0");
  expect((await engine.ended).code).toBe(1);
  expect(back).toMatchObject({ code: 0, stderr: "" });
  expect(await answering()).toEqual(["1.0.0"]);
  expect(await statusNow()).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 100 }, lease: null });
});

test("B2: SIGKILL of the daemon in mid-canary → the engine ends, and a start serves stable again", async () => {
  const { engine, canary } = await midCanary();
  const daemon = (await leftOf(system.directory)).find(({ what }) => / daemon production/.test(what));
  process.kill(daemon?.pid ?? 0, "SIGKILL");
  const ended = await engine.ended;
  expect([1, 3, 4]).toContain(ended.code);
  expect(await eventually(() => !isAlive(canary), 10_000)).toBe(true);
  expect((await system.run("start", "production")).code).toBe(0);
  expect(await answering()).toEqual(["1.0.0"]);
});
