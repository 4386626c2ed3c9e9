import { describe, expect, test } from "vitest";
import type { Environment, Strategy } from "../../pipeline/config/config.ts";
import { normaliseAnalysis } from "../../pipeline/config/normalise-analysis.ts";
import { verify } from "../../pipeline/deploy/journal.ts";
import { Scenario } from "../support/given.ts";
import { sampleCanary } from "../support/sample-release.ts";
import type { Behaviour, Trouble } from "../support/simulated-target.ts";

/** A pause that somebody continues at once, and a hold with a check of its own. */
const byHand: Strategy = {
  kind: "canary",
  steps: [
    { kind: "weight", weight: 20 },
    { kind: "pause", pauseMs: 60_000, samples: 5 },
    {
      kind: "hold",
      holdMs: 500,
      samples: 5,
      limitMs: 3_000,
      analysis: normaliseAnalysis([
        { errors: "none" },
        { p95: "none" },
        { probe: "/deep", interval: "500ms" },
      ]),
    },
  ],
};

const strategies: Strategy[] = [
  byHand,
  { kind: "recreate" },
  { kind: "blue-green" },
  { kind: "rolling", weights: [50, 100], pauseMs: 500 },
  sampleCanary([10, 50], { holdMs: 500, samples: 5, limitMs: 3_000 }),
];

const candidates: [title: string, behaviour: Behaviour][] = [
  ["a good release", {}],
  ["a release that never becomes ready", { readyAfterMs: Infinity }],
  ["a release that fails under traffic", { fails: () => true }],
];

/**
 * What can go wrong at a call. An engine that dies before one has died after the one before it; of a question, no
 * answer and a lost one are the same; only what is observed can be an old truth.
 */
function troublesAt(call: number, { action, effect }: { action: string; effect: boolean }): Trouble[] {
  return [
    ...(call === 1 ? (["killed before"] as const) : []),
    "killed after",
    "fails",
    ...(effect ? (["answer lost"] as const) : []),
    ...(action === "observe" ? (["observation stale"] as const) : []),
    ...(call % 4 === 0 ? ([call % 8 === 0 ? "clock forward" : "clock back"] as const) : []),
  ];
}

const environmentOf = (strategy: Strategy): Partial<Environment> => ({
  strategy,
  watchMs: 1_000,
  leaseMs: 12_000,
  migrate: { run: "node migrate.js", in: "api", timeoutMs: 1_000 },
});

async function prepared(
  strategy: Strategy,
  behaviour: Behaviour,
  deadMansSwitch: boolean,
): Promise<Scenario> {
  const given = await new Scenario(environmentOf(strategy), 100).live("1.0.0");
  given.target.deadMansSwitch = deadMansSwitch;
  given.continues = "eve";
  given.target.calls = 0;
  given.target.called.length = 0;
  return given.behaves("1.1.0", behaviour);
}

/** What has to hold after the next run: one release, live and running, has everything; the journal is whole. */
function expectWhole(given: Scenario, behaviour: Behaviour): void {
  const live = given.liveVersion() ?? "none";
  // One that was seen unhealthy is never what is left.
  expect(Object.keys(behaviour).length > 0 ? ["1.0.0"] : ["1.0.0", "1.1.0"]).toContain(live);
  expect(given.weights()).toEqual({ [live]: 100 });
  expect(given.running()).toContain(live);
  if (live === "1.0.0") expect(given.running()).toEqual(["1.0.0"]);
  expect(verify(given.target.journal).ok).toBe(true);
}

/** Every set of weights was whole, and nothing went to a release that had never been ready. */
function expectSafe(given: Scenario): void {
  for (const weights of given.target.shifts) {
    const shares = Object.values(weights);
    expect([0, 100]).toContain(shares.reduce((sum, share) => sum + share, 0));
    if (given.target.behaviours.get("1.1.0")?.readyAfterMs === Infinity)
      expect(Object.keys(weights)).not.toContain("1.1.0");
  }
}

describe.each(strategies)("B6: with the strategy $kind", (strategy) => {
  test.each(candidates)(
    "trouble at every step of %s ends fully old or fully new",
    { timeout: 120_000 },
    async (_, behaviour) => {
      const uncut = await prepared(strategy, behaviour, true);
      expect((await uncut.deploy("1.1.0")).ok).toBe(Object.keys(behaviour).length === 0);
      const calls = uncut.target.called;
      expect(calls.length).toBeGreaterThan(10);
      for (const [i, made] of calls.entries()) {
        const call = i + 1;
        for (const how of troublesAt(call, made)) {
          const given = await prepared(strategy, behaviour, call % 2 === 0);
          given.target.trouble = { call, how };
          const work = given.deploying("1.1.0");
          const engine = given.session;
          await given.clock.runUntil(work, () => engine?.dead === true);
          given.target.trouble = null;
          expect((await given.reconcile()).ok).toBe(true);
          expectWhole(given, behaviour);
          expectSafe(given);
          given.target.actions.length = 0;
          expect((await given.reconcile()).ok).toBe(true);
          expect(given.target.actions).toEqual([]);
          expectWhole(given, behaviour);
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
    "renew",
    "drift",
  ])(
    "a %s that fails, whose answer is lost, or that tells an old truth leaves no mixture",
    async (action) => {
      for (const when of ["before", "after", "stale"] as const) {
        for (const times of [1, Number.POSITIVE_INFINITY]) {
          for (const [, behaviour] of candidates) {
            const given = await prepared(strategy, behaviour, true);
            given.target.faults.push({ action, when, times });
            await given.deploy("1.1.0");
            given.target.faults.length = 0;
            expect((await given.reconcile()).ok).toBe(true);
            expectWhole(given, behaviour);
            expectSafe(given);
          }
        }
      }
    },
  );
});
