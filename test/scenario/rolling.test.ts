import { expect, test } from "vitest";
import type { Strategy } from "../../pipeline/config/config.ts";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const strategy: Strategy = { kind: "rolling", weights: [25, 50, 75, 100], pauseMs: 5_000 };

test("rolling moves the traffic batch after batch, with its time between them", async () => {
  const given = await new Scenario({ strategy }).live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  expect(given.target.actions).toEqual([
    "place 1.1.0",
    "start 1.1.0 api",
    "shift 1.0.0=75 1.1.0=25",
    "shift 1.0.0=50 1.1.0=50",
    "shift 1.0.0=25 1.1.0=75",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  const times = given.fact("shifted").map(({ at }) => at);
  const between = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  for (const ms of between) expect(ms).toBeGreaterThanOrEqual(5_000);
  expect(given.target.traffic.failed).toEqual([]);
});

test("rolling asks for no minimum of requests, and does not judge latency", async () => {
  const given = await new Scenario({ strategy }, 0.2).live("1.0.0");
  given.behaves("1.1.0", { latencyMs: () => 5_000 });
  unwrap(await given.deploy("1.1.0"));
});

test("errors in a batch bring stable back, within 5 s of the first one", async () => {
  const given = await new Scenario({ strategy }).live("1.0.0");
  given.behaves("1.1.0", { fails: ({ weight }) => weight === 50 });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { kind: "returned", because: { kind: "analysis-failed", verdict: "failed", weight: 50 } },
  });
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=75 1.1.0=25",
    "shift 1.0.0=50 1.1.0=50",
    "shift 1.0.0=100",
    "drain 1.1.0",
    "stop 1.1.0",
  ]);
  const firstBad = given.target.traffic.failed[0]?.at ?? 0;
  expect((given.fact("shifted").at(-1)?.at ?? Infinity) - firstBad).toBeLessThan(5_000);
});

test("a process that dies in a batch brings stable back, without any request", async () => {
  const given = await new Scenario({ strategy }, 0).live("1.0.0");
  given.behaves("1.1.0", { exitsAfterMs: 8_000, exitCode: 3 });
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { kind: "returned", because: { kind: "not-healthy", end: { exitCode: 3 } } },
  });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("the first release, and a rollback, go straight to all traffic", async () => {
  const given = new Scenario({ strategy });
  unwrap(await given.deploy("1.0.0"));
  expect(given.target.actions.filter((one) => one.startsWith("shift"))).toEqual(["shift 1.0.0=100"]);
  unwrap(await given.deploy("1.1.0"));
  given.target.actions.length = 0;
  unwrap(await given.rollback());
  expect(given.target.actions).toEqual(["shift 1.0.0=100", "commit 1.0.0"]);
});

test("promote in full leaves out the batches that are left", async () => {
  const given = await new Scenario({ strategy }).live("1.0.0");
  const work = given.deploying("1.1.0");
  await given.clock.runUntil(work, () => given.fact("measured").length > 1);
  unwrap(await given.promote(true));
  unwrap(await given.clock.run(work));
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=75 1.1.0=25",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
});
