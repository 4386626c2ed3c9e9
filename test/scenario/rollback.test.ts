import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

test("B13: rollback goes to the version that completed before the live one, never to one that was only attempted", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  given.behaves("1.2.0", { readyAfterMs: Infinity });
  await given.deploy("1.2.0");
  expect(unwrap(await given.rollback())).toMatchObject({ version: "1.0.0", previous: "1.1.0" });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B13: a second rollback goes on to what completed before, and at the end of the line says so", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0", "1.2.0");
  expect(unwrap(await given.rollback()).version).toBe("1.1.0");
  expect(unwrap(await given.rollback()).version).toBe("1.0.0");
  expect(await given.rollback()).toEqual({
    ok: false,
    failure: { kind: "nothing-to-roll-back-to", environment: "production", live: "1.0.0" },
  });
});

test("a rollback to a release that is still warm takes less than a second, and runs no migration", async () => {
  const migrate = { run: "node migrate.js", in: "api", timeoutMs: 60_000 };
  const given = await new Scenario({ migrate }).live("1.0.0", "1.1.0");
  const began = given.clock.now();
  unwrap(await given.rollback());
  expect(given.clock.now() - began).toBeLessThan(1_000);
  expect(given.target.actions).toEqual(["shift 1.0.0=100", "commit 1.0.0"]);
});

test("a rollback to a release that was stopped starts it again first, without placing it", async () => {
  const given = await new Scenario({ warmMs: 1_000 }).live("1.0.0", "1.1.0");
  await given.clock.run(given.clock.sleep(2_000));
  given.target.actions.length = 0;
  unwrap(await given.rollback());
  expect(given.target.actions).toEqual(["start 1.0.0 api", "shift 1.0.0=100", "commit 1.0.0"]);
  expect(given.target.traffic.failed).toEqual([]);
});

test("only the release before the live one stays warm; older ones are stopped at once, by a rollback, too", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0", "1.2.0");
  expect(given.running()).toEqual(["1.1.0", "1.2.0"]);
  unwrap(await given.rollback());
  expect(given.running()).toEqual(["1.1.0", "1.2.0"]);
  given.behaves("1.3.0", { readyAfterMs: Infinity });
  await given.deploy("1.3.0");
  expect(given.running()).toEqual(["1.1.0", "1.2.0"]);
  unwrap(await given.rollback("1.0.0"));
  expect(given.running()).toEqual(["1.0.0", "1.1.0"]);
  await given.clock.run(given.clock.sleep(given.environment.warmMs + 1));
  expect(given.running()).toEqual(["1.0.0"]);
});

test("limits that the target would not hold refuse a deploy and a rollback before the lease is asked for", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  given.target.unheld = [
    { component: "api", limit: "open-files", wanted: "9", reason: "Operation not permitted" },
  ];
  const entries = given.target.journal.length;
  for (const refused of [await given.deploy("1.2.0"), await given.rollback()])
    expect(refused).toMatchObject({ failure: { kind: "limit-not-held", limits: given.target.unheld } });
  expect(given.target.actions).toEqual([]);
  expect(given.target.journal).toHaveLength(entries);
});

test("B12: a version that is not kept is refused, with those that are", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0", "1.2.0");
  expect(await given.rollback("0.9.0")).toEqual({
    ok: false,
    failure: {
      kind: "version-not-kept",
      environment: "production",
      version: "0.9.0",
      available: ["1.0.0", "1.1.0"],
    },
  });
  expect(given.target.actions).toEqual([]);
});

test("B12: a named version that completed is gone back to", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0", "1.2.0");
  expect(unwrap(await given.rollback("1.0.0")).version).toBe("1.0.0");
});

test("rollback with nothing live says so", async () => {
  const given = new Scenario();
  expect(await given.rollback()).toMatchObject({ failure: { kind: "nothing-live" } });
});

test("only the last five releases are kept, and what is still warm", async () => {
  const given = await new Scenario({ warmMs: 0 }, 0).live();
  const versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0"];
  const strategy = { kind: "blue-green" as const };
  for (const version of versions) {
    unwrap(await given.deploy(version, { environment: { ...given.environment, strategy } }));
    await given.clock.run(given.clock.sleep(1));
  }
  expect(given.target.kept.map((release) => release.version)).toEqual(versions.slice(-5));
});
