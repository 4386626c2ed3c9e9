import { expect, test } from "vitest";
import type { Environment } from "../../pipeline/config/config.ts";
import { type DeployRequest, deploy } from "../../pipeline/deploy/engine.ts";
import type { AskGates } from "../../pipeline/deploy/engine-gates.ts";
import { followUps } from "../../pipeline/deploy/follow-up.ts";
import type { Confirmation } from "../../pipeline/deploy/gate-facts.ts";
import { digestsOf } from "../../pipeline/deploy/release.ts";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const environment: Partial<Environment> = {
  strategy: { kind: "blue-green" },
  gates: [
    { name: "audit", kind: "command", run: "./audit.sh", environment: {}, secrets: [], timeoutMs: 1_000 },
    { name: "uat", kind: "file", path: "uat.xml", minPass: 1, maxAgeMs: 1_000 },
  ],
};

/** Gates that say this; `asked` counts how often. */
function gates(audit: number, uat: string) {
  const seen = { asked: 0 };
  const ask: AskGates = async () => {
    seen.asked++;
    return [
      {
        kind: "command",
        gate: "audit",
        ended: { started: true, exitCode: audit, timedOut: false, ms: 5, last: "two critical findings" },
      },
      { kind: "file", gate: "uat", path: "uat.xml", file: { text: uat, ageMs: 0 } },
    ];
  };
  return { seen, ask };
}

const passed = '{"passed":4,"total":4}';

/** An environment with 1.0.0 live, deployed through gates that passed. */
async function given(): Promise<Scenario> {
  const scenario = new Scenario(environment);
  unwrap(await ship(scenario, "1.0.0", { gates: gates(0, passed).ask }));
  scenario.target.actions.length = 0;
  scenario.facts.length = 0;
  return scenario;
}

const ship = (scenario: Scenario, version: string, over: Partial<DeployRequest> = {}) =>
  scenario.clock.run(deploy({ ...scenario.request(), release: scenario.release(version), ...over }));

const journalled = (scenario: Scenario) =>
  scenario.target.journal.flatMap(({ fact }) => (fact.kind === "gates" ? [fact] : []));

test("a rollout through gates that pass begins, and the matrix stands in the journal before it", async () => {
  const scenario = await given();
  const { ask, seen } = gates(0, passed);
  unwrap(await ship(scenario, "1.1.0", { gates: ask }));
  expect(seen.asked).toBe(1);
  expect(scenario.fact("gates")).toMatchObject([{ version: "1.1.0", go: true }]);
  const kinds = scenario.target.journal.map(({ fact }) => fact.kind);
  expect(kinds.lastIndexOf("gates")).toBe(kinds.lastIndexOf("rollout-began") - 1);
  expect(journalled(scenario).at(-1)?.gates).toEqual([
    { gate: "audit", verdict: "pass", reason: "two critical findings", by: "./audit.sh" },
    { gate: "uat", verdict: "pass", reason: "4 of 4 tests passed (100 %)", by: "uat.xml" },
  ]);
});

test("a gate that fails and one that is inconclusive are no-go: all of them are told, nothing is touched, the journal has it", async () => {
  const scenario = await given();
  const result = await ship(scenario, "1.1.0", { gates: gates(1, "").ask });
  expect(result).toMatchObject({
    ok: false,
    failure: {
      kind: "no-go",
      environment: "production",
      version: "1.1.0",
      gates: [
        { gate: "audit", verdict: "fail", reason: "two critical findings" },
        { gate: "uat", verdict: "inconclusive", reason: "the file holds no results of tests" },
      ],
    },
  });
  expect(scenario.target.actions).toEqual([]);
  expect(journalled(scenario).at(-1)).toMatchObject({ version: "1.1.0", go: false });
  expect(scenario.fact("began")).toEqual([]);
  // The lease was given back: the next one gets it.
  unwrap(await ship(scenario, "1.1.0", { gates: gates(0, passed).ask }));
});

test("an engine that asks nobody cannot go around the gates", async () => {
  const scenario = await given();
  const result = await ship(scenario, "1.1.0");
  expect(result).toMatchObject({
    failure: {
      kind: "no-go",
      gates: [{ verdict: "inconclusive" }, { verdict: "inconclusive" }],
    },
  });
  expect(scenario.target.actions).toEqual([]);
});

test("a rollback waits for no gate", async () => {
  const scenario = await given();
  unwrap(await ship(scenario, "1.1.0", { gates: gates(0, passed).ask }));
  const drawn = journalled(scenario).length;
  unwrap(await scenario.rollback());
  expect(scenario.liveVersion()).toBe("1.0.0");
  expect(journalled(scenario)).toHaveLength(drawn);
});

test("a release that is live already is asked nothing", async () => {
  const scenario = await given();
  const { ask, seen } = gates(1, "");
  expect(unwrap(await ship(scenario, "1.0.0", { gates: ask }))).toMatchObject({ changed: false });
  expect(seen.asked).toBe(0);
});

test("B33: break-glass goes on through a no-go, names every gate that it overrode, and leaves a follow-up", async () => {
  const scenario = await given();
  const breakGlass = "the live release is broken";
  unwrap(await ship(scenario, "1.1.0", { gates: gates(1, "").ask, breakGlass }));
  expect(scenario.liveVersion()).toBe("1.1.0");
  expect(journalled(scenario).at(-1)).toMatchObject({ go: false });
  const overridden = [
    { gate: "audit", verdict: "fail", reason: "two critical findings", by: "./audit.sh" },
    { gate: "uat", verdict: "inconclusive", reason: "the file holds no results of tests", by: "uat.xml" },
  ];
  expect(scenario.fact("break-glass")).toMatchObject([{ version: "1.1.0", reason: breakGlass, overridden }]);
  expect(followUps(scenario.target.journal)).toMatchObject([{ version: "1.1.0", overridden }]);
  const next = await ship(scenario, "1.2.0", { gates: gates(0, passed).ask });
  expect(next).toMatchObject({ failure: { kind: "follow-up-open" } });
});

test("gates that never answer are given up, and the lease is given back", async () => {
  const scenario = await given();
  const result = await ship(scenario, "1.1.0", { gates: () => new Promise(() => {}) });
  expect(result).toMatchObject({ failure: { kind: "target-failed", action: "ask the gates" } });
  unwrap(await ship(scenario, "1.1.0", { gates: gates(0, passed).ask }));
});

test("B30: a newer release that may not go does not end the older one's rollout", async () => {
  const scenario = await given();
  const older = deploy({
    ...scenario.request(),
    release: scenario.release("1.1.0"),
    gates: gates(0, passed).ask,
  });
  await scenario.clock.runUntil(older, () => scenario.fact("watching").length > 0);
  const drawn = journalled(scenario).length;
  expect(await ship(scenario, "1.2.0", { gates: gates(1, passed).ask })).toMatchObject({
    failure: { kind: "no-go", version: "1.2.0" },
  });
  expect(journalled(scenario)).toHaveLength(drawn);
  expect(unwrap(await scenario.clock.run(older))).toMatchObject({ version: "1.1.0", changed: true });
  unwrap(await ship(scenario, "1.2.0", { gates: gates(0, passed).ask }));
  expect(scenario.liveVersion()).toBe("1.2.0");
});

test("Ctrl-C while the gates are asked ends the deploy as interrupted, not as a no-go", async () => {
  const scenario = await given();
  const abort = new AbortController();
  const ask: AskGates = async () => {
    abort.abort("SIGINT");
    return [];
  };
  expect(await ship(scenario, "1.1.0", { gates: ask, signal: abort.signal })).toEqual({
    ok: false,
    failure: { kind: "interrupted", by: "SIGINT" },
  });
  expect(scenario.target.actions).toEqual([]);
});

test("a word that expires while the lease is waited for counts for nothing any more", async () => {
  const notice = { name: "notice", kind: "confirm", item: "Customers were told", expiresMs: 500 } as const;
  const scenario = new Scenario({ ...environment, gates: [notice] });
  const release = scenario.release("1.0.0");
  const { app, version } = release;
  const request = scenario.request();
  const { deployment, clock } = request;
  const { store } = deployment;
  const acquire: typeof store.acquire = async (wanted) => {
    await clock.sleep(1_000);
    return store.acquire(wanted);
  };
  const ask: AskGates = async () => {
    const at = clock.now();
    const confirmation: Confirmation = {
      format: 1,
      app,
      environment: "production",
      version,
      digests: digestsOf(release),
      item: "notice",
      by: "meera",
      at,
      expiresAt: at + 500,
    };
    return [{ kind: "confirm", gate: "notice", confirmations: [confirmation] }];
  };
  const slow = { ...deployment, store: { ...store, acquire } };
  const result = await scenario.clock.run(deploy({ ...request, deployment: slow, release, gates: ask }));
  expect(result).toMatchObject({
    failure: { kind: "no-go", gates: [{ reason: expect.stringContaining("it expired at") }] },
  });
  expect(scenario.target.actions).toEqual([]);
});
