import { expect, test } from "vitest";
import type { Failure } from "../../pipeline/failure.ts";
import type { Effects } from "../../pipeline/run/executor.ts";
import { onTag, sampleCheck, sampleConfig, sampleContext } from "../support/sample-config.ts";

import { given, stepFailed, told } from "./given.ts";

test("independent steps run at the same time, as many as there are lanes, and each after what it needs", async () => {
  const lint = ["a", "b", "c", "d"].map((name) => sampleCheck(name));
  const config = sampleConfig({ checks: { lint, unit: [], integration: [] } });
  const { clock, executor, start } = given({ config, lanes: 3 });
  const running = start();
  await clock.advance(500);
  expect(executor.started).toEqual(["setup:node"]);
  await clock.advance(1000);
  expect(executor.started).toEqual(["setup:node", "lint:a", "lint:b", "lint:c"]);
  await clock.advance(2000);
  expect((await running).outcome).toBe("passed");
  expect(executor.mostAtOnce).toBe(3);
});

test("stages that do not need each other run at the same time", async () => {
  const { clock, executor, events, start } = given({ lanes: 8 });
  const running = start();
  await clock.advance(1500);
  expect(executor.started).toEqual(["setup:node", "lint:biome", "unit:vitest", "integration:api"]);
  await clock.advance(1000);
  await running;
  const finished = events.find((event) => event.kind === "stage-finished" && event.stage === "lint");
  expect(finished).toMatchObject({ outcome: "passed", ms: 2000 });
});

test("all linters run even when the first failed, and what needs the stage is skipped with the reason", async () => {
  const lint = [sampleCheck("bad"), sampleCheck("good")];
  const config = sampleConfig({ checks: { lint, unit: [], integration: [] } });
  const { clock, events, effects, start } = given({
    config,
    context: sampleContext(),
    lanes: 1,
    acts: { "lint:bad": { failure: stepFailed("lint:bad") } },
  });
  const running = start();
  await clock.advance(10_000);
  expect(await running).toMatchObject({ outcome: "failed", exitCode: 1, failures: [stepFailed("lint:bad")] });
  expect(told(events)).toEqual([
    "security-scan skipped: not configured",
    "unit-test skipped: not configured",
    "integration-test skipped: not configured",
    "approval skipped: production is not due",
    "production skipped: runs on a published release",
    "setup:node passed",
    "lint:bad failed",
    "lint:good passed",
    "lint failed",
    "image skipped: lint failed",
    "staging skipped: image was skipped",
  ]);
  expect(effects.calls).toEqual([]);
});

test("a step whose need failed is listed as skipped, and its stage never as passed", async () => {
  const { clock, events, start } = given({ acts: { "setup:node": { failure: stepFailed("setup:node") } } });
  const running = start();
  await clock.advance(5000);
  expect((await running).exitCode).toBe(1);
  expect(told(events)).toEqual(
    expect.arrayContaining(["unit:vitest skipped", "unit-test skipped", "lint:biome skipped", "lint failed"]),
  );
});

test("keys and digests flow from the steps to the image, the approval and the rollouts", async () => {
  const { clock, effects, events, start } = given({ context: onTag("v1.2.3", { event: "release" }) });
  const running = start();
  await clock.advance(10_000);
  const done = await running;
  expect(done).toMatchObject({ outcome: "passed", exitCode: 0, failures: [] });
  expect(effects.calls.map(([what, name]) => `${what} ${name}`)).toEqual([
    "image api",
    "rollout staging",
    "approval production",
    "rollout production",
  ]);
  expect(effects.calls[0]?.[2]).toMatchObject({ keys: { "build:api": "key of build:api" }, digests: {} });
  expect(effects.calls[3]?.[2]).toMatchObject({ digests: { api: "sha256:api" } });
  expect(events.at(-1)).toMatchObject({ kind: "run-finished", outcome: "passed", failures: [] });
});

test("a rollout with nothing to do is skipped with its reason, and the run goes on", async () => {
  const rollout: Effects["rollout"] = async (environment) => ({
    ok: true,
    value: { skipped: environment === "staging" ? "staging has these digests already" : null, notes: [] },
  });
  const { clock, events, start } = given({
    context: onTag("v1.2.3", { event: "release" }),
    effects: { rollout },
  });
  const running = start();
  await clock.advance(10_000);
  expect((await running).outcome).toBe("passed");
  expect(told(events)).toEqual(
    expect.arrayContaining(["rollout:staging skipped", "staging skipped", "production passed"]),
  );
});

test("a missing approval ends the run with exit code 3 before production", async () => {
  const missing: Failure = {
    kind: "approval-missing",
    environment: "production",
    version: "1.2.3",
    digests: ["sha256:api"],
    command: "bellwether approve production",
  };
  const { clock, events, start } = given({
    context: onTag("v1.2.3", { event: "release" }),
    effects: { approval: async () => ({ ok: false, failure: missing }) },
  });
  const running = start();
  await clock.advance(10_000);
  expect(await running).toMatchObject({ outcome: "failed", exitCode: 3, failures: [missing] });
  expect(told(events).at(-1)).toBe("production skipped: approval failed");
});

test("output is told with the step it came from", async () => {
  const { clock, events, start } = given({ acts: { "lint:biome": { says: ["one", "two"] } } });
  const running = start();
  await clock.advance(5000);
  await running;
  expect(events.filter((event) => event.kind === "step-output").map(({ at: _at, ...fact }) => fact)).toEqual([
    { kind: "step-output", stage: "lint", step: "lint:biome", stream: "out", line: "one" },
    { kind: "step-output", stage: "lint", step: "lint:biome", stream: "out", line: "two" },
  ]);
});
