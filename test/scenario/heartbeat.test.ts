import { expect, test } from "vitest";
import type { Clock } from "../../pipeline/io/clock.ts";
import { Scenario } from "../support/given.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

/** An engine that is stopped in mid-canary, its connection still open; gives the way to let it go on. */
async function frozenInMidCanary(environment = {}) {
  const given = await new Scenario(environment).live("1.0.0");
  // A stopped process has no time either: its timers are late when it goes on.
  let running = Promise.resolve();
  const clock: Clock = {
    now: () => given.clock.now(),
    monotonic: () => given.clock.monotonic(),
    sleep: async (ms, signal) => {
      await given.clock.sleep(ms, signal);
      await running;
    },
  };
  const work = given.deploying("1.1.0", { clock });
  const engine = given.session;
  await given.clock.run(given.clock.sleep(5_000));
  expect(given.weights()).toEqual({ "1.0.0": 90, "1.1.0": 10 });
  let goOn = () => {};
  running = new Promise((resolve) => {
    goOn = resolve;
  });
  const answer = engine?.freeze();
  const thaw = () => {
    goOn();
    answer?.();
  };
  return { given, work, thaw };
}

test("B2: an engine that says nothing any more loses the lease after its time to live, and traffic is stable's", async () => {
  const { given } = await frozenInMidCanary();
  await given.clock.run(given.clock.sleep(45_000));
  expect(given.target.lease.request?.version).toBe("1.1.0");
  expect(given.weights()).toEqual({ "1.0.0": 90, "1.1.0": 10 });
  await given.clock.run(given.clock.sleep(15_000));
  expect(given.target.lease.request).toBeNull();
  expect(given.weights()).toEqual({ "1.0.0": 100 });
  expect(given.target.journal.at(-1)?.fact).toMatchObject({
    kind: "engine-lost",
    version: "1.1.0",
    actor: "ada",
    since: expect.stringMatching(/^1970-/),
  });
});

test("B2: the time to live is the environment's own", async () => {
  const { given } = await frozenInMidCanary({ leaseMs: 3_000 });
  await given.clock.run(given.clock.sleep(3_000));
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B4: an engine that wakes up after its lease was taken over is refused, and changes nothing", async () => {
  const { given, work, thaw } = await frozenInMidCanary();
  await given.clock.run(given.clock.sleep(61_000));
  unwrap(await given.deploy("1.2.0", { actor: "bob" }));
  expect(given.fact("recovered")).toMatchObject([
    { version: "1.1.0", live: "1.0.0", lost: true, actor: "ada", since: expect.stringMatching(/^1970-/) },
  ]);
  given.target.actions.length = 0;
  thaw();
  expect(unwrapFailure(await given.clock.run(work))).toMatchObject({ kind: "lease-lost" });
  expect(given.target.actions).toEqual([]);
  expect(given.weights()).toEqual({ "1.2.0": 100 });
});

test("signs of life keep the lease for as long as a rollout goes on", async () => {
  const strategy = {
    kind: "canary" as const,
    steps: [
      { kind: "weight" as const, weight: 10 },
      { kind: "hold" as const, holdMs: 300_000, samples: 30, limitMs: 400_000, analysis: [] },
    ],
  };
  const given = await new Scenario({ strategy, leaseMs: 10_000 }).live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  expect(given.liveVersion()).toBe("1.1.0");
});

for (const hours of [1, -1]) {
  test(`a clock that jumps ${hours > 0 ? "forward" : "back"} an hour in mid-canary neither ends the lease nor shortens a hold`, async () => {
    const even = await new Scenario().live("1.0.0");
    const evenBegan = even.clock.monotonic();
    unwrap(await even.deploy("1.1.0"));
    const evenMs = even.clock.monotonic() - evenBegan;

    const given = await new Scenario().live("1.0.0");
    const began = given.clock.monotonic();
    given.clock.after(5_000, () => given.clock.jump(hours * 3_600_000));
    unwrap(await given.deploy("1.1.0"));
    expect(given.clock.monotonic() - began).toBe(evenMs);
    expect(given.target.journal.filter(({ fact }) => fact.kind === "engine-lost")).toEqual([]);
  });
}

test("an old truth is not believed: a switch whose answer was lost is found out, whatever is shown first", async () => {
  const given = await new Scenario({ strategy: { kind: "blue-green" } }).live("1.0.0");
  given.target.faults.push({ action: "shift", when: "after", times: 1 });
  given.target.faults.push({ action: "observe", when: "stale", times: 0 });
  const stale = given.target.faults[1];
  const { shift } = given.target;
  given.target.shift = (weights) => {
    shift.call(given.target, weights);
    if (stale) stale.times = 2;
  };
  unwrap(await given.deploy("1.1.0"));
  expect(given.liveVersion()).toBe("1.1.0");
  const outcomes = given.target.journal.flatMap(({ fact }) => (fact.kind === "outcome" ? [fact] : []));
  expect(outcomes.findLast(({ step }) => step === "shift 100 %")).toMatchObject({
    ok: true,
    detail: "no answer, but seen to be done",
  });
});

test("where only old truths are to be had, traffic goes home", async () => {
  const given = await new Scenario({ strategy: { kind: "blue-green" } }).live("1.0.0");
  const { shift } = given.target;
  given.target.faults.push({ action: "shift", when: "after", times: 1 });
  given.target.shift = (weights) => {
    shift.call(given.target, weights);
    if ("1.1.0" in given.weights()) given.target.faults.push({ action: "observe", when: "stale", times: 3 });
  };
  expect(unwrapFailure(await given.deploy("1.1.0"))).toMatchObject({ kind: "returned", live: "1.0.0" });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});
