import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const migrate = { run: "node migrate.js", in: "api", timeoutMs: 60_000 };

test("the first release of an environment goes straight to 100 %, whatever the strategy", async () => {
  const given = new Scenario();
  const deployed = unwrap(await given.deploy("1.0.0"));
  expect(given.target.actions).toEqual(["place 1.0.0", "start 1.0.0 api", "shift 1.0.0=100", "commit 1.0.0"]);
  expect(deployed).toMatchObject({
    version: "1.0.0",
    changed: true,
    previous: null,
    url: "http://localhost:8080",
  });
});

test("a canary walks its weights, and the old release stays warm for its window and is then stopped", async () => {
  const given = await new Scenario({ migrate }).live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  expect(given.target.actions).toEqual([
    "place 1.1.0",
    "migrate 1.1.0",
    "start 1.1.0 api",
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.0.0=50 1.1.0=50",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  expect(given.target.traffic.failed).toEqual([]);
  expect(given.fact("warm")).toMatchObject([{ version: "1.0.0", ms: 900_000 }]);
  expect(given.running()).toEqual(["1.0.0", "1.1.0"]);
  await given.clock.run(given.clock.sleep(900_001));
  expect(given.running()).toEqual(["1.1.0"]);
});

test("B23: a weight of 10 % gives the canary a tenth of the requests", async () => {
  const given = await new Scenario({}, 100).live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  const last = given.fact("measured").findLast((fact) => fact.weight === 10);
  const canary = last?.canary.requests ?? 0;
  const stable = last?.stable?.requests ?? 0;
  expect(Math.abs(canary / (canary + stable) - 0.1)).toBeLessThan(0.01);
});

test("blue-green switches once, after readiness and smoke", async () => {
  const given = await new Scenario({ strategy: { kind: "blue-green" }, migrate }).live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  expect(given.target.actions).toEqual([
    "place 1.1.0",
    "migrate 1.1.0",
    "start 1.1.0 api",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  expect(given.target.traffic.failed).toEqual([]);
});

test("recreate migrates while stable serves, then never runs both", async () => {
  const given = await new Scenario({ strategy: { kind: "recreate" }, migrate }).live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  expect(given.target.actions).toEqual([
    "place 1.1.0",
    "migrate 1.1.0",
    "shift",
    "drain 1.0.0",
    "stop 1.0.0",
    "start 1.1.0 api",
    "shift 1.1.0=100",
    "commit 1.1.0",
  ]);
  expect(given.running()).toEqual(["1.1.0"]);
});

test("recreate starts stable again where the new release does not become ready", async () => {
  const given = await new Scenario({ strategy: { kind: "recreate" } }).live("1.0.0");
  given.behaves("1.1.0", { readyAfterMs: Infinity });
  const result = await given.deploy("1.1.0");
  expect(result).toMatchObject({
    failure: { kind: "returned", live: "1.0.0", because: { kind: "not-healthy" } },
  });
  expect(given.target.actions.slice(4)).toEqual([
    "start 1.1.0 api",
    "stop 1.1.0",
    "start 1.0.0 api",
    "shift 1.0.0=100",
  ]);
});

test("every step stands in the journal as intent and outcome, between its beginning and its end", async () => {
  const given = await new Scenario({ strategy: { kind: "blue-green" } }).live("1.0.0");
  const before = given.target.journal.length;
  unwrap(await given.deploy("1.1.0"));
  const facts = given.target.journal.slice(before).map(({ fact }) => fact);
  expect(facts.map((fact) => ("step" in fact ? `${fact.kind} ${fact.step}` : fact.kind))).toEqual([
    "rollout-began",
    ...["place", "start api", "ready api", "shift 100 %"].flatMap((step) => [
      `intent ${step}`,
      `outcome ${step}`,
    ]),
    "intent watch",
    "measured",
    "outcome watch",
    "intent commit",
    "outcome commit",
    "committed",
    "rollout-ended",
  ]);
});

test("a release that is live already is not rolled out again", async () => {
  const given = await new Scenario().live("1.0.0");
  expect(unwrap(await given.deploy("1.0.0"))).toMatchObject({ changed: false, notes: ["already live"] });
  expect(given.target.actions).toEqual([]);
});

test("a live release whose process has died is started again", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.die(given.target.live ?? "");
  expect(unwrap(await given.deploy("1.0.0"))).toMatchObject({ changed: true });
  expect(given.running()).toEqual(["1.0.0"]);
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("a live release that cannot be brought back to its best is not taken down for it", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.shift({});
  given.behaves("1.0.0", { readyAfterMs: Infinity });
  expect(await given.deploy("1.0.0")).toMatchObject({ failure: { kind: "returned", live: "1.0.0" } });
  expect(given.running()).toEqual(["1.0.0"]);
});
