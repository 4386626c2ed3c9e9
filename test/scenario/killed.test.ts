import { describe, expect, test } from "vitest";
import type { Environment, Strategy } from "../../pipeline/config/config.ts";
import { verify } from "../../pipeline/deploy/journal.ts";
import { Scenario } from "../support/given.ts";
import type { Behaviour } from "../support/simulated-target.ts";

const strategies: Strategy[] = [
  { kind: "recreate" },
  { kind: "blue-green" },
  { kind: "canary", weights: [10, 50, 100], holdMs: 500, samples: 5, limitMs: 3_000 },
];

const candidates: [title: string, behaviour: Behaviour][] = [
  ["a good release", {}],
  ["a release that never becomes ready", { readyAfterMs: Infinity }],
  ["a release that fails under traffic", { fails: () => true }],
];

const environmentOf = (strategy: Strategy): Partial<Environment> => ({
  strategy,
  watchMs: 1_000,
  migrate: { run: "node migrate.js", in: "api", timeoutMs: 1_000 },
});

async function prepared(
  strategy: Strategy,
  behaviour: Behaviour,
  deadMansSwitch: boolean,
): Promise<Scenario> {
  const given = await new Scenario(environmentOf(strategy), 100).live("1.0.0");
  given.target.deadMansSwitch = deadMansSwitch;
  given.target.calls = 0;
  return given.behaves("1.1.0", behaviour);
}

/** What has to hold after the next run: one release, live and running, has everything; the journal is whole. */
function expectWhole(given: Scenario): void {
  const live = given.liveVersion() ?? "none";
  expect(["1.0.0", "1.1.0"]).toContain(live);
  expect(given.weights()).toEqual({ [live]: 100 });
  expect(given.running()).toContain(live);
  if (live === "1.0.0") expect(given.running()).toEqual(["1.0.0"]);
  expect(verify(given.target.journal).ok).toBe(true);
}

describe.each(strategies)("B6: with the strategy $kind", (strategy) => {
  test.each(candidates)(
    "an engine killed at every step of %s ends fully old or fully new",
    { timeout: 60_000 },
    async (_, behaviour) => {
      const uncut = await prepared(strategy, behaviour, true);
      await uncut.deploy("1.1.0");
      const calls = uncut.target.calls;
      expect(calls).toBeGreaterThan(10);
      for (let call = 1; call <= calls; call++) {
        for (const when of ["before", "after"] as const) {
          const given = await prepared(strategy, behaviour, call % 2 === 0);
          given.target.killAt = { call, when };
          const work = given.deploying("1.1.0");
          const killed = given.session;
          await given.clock.runUntil(work, () => killed?.dead === true);
          given.target.killAt = null;
          expect((await given.reconcile()).ok).toBe(true);
          expectWhole(given);
          given.target.actions.length = 0;
          expect((await given.reconcile()).ok).toBe(true);
          expect(given.target.actions).toEqual([]);
          expectWhole(given);
        }
      }
    },
  );

  test.each([
    "place",
    "migrate",
    "start",
    "shift",
    "drain",
    "stop",
    "commit",
    "append",
    "observe",
    "statistics",
  ])("a %s that fails, or whose answer is lost, leaves no mixture", async (action) => {
    for (const when of ["before", "after"] as const) {
      for (const [, behaviour] of candidates) {
        const given = await prepared(strategy, behaviour, true);
        given.target.faults.push({ action, when, times: 1 });
        await given.deploy("1.1.0");
        given.target.faults.length = 0;
        expect((await given.reconcile()).ok).toBe(true);
        const shares = Object.values(given.weights());
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(100);
        expect(shares).toHaveLength(1);
      }
    }
  });
});
