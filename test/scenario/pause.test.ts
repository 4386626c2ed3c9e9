import { expect, test } from "vitest";
import type { CanaryStep, Strategy } from "../../pipeline/config/config.ts";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const hold: CanaryStep = { kind: "hold", holdMs: 4_000, samples: 20, limitMs: 20_000, analysis: [] };
const pause: CanaryStep = { kind: "pause", pauseMs: 3_600_000, samples: 20 };

/** 10 %, judged, then a person; 50 %, judged. */
const strategy: Strategy = {
  kind: "canary",
  steps: [{ kind: "weight", weight: 10 }, hold, pause, { kind: "weight", weight: 50 }, hold],
};

const paused = (given: Scenario): boolean => given.fact("pausing").length > 0;

/** A deploy under way that waits for a person. */
async function waiting(): Promise<[Scenario, ReturnType<Scenario["deploying"]>]> {
  const given = await new Scenario({ strategy }).live("1.0.0");
  const work = given.deploying("1.1.0");
  await given.clock.runUntil(work, () => paused(given));
  expect(given.weights()).toEqual({ "1.0.0": 90, "1.1.0": 10 });
  return [given, work];
}

test("a pause waits for a person, who lets it go on by name, and that is in the journal", async () => {
  const [given, work] = await waiting();
  await given.clock.run(given.clock.sleep(1_200_000));
  expect(given.weights()).toEqual({ "1.0.0": 90, "1.1.0": 10 });
  expect(unwrap(await given.promote())).toEqual({ version: "1.1.0" });
  unwrap(await given.clock.run(work));
  expect(given.weights()).toEqual({ "1.1.0": 100 });
  expect(given.fact("pausing")).toMatchObject([
    { version: "1.1.0", weight: 10, pauseMs: 3_600_000, command: "bellwether promote production" },
  ]);
  expect(given.fact("continued")).toMatchObject([{ version: "1.1.0", by: "eve", full: false }]);
  const facts = given.target.journal.map(({ fact }) => fact);
  expect(facts.find(({ kind }) => kind === "promoted")).toMatchObject({ by: "eve", full: false });
  expect(facts.find((fact) => fact.kind === "outcome" && fact.step === "pause 10 %")).toMatchObject({
    ok: true,
    detail: "continued by eve",
  });
});

test("the hold after a pause is judged as always: a person's word is no evidence", async () => {
  const [given, work] = await waiting();
  given.behaves("1.1.0", { fails: ({ weight }) => weight === 50 });
  unwrap(await given.promote());
  expect(await given.clock.run(work)).toMatchObject({
    failure: { kind: "returned", because: { kind: "analysis-failed", weight: 50 } },
  });
});

test("B28: failures while a person is waited for bring stable back, within seconds", async () => {
  const [given, work] = await waiting();
  await given.clock.run(given.clock.sleep(1_800_000));
  given.behaves("1.1.0", { fails: () => true });
  const from = given.clock.now();
  expect(await given.clock.run(work)).toMatchObject({
    failure: {
      kind: "returned",
      live: "1.0.0",
      because: { kind: "analysis-failed", verdict: "failed", weight: 10 },
    },
  });
  expect((given.fact("shifted").at(-1)?.at ?? Infinity) - from).toBeLessThan(2_000);
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B28: a canary that dies while a person is waited for goes back at once", async () => {
  const [given, work] = await waiting();
  given.target.die(given.release("1.1.0").id);
  expect(await given.clock.run(work)).toMatchObject({ failure: { because: { kind: "not-healthy" } } });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B29: where nobody comes the pause expires, the canary is withdrawn, and it is recorded", async () => {
  const [given, work] = await waiting();
  const from = given.clock.now();
  const result = await given.clock.run(work);
  expect(result).toMatchObject({
    failure: {
      kind: "returned",
      live: "1.0.0",
      because: { kind: "pause-expired", environment: "production", version: "1.1.0", weight: 10 },
    },
  });
  expect(given.clock.now() - from).toBeGreaterThanOrEqual(3_600_000);
  expect(given.clock.now() - from).toBeLessThan(3_630_000);
  expect(given.running()).toEqual(["1.0.0"]);
  expect(given.target.journal.at(-1)?.fact).toMatchObject({
    kind: "rollout-ended",
    outcome: "returned",
    failure: "pause-expired",
  });
});

test("promote in full leaves out the holds and pauses that are left, and keeps the watch", async () => {
  const [given, work] = await waiting();
  unwrap(await given.promote(true));
  unwrap(await given.clock.run(work));
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  expect(given.fact("watching")).toHaveLength(1);
  expect(given.fact("continued")).toMatchObject([{ by: "eve", full: true }]);
  expect(given.target.journal.filter(({ fact }) => fact.kind === "promoted")).toHaveLength(1);
});

test("promote in full while the release starts leaves out no readiness and no smoke", async () => {
  const given = await new Scenario({ strategy }).live("1.0.0");
  given.behaves("1.1.0", { readyAfterMs: 5_000 });
  const work = given.deploying("1.1.0");
  await given.clock.run(given.clock.sleep(1_000));
  unwrap(await given.promote(true));
  unwrap(await given.clock.run(work));
  expect(given.target.actions).toEqual(["place 1.1.0", "start 1.1.0 api", "shift 1.1.0=100", "commit 1.1.0"]);
  const shifted = given.fact("shifted")[0]?.at ?? 0;
  const started = given.fact("acting").find(({ action }) => action === "start api")?.at ?? 0;
  expect(shifted - started).toBeGreaterThan(5_000);
});

test("promote in full does not overrule a canary that fails", async () => {
  const [given, work] = await waiting();
  given.behaves("1.1.0", { fails: () => true });
  unwrap(await given.promote(true));
  await given.clock.run(given.clock.sleep(400));
  expect(await given.clock.run(work)).toMatchObject({ failure: { kind: "returned" } });
  expect(given.liveVersion()).toBe("1.0.0");
});

test("B31: an abort after promote in full is honoured until the commit", async () => {
  for (const afterMs of [100, 1_000, 4_000]) {
    const [given, work] = await waiting();
    unwrap(await given.promote(true));
    given.clock.after(afterMs, () => given.abort.abort("mallory"));
    expect(await given.clock.run(work)).toMatchObject({
      failure: { kind: "aborted", version: "1.1.0", live: "1.0.0", by: "mallory" },
    });
    expect(given.weights()).toEqual({ "1.0.0": 100 });
    expect(given.target.traffic.failed).toEqual([]);
  }
});

test("B31: an abort with nothing under way changes nothing", async () => {
  const given = await new Scenario({ strategy }).live("1.0.0");
  expect((await given.reconcile()).ok).toBe(true);
  expect(given.target.actions).toEqual([]);
});

test("promote is refused where nothing waits for a person, and says what goes on", async () => {
  const given = await new Scenario({ strategy }).live("1.0.0");
  expect(await given.promote()).toEqual({
    ok: false,
    failure: { kind: "nothing-to-promote", environment: "production", reason: "no rollout is under way" },
  });
  const work = given.deploying("1.1.0");
  await given.clock.runUntil(work, () => given.fact("measured").length > 2);
  expect(await given.promote()).toMatchObject({
    failure: { reason: "1.1.0 is at hold 10 %; only a pause waits for a person" },
  });
  await given.clock.runUntil(work, () => paused(given));
  expect((await given.promote()).ok).toBe(true);
  unwrap(await given.clock.run(work));
});

test("an answer to an earlier pause does not answer a later one", async () => {
  const two: Strategy = {
    kind: "canary",
    steps: [{ kind: "weight", weight: 10 }, pause, { kind: "weight", weight: 50 }, pause],
  };
  const given = await new Scenario({ strategy: two }).live("1.0.0");
  const { fact } = given.request();
  const late = (said: Parameters<typeof fact>[0]) => {
    fact(said);
    if (said.kind === "continued") given.target.lease.promote({ by: "a voice too late", full: false });
  };
  const work = given.deploying("1.1.0", { fact: late });
  await given.clock.runUntil(work, () => paused(given));
  unwrap(await given.promote());
  await given.clock.runUntil(work, () => given.fact("pausing").length === 2);
  await given.clock.run(given.clock.sleep(60_000));
  expect(given.weights()).toEqual({ "1.0.0": 50, "1.1.0": 50 });
  unwrap(await given.promote());
  unwrap(await given.clock.run(work));
});

test("a hold's own checks are judged at that hold", async () => {
  const probe = {
    kind: "probe" as const,
    name: "deep",
    at: "/deep",
    maxLatencyMs: null,
    maxErrors: 0,
    samples: 1,
    timeoutMs: 1_000,
    forMs: 0,
    intervalMs: 1_000,
    failureLimit: 0,
    inconclusiveLimit: null,
    consecutiveErrorLimit: 4,
    consecutiveSuccessLimit: 1,
    onError: "return" as const,
  };
  const own: Strategy = {
    kind: "canary",
    steps: [
      { kind: "weight", weight: 10 },
      hold,
      { kind: "weight", weight: 50 },
      { ...hold, analysis: [probe] },
    ],
  };
  const given = await new Scenario({ strategy: own }).live("1.0.0");
  given.behaves("1.1.0", { answer: ({ path }) => (path === "/deep" ? { status: 500 } : {}) });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: {
      because: { kind: "analysis-failed", weight: 50, reason: expect.stringMatching(/^deep: 1 of 1/) },
    },
  });
});
