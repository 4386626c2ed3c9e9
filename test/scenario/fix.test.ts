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
