import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

/** Stable fails every request, and does so quickly: no canary looks good beside it. */
async function brokenStable(): Promise<Scenario> {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.0.0", { fails: () => true, latencyMs: () => 0.2 });
  given.behaves("1.1.0", { latencyMs: () => 40 });
  return given;
}

test("B33: beside a stable that fails quickly a good release is too slow, and goes back", async () => {
  const given = await brokenStable();
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { because: { kind: "analysis-failed", reason: expect.stringMatching(/^p95 /) } },
  });
});

test("B33: as a fix it is not compared with stable, and goes its way by its own errors", async () => {
  const given = await brokenStable();
  unwrap(await given.deploy("1.1.0", { fix: true }));
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.0.0=50 1.1.0=50",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  const held = given.fact("measured").find(({ weight }) => weight === 10);
  expect(held?.checks.map(({ name }) => name)).toEqual(["errors"]);
});

test("B33: a fix that fails itself goes back, although stable is no better", async () => {
  const given = await brokenStable();
  given.behaves("1.1.0", { fails: () => true });
  expect(await given.deploy("1.1.0", { fix: true })).toMatchObject({
    failure: { kind: "returned", live: "1.0.0", because: { kind: "analysis-failed", verdict: "failed" } },
  });
});

test("B33: readiness and smoke are asked of a fix as of any release", async () => {
  const given = await brokenStable();
  given.behaves("1.1.0", { readyAfterMs: Infinity });
  expect(await given.deploy("1.1.0", { fix: true })).toMatchObject({
    failure: { kind: "returned", because: { kind: "not-healthy" } },
  });
  expect(given.target.actions.filter((action) => action.startsWith("shift"))).toEqual([]);
});

test("B33: where stable is down a fix goes straight to all traffic", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.die(given.target.live ?? "");
  unwrap(await given.deploy("1.1.0", { fix: true }));
  expect(given.target.actions).toEqual(["place 1.1.0", "start 1.1.0 api", "shift 1.1.0=100", "commit 1.1.0"]);
});

test("B33: where stable goes down beside a fix, the fix takes all traffic without waiting", async () => {
  const given = await new Scenario().live("1.0.0");
  const stable = given.target.live ?? "";
  given.clock.after(3_500, () => given.target.die(stable));
  unwrap(await given.deploy("1.1.0", { fix: true }));
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  expect(given.fact("continued")).toMatchObject([{ by: "the end of 1.0.0", full: true }]);
});

test("B32: a promotion that fails leaves the traffic on healthy copies, and no request fails", async () => {
  const given = await new Scenario().live("1.0.0");
  const broken = ({ kind, ...rest }: { kind: string; weight?: number }) => {
    if (kind === "measured" && rest.weight === 50 && given.target.faults.length === 0)
      given.target.faults.push({ action: "shift", when: "before", times: 1_000 });
  };
  expect(await given.deploy("1.1.0", { fact: broken })).toMatchObject({
    failure: { kind: "recovery-failed", weights: { "1.0.0": 50, "1.1.0": 50 } },
  });
  expect(given.running()).toEqual(["1.0.0", "1.1.0"]);
  expect(given.target.traffic.failed).toEqual([]);
});

test("B32: a commit that fails brings the healthy stable back, and no request fails", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.faults.push({ action: "commit", when: "before", times: 1_000 });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { kind: "returned", live: "1.0.0", because: { kind: "target-failed", action: "commit" } },
  });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
  expect(given.target.traffic.failed).toEqual([]);
});

test("B32: a commit that fails beside a stable that cannot come back leaves all traffic on the healthy canary", async () => {
  const given = await new Scenario().live("1.0.0");
  const stable = given.target.live ?? "";
  given.target.faults.push({ action: "commit", when: "before", times: 1_000 });
  const dies = ({ kind }: { kind: string }) => {
    if (kind !== "watching") return;
    given.target.die(stable);
    given.behaves("1.0.0", { readyAfterMs: Infinity });
  };
  expect(await given.deploy("1.1.0", { fact: dies })).toMatchObject({
    failure: { kind: "recovery-failed", weights: { "1.1.0": 100 } },
  });
  expect(given.weights()).toEqual({ "1.1.0": 100 });
  expect(given.target.traffic.failed).toEqual([]);
});

test("B32: with recreate a commit that fails once is done again, and the healthy new release serves throughout", async () => {
  const given = await new Scenario({ strategy: { kind: "recreate" } }).live("1.0.0");
  given.target.faults.push({ action: "commit", when: "before", times: 1 });
  const deployed = unwrap(await given.deploy("1.1.0"));
  expect(deployed).toMatchObject({
    version: "1.1.0",
    changed: true,
    notes: ["its commit is done again: made to fail"],
  });
  expect(given.target.actions.slice(-3)).toEqual(["start 1.1.0 api", "shift 1.1.0=100", "commit 1.1.0"]);
  expect([given.liveVersion(), given.running()]).toEqual(["1.1.0", ["1.1.0"]]);
  expect(given.fact("returning")).toEqual([]);
  expect(unwrap(await given.rollback()).version).toBe("1.0.0");
});

test("B32: with recreate a commit that goes on failing leaves the traffic on the new release, and the next run commits it", async () => {
  const given = await new Scenario({ strategy: { kind: "recreate" } }).live("1.0.0");
  given.target.faults.push({ action: "commit", when: "before", times: 1_000 });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      kind: "recovery-failed",
      live: "1.0.0",
      weights: { "1.1.0": 100 },
      because: { kind: "target-failed", action: "commit" },
      command: "bellwether deploy production 1.1.0",
    },
  });
  expect([given.weights(), given.running()]).toEqual([{ "1.1.0": 100 }, ["1.1.0"]]);
  const failedBefore = given.target.traffic.failed.length;
  await given.clock.run(given.clock.sleep(given.environment.warmMs + 1));
  given.target.faults.length = 0;
  given.target.actions.length = 0;
  expect(unwrap(await given.deploy("1.1.0"))).toMatchObject({ version: "1.1.0", changed: false });
  expect(given.target.actions).toEqual(["commit 1.1.0"]);
  expect([given.liveVersion(), given.weights()]).toEqual(["1.1.0", { "1.1.0": 100 }]);
  given.target.pass();
  expect(given.target.traffic.failed).toHaveLength(failedBefore);
  expect(unwrap(await given.rollback()).version).toBe("1.0.0");
});

test("B31: with recreate an abort before the commit is honoured, although stable is down", async () => {
  const given = await new Scenario({ strategy: { kind: "recreate" }, watchMs: 5_000 }).live("1.0.0");
  const fact = ({ kind }: { kind: string }) => {
    if (kind === "watching") given.abort.abort("eve");
  };
  expect(await given.deploy("1.1.0", { fact })).toMatchObject({
    failure: { kind: "aborted", live: "1.0.0" },
  });
  expect([given.liveVersion(), given.running()]).toEqual(["1.0.0", ["1.0.0"]]);
});

test("B32: with recreate a commit that fails while the new release dies brings stable back", async () => {
  const given = await new Scenario({ strategy: { kind: "recreate" } }).live("1.0.0");
  given.target.faults.push({ action: "commit", when: "before", times: 1_000 });
  const release = given.release("1.1.0");
  const fact = ({ kind, action }: { kind: string; action?: string }) => {
    if (kind === "acting" && action === "commit") given.target.die(release.id);
  };
  expect(await given.deploy(release, { fact })).toMatchObject({
    failure: { kind: "returned", live: "1.0.0" },
  });
  expect([given.weights(), given.running()]).toEqual([{ "1.0.0": 100 }, ["1.0.0"]]);
});
