import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

/** 1.1.0 is in mid-canary, at 10 %. */
async function midCanary(): Promise<[Scenario, ReturnType<Scenario["deploying"]>]> {
  const given = await new Scenario().live("0.9.0", "1.0.0");
  const work = given.deploying("1.1.0");
  await given.clock.runUntil(work, () => given.fact("measured").length > 3);
  expect(given.weights()).toEqual({ "1.0.0": 90, "1.1.0": 10 });
  return [given, work];
}

test("B30: a newer release in mid-canary withdraws the older one, and begins its analysis from zero", async () => {
  const [given, older] = await midCanary();
  given.facts.length = 0;
  unwrap(await given.deploy("1.2.0", { actor: "bob" }));
  expect(await given.clock.run(older)).toMatchObject({
    failure: { kind: "aborted", version: "1.1.0", live: "1.0.0", by: "bob with 1.2.0" },
  });
  expect(given.target.actions.slice(2)).toEqual([
    "shift 1.0.0=90 1.1.0=10",
    "shift 1.0.0=100",
    "drain 1.1.0",
    "stop 1.1.0",
    "place 1.2.0",
    "start 1.2.0 api",
    "shift 1.0.0=90 1.2.0=10",
    "shift 1.0.0=50 1.2.0=50",
    "shift 1.2.0=100",
    "commit 1.2.0",
    // Only the release before it stays warm.
    "stop 0.9.0",
  ]);
  const first = given.fact("measured").find(({ canary }) => canary.version === "1.2.0");
  expect(first).toMatchObject({ weight: 10, verdict: "waiting", stable: { version: "1.0.0" } });
  expect(first?.heldMs).toBeLessThan(1_000);
  expect(first?.canary.requests).toBeLessThan(10);
  expect(given.target.traffic.failed).toEqual([]);
});

test("B30: after a superseded canary the rollback target is the release that completed last", async () => {
  const [given, older] = await midCanary();
  unwrap(await given.deploy("1.2.0"));
  await given.clock.run(older);
  expect(unwrap(await given.rollback())).toMatchObject({ version: "1.0.0", previous: "1.2.0" });
});

test("B30: where the newer release fails in its turn, stable is still the last completed one", async () => {
  const [given, older] = await midCanary();
  given.behaves("1.2.0", { fails: () => true });
  expect(await given.deploy("1.2.0")).toMatchObject({ failure: { kind: "returned", live: "1.0.0" } });
  await given.clock.run(older);
  expect(given.weights()).toEqual({ "1.0.0": 100 });
  expect(given.running()).not.toContain("1.1.0");
  expect(given.running()).not.toContain("1.2.0");
});

test.each(["1.1.0", "1.0.5", "1.1.0-rc.1"])("B3: %s does not put itself before 1.1.0", async (version) => {
  const [given, older] = await midCanary();
  expect(await given.deploy(version)).toMatchObject({ failure: { kind: "lease-held", version: "1.1.0" } });
  unwrap(await given.clock.run(older));
  expect(given.liveVersion()).toBe("1.1.0");
});

test("with supersede an older version puts itself before a newer one", async () => {
  const [given, newer] = await midCanary();
  unwrap(await given.deploy("1.0.5", { supersede: "any" }));
  expect(await given.clock.run(newer)).toMatchObject({ failure: { kind: "aborted", by: "ada with 1.0.5" } });
  expect(given.liveVersion()).toBe("1.0.5");
});

test("nobody puts itself before a rollback", async () => {
  const given = await new Scenario({ warmMs: 0 }).live("1.0.0", "1.1.0");
  await given.clock.run(given.clock.sleep(1));
  given.behaves("1.0.0", { readyAfterMs: 5_000 });
  const { clock } = given;
  const back = given.rollbackUnderWay();
  await clock.run(clock.sleep(500));
  expect(await given.deploy("9.0.0", { supersede: "any" })).toMatchObject({
    failure: { kind: "lease-held", version: "1.0.0" },
  });
  expect(unwrap(await clock.run(back)).version).toBe("1.0.0");
});

test("a version that was returned can be shipped again, and is judged anew", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { fails: () => true });
  expect(await given.deploy("1.1.0")).toMatchObject({ failure: { kind: "returned" } });
  given.behaves("1.1.0", {});
  given.target.traffic.failed.length = 0;
  expect(unwrap(await given.deploy("1.1.0"))).toMatchObject({ version: "1.1.0", changed: true });
  expect(given.weights()).toEqual({ "1.1.0": 100 });
  expect(given.target.traffic.failed).toEqual([]);
});
