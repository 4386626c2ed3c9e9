import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { sampleRelease } from "../support/sample-release.ts";
import { unwrap } from "../support/unwrap.ts";

const blueGreen = { strategy: { kind: "blue-green" as const } };
const returned = { ok: false, failure: { kind: "returned", live: "1.0.0" } };

test("B15: a release that never becomes ready leaves the old one serving, and shows the last probe and the log", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { readyAfterMs: Infinity, log: ["waiting for the database"] });
  const result = await given.deploy("1.1.0");
  expect(result).toEqual({
    ok: false,
    failure: {
      kind: "returned",
      environment: "production",
      version: "1.1.0",
      live: "1.0.0",
      because: {
        kind: "not-healthy",
        component: "api",
        version: "1.1.0",
        waitedMs: expect.any(Number),
        probe: {
          url: "http://localhost:40101/ready",
          status: 503,
          summary: "got 503, expected 200",
          body: "not yet",
        },
        end: null,
        log: ["waiting for the database"],
      },
    },
  });
  expect(given.target.actions).toEqual(["place 1.1.0", "start 1.1.0 api", "stop 1.1.0"]);
  expect(given.target.traffic.failed).toEqual([]);
});

test("B15: a process that exits while it starts is noticed within a second, with its exit code and log", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", {
    readyAfterMs: Infinity,
    exitsAfterMs: 3_000,
    exitCode: 7,
    log: ["no such table"],
  });
  const began = given.clock.now();
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({
    failure: { because: { kind: "not-healthy", end: { exitCode: 7, signal: null }, log: ["no such table"] } },
  });
  expect(given.clock.now() - began).toBeLessThan(4_000);
});

test("B16: a redirect is named as what it is", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { answer: () => ({ status: 301, headers: { location: "/login" } }) });
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({
    failure: { because: { kind: "not-healthy", probe: { summary: "got 301 to /login, expected 200" } } },
  });
});

test("B17: a release that is ready once and then fails again gets no traffic", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { answer: (_, since) => ({ status: since % 1_500 < 700 ? 200 : 503 }) });
  expect(await given.deploy("1.1.0")).toMatchObject(returned);
  expect(given.target.actions.filter((action) => action.startsWith("shift"))).toEqual([]);
});

test("B37: a migration that fails switches nothing", async () => {
  const migrate = { run: "node migrate.js", in: "api", timeoutMs: 60_000 };
  const given = await new Scenario({ migrate }).live("1.0.0");
  given.behaves("1.1.0", { migration: { exitCode: 1, log: ["column is there already"] } });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { kind: "returned", because: { kind: "migration-failed", log: ["column is there already"] } },
  });
  expect(given.target.actions).toEqual(["place 1.1.0", "migrate 1.1.0"]);
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("a smoke check that fails switches nothing, and says what was seen", async () => {
  const expected = { status: 200, json: { symbol: "AAPL" }, text: null, withinMs: 500 };
  const check = {
    name: "quote",
    component: null,
    method: "GET" as const,
    path: "/quotes/AAPL",
    body: null,
    headers: {},
  };
  const given = await new Scenario({ ...blueGreen, smoke: [{ ...check, expect: expected }] });
  given.behaves("1.0.0", { answer: () => ({ status: 200, body: '{"symbol":"AAPL","price":1}' }) });
  await given.live("1.0.0");
  given.behaves("1.1.0", { answer: () => ({ status: 200, body: '{"symbol":"MSFT"}' }) });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      because: {
        kind: "smoke-failed",
        check: "quote",
        probe: { summary: 'symbol is "MSFT", expected "AAPL"' },
      },
    },
  });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B18: errors after the switch bring the old release back within 5 s of the first bad second", async () => {
  const given = await new Scenario({ ...blueGreen, watchMs: 60_000 }).live("1.0.0");
  given.behaves("1.1.0", { fails: ({ sinceStartMs }) => sinceStartMs > 20_000 });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { ...returned.failure, because: { kind: "analysis-failed", verdict: "failed", weight: 100 } },
  });
  const firstBad = given.target.traffic.failed[0]?.at ?? 0;
  const back = given.fact("shifted").at(-1);
  expect(back?.weights).toEqual({ "1.0.0": 100 });
  expect((back?.at ?? Infinity) - firstBad).toBeLessThan(5_000);
  expect(given.liveVersion()).toBe("1.0.0");
});

test("B18: a few errors late in a long watch count as much as early ones", async () => {
  const given = await new Scenario({ ...blueGreen, watchMs: 60_000 }).live("1.0.0");
  const oneInTwenty = (at: number) => Math.round(at / 20) % 20 === 0;
  given.behaves("1.1.0", { fails: ({ sinceStartMs, at }) => sinceStartMs > 50_000 && oneInTwenty(at) });
  expect(await given.deploy("1.1.0")).toMatchObject(returned);
  const firstBad = given.target.traffic.failed[0]?.at ?? 0;
  expect((given.fact("shifted").at(-1)?.at ?? Infinity) - firstBad).toBeLessThan(5_000);
});

test("B18: a process that dies after the switch is failed at once, without a minimum of requests", async () => {
  const given = await new Scenario({ ...blueGreen, watchMs: 60_000 }, 0).live("1.0.0");
  given.behaves("1.1.0", { exitsAfterMs: 10_000, exitCode: 3 });
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({
    failure: { ...returned.failure, because: { kind: "not-healthy", end: { exitCode: 3 } } },
  });
  const started = given.fact("acting").find((fact) => fact.action === "start api");
  expect((given.fact("shifted").at(-1)?.at ?? Infinity) - (started?.at ?? 0) - 10_000).toBeLessThan(1_000);
});

test("a canary that is 400 ms slower goes back from its first weight", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { latencyMs: () => 405 });
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({
    failure: { ...returned.failure, because: { kind: "analysis-failed", verdict: "failed", weight: 10 } },
  });
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.0.0=100",
    "drain 1.1.0",
    "stop 1.1.0",
  ]);
  expect(given.target.traffic.failed).toEqual([]);
});

test("a canary whose process dies is taken out at once", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { exitsAfterMs: 4_000, exitCode: 9 });
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({ failure: { because: { kind: "not-healthy", end: { exitCode: 9 } } } });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B32: where stable dies in mid-canary, the healthy canary serves all until stable runs again", async () => {
  const given = await new Scenario().live("1.0.0");
  const stable = given.target.live ?? "";
  given.clock.after(3_500, () => given.target.die(stable));
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({ failure: { because: { kind: "target-failed", action: "hold 10 %" } } });
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.1.0=100",
    "start 1.0.0 api",
    "shift 1.0.0=100",
    "drain 1.1.0",
    "stop 1.1.0",
  ]);
});

test("B24: too few requests hold, and end as inconclusive at the time limit", async () => {
  const given = await new Scenario({}, 1).live("1.0.0");
  const began = given.clock.now();
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      ...returned.failure,
      because: { kind: "analysis-failed", verdict: "inconclusive", weight: 10 },
    },
  });
  expect(given.clock.now() - began).toBeGreaterThan(20_000);
});

test("B25: an analysis that is ended early is no pass", async () => {
  const given = await new Scenario().live("1.0.0");
  given.clock.after(4_000, () => given.abort.abort("SIGTERM"));
  expect(await given.deploy("1.1.0")).toEqual({ ok: false, failure: { kind: "interrupted", by: "SIGTERM" } });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B26: statistics that cannot be read are an error, waited out for a while, then the canary goes back", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.statisticsFail = () => "connection refused";
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      ...returned.failure,
      because: {
        kind: "analysis-failed",
        verdict: "error",
        reason: "statistics unreadable 5 times in a row: connection refused",
      },
    },
  });
});

test("B26: statistics that come back in time are no error", async () => {
  const given = await new Scenario().live("1.0.0");
  const until = given.clock.now() + 4_500;
  given.target.statisticsFail = (now) => (now > until - 2_000 && now < until ? "connection refused" : null);
  unwrap(await given.deploy("1.1.0"));
});

test("a failing way back is the loudest failure, and names the weights and the command", async () => {
  const given = await new Scenario(blueGreen).live("1.0.0");
  given.behaves("1.1.0", { fails: () => true });
  const fact = ({ kind }: { kind: string }) => {
    if (kind === "watching") given.target.faults.push({ action: "shift", when: "before", times: 9 });
  };
  expect(await given.deploy("1.1.0", { fact })).toMatchObject({
    failure: {
      kind: "recovery-failed",
      live: "1.0.0",
      weights: { "1.1.0": 100 },
      because: { kind: "analysis-failed" },
      recovery: { kind: "target-failed", action: "shift" },
      command: "bellwether rollback production --to 1.0.0",
    },
  });
});

test("an answer that is lost after the effect is no failure", async () => {
  const given = await new Scenario().live("1.0.0");
  for (const action of ["place", "start", "shift", "commit"]) {
    given.target.faults.push({ action, when: "after", times: 1 });
  }
  unwrap(await given.deploy("1.1.0"));
  expect(given.liveVersion()).toBe("1.1.0");
});

test("a released version with other digests than the one that completed is refused before any effect", async () => {
  const given = await new Scenario().live("1.0.0");
  const other = sampleRelease("1.0.0", given.environment, "sha256:other");
  expect(await given.deploy(other)).toMatchObject({
    failure: { kind: "version-taken", digests: ["sha256:other"], completed: ["sha256:1.0.0"] },
  });
  expect(given.target.actions).toEqual([]);
});

test("without its approval a release is refused before the lease is asked for", async () => {
  const given = new Scenario({
    approval: { required: 1, fourEyes: false, expiresMs: 1_000, signers: null, github: null, recorded: true },
  });
  expect(await given.deploy("1.0.0")).toMatchObject({
    failure: { kind: "approval-missing", command: "bellwether approve production 1.0.0" },
  });
  expect(given.target.journal).toEqual([]);
});
