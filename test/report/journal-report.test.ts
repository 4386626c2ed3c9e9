import { expect, test } from "vitest";
import { rolloutsReport } from "../../pipeline/report/journal-report.ts";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

const told = (given: Scenario, version: string | null) =>
  rolloutsReport({
    app: "quotes",
    environment: "production",
    live: version === null ? null : { version, url: "http://127.0.0.1:8080" },
    entries: given.target.journal,
  });

test("a journal tells all of its rollouts: who, what, weights, measurements, outcome, where it is live", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  const report = told(given, "1.1.0");
  expect(report.rollouts.map(({ version, outcome, stable, url }) => [version, outcome, stable, url])).toEqual(
    [
      ["1.0.0", "completed", null, null],
      ["1.1.0", "completed", "1.0.0", "http://127.0.0.1:8080"],
    ],
  );
  const [, second] = report.rollouts;
  expect(second).toMatchObject({ cause: "deploy", actor: "ada", strategy: "canary", why: null });
  expect(second?.digests).toEqual([expect.stringMatching(/^sha256:/)]);
  expect(second?.weights.map(({ weights }) => weights["1.1.0"])).toEqual([10, 50, 100]);
  expect(second?.measured.map(({ weight, verdict }) => [weight, verdict])).toEqual([
    [10, "successful"],
    [50, "successful"],
    [100, "successful"],
  ]);
  expect(second?.measured[0]?.canary.requests).toBeGreaterThan(0);
  expect(second?.endedAt).toBeGreaterThan(second?.beganAt ?? 0);
  expect(report.journal.sequence).toBe(given.target.journal.length);
});

test("what the engine told while it worked is what its journal tells afterwards", async () => {
  const given = await new Scenario().live("1.0.0");
  given.behaves("1.1.0", { fails: () => true });
  await given.deploy("1.1.0");
  const last = told(given, "1.0.0").rollouts.at(-1);
  expect(last).toMatchObject({ version: "1.1.0", outcome: "returned" });
  expect(last?.reason).toContain("requests failed");
  expect(last?.weights.map(({ weights }) => weights)).toEqual(
    given.fact("shifted").map(({ weights }) => weights),
  );
  const seen = given.fact("measured").findLast(({ weight }) => weight === 10);
  expect(last?.measured.at(-1)).toMatchObject({ canary: seen?.canary, stable: seen?.stable });
});

test("a rollback says what it was for; one that is under way has no end", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  unwrap(await given.rollback(null, { why: "prices stand still" }));
  const [entry] = told(given, "1.0.0").rollouts.slice(-1);
  expect(entry).toMatchObject({ cause: "rollback", version: "1.0.0", why: "prices stand still" });
  const cut = given.target.journal.findLastIndex(({ fact }) => fact.kind === "rollout-began");
  const entries = given.target.journal.slice(0, cut + 1);
  const open = rolloutsReport({ app: "quotes", environment: "production", live: null, entries });
  expect(open.rollouts.at(-1)).toMatchObject({ outcome: "unfinished", endedAt: null, url: null });
});
