import { expect, test } from "vitest";
import { closeFollowUp, recordFact } from "../../pipeline/deploy/engine-glass.ts";
import { openFollowUps } from "../../pipeline/deploy/follow-up.ts";
import type { JournalFact } from "../../pipeline/deploy/journal.ts";
import type { Store } from "../../pipeline/deploy/target.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { rule } from "../approvals/support.ts";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const approval = rule({ fourEyes: false, signers: null });
const reason = "prices stand still since nine";

/** 1.0.0 is live on an environment that asks for an approval; ada has broken the glass for 1.0.1. */
async function broken(): Promise<Scenario> {
  const given = new Scenario({ approval });
  unwrap(await given.deploy("1.0.0", { breakGlass: "the first one ever" }));
  const [first] = openFollowUps(given.target.journal);
  unwrap(await given.clock.run(closeFollowUp(given.request(), first?.id ?? "", "it was the first")));
  unwrap(await given.deploy("1.0.1", { breakGlass: reason }));
  return given;
}

const approve = (given: Scenario, version: string) =>
  given.approvals.push({
    format: 1,
    app: "quotes",
    environment: "production",
    version,
    digests: [`sha256:${version}`],
    by: "bob",
    at: given.clock.now(),
    expiresAt: given.clock.now() + 3_600_000,
    how: "recorded",
  });

test("B45: break-glass goes on without approval, and the journal has who and why before anything else", async () => {
  const given = await broken();
  expect(given.liveVersion()).toBe("1.0.1");
  const facts = given.target.journal.map(({ fact }) => fact);
  const at = facts.findLastIndex((fact) => fact.kind === "break-glass");
  expect(facts[at]).toMatchObject({ version: "1.0.1", actor: "ada", reason, digests: ["sha256:1.0.1"] });
  expect(facts[at + 1]).toMatchObject({ kind: "rollout-began", version: "1.0.1", approvals: [] });
  const overridden = [
    { gate: "approval", verdict: "inconclusive", reason: "0 of 1 approvals of 1.0.1", by: "nobody" },
  ];
  const [open] = openFollowUps(given.target.journal);
  expect(open).toMatchObject({ version: "1.0.1", actor: "ada", reason, overridden });
  expect(given.fact("break-glass").at(-1)).toMatchObject({
    version: "1.0.1",
    actor: "ada",
    reason,
    overridden,
    followUp: open?.id,
  });
});

test("B45: its follow-up blocks the next ordinary deploy, approved or not, until it is closed", async () => {
  const given = await broken();
  approve(given, "1.1.0");
  const [open] = openFollowUps(given.target.journal);
  expect(await given.deploy("1.1.0")).toMatchObject({
    failure: { kind: "follow-up-open", followUps: [{ id: open?.id, version: "1.0.1", reason }] },
  });
  expect(given.liveVersion()).toBe("1.0.1");
  unwrap(await given.clock.run(closeFollowUp(given.request(), open?.id ?? "", "reviewed by bob")));
  expect(unwrap(await given.deploy("1.1.0")).version).toBe("1.1.0");
});

test("B45: an open follow-up blocks neither rollback, nor reconcile, nor another break-glass", async () => {
  const given = await broken();
  expect(unwrap(await given.rollback()).version).toBe("1.0.0");
  unwrap(await given.reconcile());
  unwrap(await given.deploy("1.0.2", { breakGlass: "still no prices there" }));
  expect(openFollowUps(given.target.journal).map((one) => one.version)).toEqual(["1.0.1", "1.0.2"]);
});

test("where approvals are there and nothing is owed, no glass is broken", async () => {
  const given = new Scenario({ approval });
  approve(given, "1.0.0");
  unwrap(await given.deploy("1.0.0", { breakGlass: reason }));
  expect(given.fact("break-glass")).toEqual([]);
  expect(openFollowUps(given.target.journal)).toEqual([]);
});

test("a follow-up that is not open is not closed, and what is open is told", async () => {
  const given = await broken();
  const [open] = openFollowUps(given.target.journal);
  expect(await given.clock.run(closeFollowUp(given.request(), "nonsense", "x"))).toEqual({
    ok: false,
    failure: {
      kind: "unknown-name",
      what: "follow-up",
      name: "nonsense",
      known: [open?.id],
      nearest: null,
    },
  });
});

test("B29: that nobody approved in time stands in the journal, and nothing else is done for it", async () => {
  const given = await new Scenario().live("1.0.0");
  const fact: JournalFact = {
    kind: "approval-expired",
    version: "1.1.0",
    digests: ["sha256:1.1.0"],
    requestedBy: "ada",
    askedAt: 1,
    expiredAt: 2,
    given: "0 of 1 approvals of 1.1.0",
  };
  unwrap(await given.clock.run(recordFact(given.request(), fact)));
  expect(given.target.journal.at(-1)?.fact).toEqual(fact);
  expect(given.target.actions).toEqual([]);
  expect(given.liveVersion()).toBe("1.0.0");
});

test("B46: a break-glass that cannot be written down does not happen", async () => {
  const given = new Scenario({ approval });
  const request = given.request();
  const { store } = request.deployment;
  const failure: Failure = { kind: "target-failed", action: "append", reason: "the disk is full" };
  const append: Store["append"] = async (...facts) =>
    facts.some(({ kind }) => kind === "break-glass") ? { ok: false, failure } : store.append(...facts);
  const deployment = { ...request.deployment, store: { ...store, append } };
  expect(await given.deploy("1.0.0", { deployment, breakGlass: reason })).toEqual({ ok: false, failure });
  expect(given.target.actions).toEqual([]);
});
