import { expect, test } from "vitest";
import type { Failure } from "../../pipeline/failure.ts";
import { makePlan, rollbackPlan } from "../../pipeline/plan/plan-for.ts";
import { run } from "../../pipeline/run/loop.ts";
import { FakeEffects, FakeExecutor } from "../support/fake-executor.ts";
import { ManualClock, settle } from "../support/manual-clock.ts";
import { onBranch, sampleConfig, sampleContext } from "../support/sample-config.ts";
import { unwrap } from "../support/unwrap.ts";

import { given, lenient, told } from "./given.ts";

test("B49: what the executor cannot do is refused in full before the first step, with exit code 3", async () => {
  const refusal = (step: string): Failure => ({
    kind: "unsupported",
    step,
    what: "containers",
    executor: "host",
    remedy: "Use --executor dagger.",
  });
  const refusals = [refusal("lint:biome"), refusal("unit:vitest")];
  const { executor, events, start } = given({ refusals });
  expect(await start()).toMatchObject({ outcome: "failed", exitCode: 3, failures: refusals });
  expect(executor.asked).toEqual(["setup:node", "lint:biome", "unit:vitest", "integration:api"]);
  expect(executor.started).toEqual([]);
  expect(executor.closed).toBe(1);
  expect(told(events)).toContain("lint skipped: refused before the first step");
});

test("B48: a step that goes on gives a sign of life every 30 s, and none after its end", async () => {
  const { clock, events, start } = given({ acts: { "setup:node": { ms: 70_000 } } });
  const running = start();
  await settle();
  await clock.advance(200_000);
  await running;
  expect(events.filter((event) => event.kind === "heartbeat")).toEqual([
    { at: 1_030_000, kind: "heartbeat", stage: "lint", step: "setup:node", ms: 30_000, limitMs: 900_000 },
    { at: 1_060_000, kind: "heartbeat", stage: "lint", step: "setup:node", ms: 60_000, limitMs: 900_000 },
  ]);
});

test("a signal ends everything at once with exit code 130, and nothing else starts", async () => {
  const { clock, executor, events, stop, start } = given({ context: sampleContext(), lanes: 1 });
  const running = start();
  await clock.advance(1500);
  stop.abort("SIGTERM");
  await settle();
  expect(await running).toMatchObject({
    outcome: "interrupted",
    exitCode: 130,
    failures: [{ kind: "interrupted", by: "SIGTERM" }],
  });
  expect(executor.started).toEqual(["setup:node", "lint:biome"]);
  expect(executor.closed).toBe(1);
  expect(told(events)).toEqual(
    expect.arrayContaining([
      "lint:biome interrupted",
      "lint interrupted",
      "unit-test skipped: the run was interrupted",
    ]),
  );
});

test("a rollout that could not go back after a signal is told as such: exit code 4 before 130", async () => {
  const failed: Failure = {
    kind: "recovery-failed",
    environment: "staging",
    live: "1.0.0",
    weights: {},
    because: { kind: "interrupted", by: "SIGINT" },
    recovery: { kind: "target-failed", action: "shift", reason: "no answer" },
    command: "bellwether rollback staging",
  };
  const stop = new AbortController();
  const started = given({
    context: sampleContext(),
    effects: {
      rollout: async () => {
        stop.abort("SIGINT");
        return { ok: false, failure: failed };
      },
    },
  });
  stop.signal.addEventListener("abort", () => started.stop.abort("SIGINT"));
  const running = started.start();
  await started.clock.advance(10_000);
  expect(await running).toMatchObject({
    outcome: "interrupted",
    exitCode: 4,
    failures: [{ kind: "recovery-failed" }, { kind: "interrupted" }],
  });
});

test("what a step throws is a bug with its stack and exit code 70, and the executor is closed", async () => {
  const { clock, executor, start } = given({ acts: { "lint:biome": { throws: "oh" } } });
  const running = start();
  await clock.advance(5000);
  const done = await running;
  expect(done.exitCode).toBe(70);
  expect(done.failures).toMatchObject([
    { kind: "bug", message: "oh", stack: expect.stringContaining("Error: oh") },
  ]);
  expect(executor.closed).toBe(1);
});

test("a listener that throws is one bug, and the run goes to its end", async () => {
  const clock = new ManualClock();
  const executor = new FakeExecutor(clock);
  const running = run({
    run: "r1",
    plan: unwrap(makePlan(sampleConfig(), onBranch("feature/x"))),
    executor,
    effects: new FakeEffects(),
    judge: lenient,
    clock,
    listener: () => {
      throw new Error("renderer");
    },
    signal: new AbortController().signal,
    lanes: 2,
  });
  await clock.advance(10_000);
  expect(await running).toMatchObject({
    outcome: "failed",
    exitCode: 70,
    failures: [{ message: "renderer" }],
  });
  expect(executor.started).toHaveLength(4);
});

test("a rollback plan asks the effects for the named release", async () => {
  const clock = new ManualClock();
  const effects = new FakeEffects();
  const done = await run({
    run: "r1",
    plan: unwrap(rollbackPlan(sampleConfig(), sampleContext(), "production", "1.0.0")),
    executor: new FakeExecutor(clock),
    effects,
    judge: lenient,
    clock,
    listener: () => undefined,
    signal: new AbortController().signal,
    lanes: 1,
  });
  expect(done.outcome).toBe("passed");
  expect(effects.calls).toEqual([["rollback", "production", "1.0.0"]]);
});

test("B49: what a target would not hold refuses the run before its first step, asked of due environments only", async () => {
  const limits = [{ component: "api", limit: "open-files", wanted: "9", reason: "not permitted" }];
  const refusal: Failure = { kind: "limit-not-held", environment: "staging", version: "1.0.0", limits };
  const asked: string[][] = [];
  const effects = {
    supports: async (environments: string[]) => {
      asked.push(environments);
      return [refusal];
    },
  };
  const { executor, start } = given({ effects, context: onBranch("develop") });
  expect(await start()).toMatchObject({ outcome: "failed", exitCode: 3, failures: [refusal] });
  expect([executor.started, asked]).toEqual([[], [["staging"]]]);
  const feature = given({ effects, context: onBranch("feature/x") });
  const running = feature.start();
  await feature.clock.advance(60_000);
  expect(await running).toMatchObject({ outcome: "passed" });
  expect(asked).toHaveLength(1);
});
