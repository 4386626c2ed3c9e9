import { expect, test } from "vitest";
import { followUpRefusal, followUps, openFollowUps, saysSomething } from "../../pipeline/deploy/follow-up.ts";
import { chain, type JournalEntry, type JournalFact } from "../../pipeline/deploy/journal.ts";

const journal = (...facts: JournalFact[]): JournalEntry[] => {
  const entries: JournalEntry[] = [];
  for (const [index, fact] of facts.entries())
    entries.push(chain(entries.at(-1) ?? null, index * 1_000, fact));
  return entries;
};

const audit = { gate: "audit", verdict: "fail", reason: "two findings", by: "./audit.sh" } as const;

const broken = (id: string, version = "1.0.1"): JournalFact => ({
  kind: "break-glass",
  id,
  rollout: id,
  version,
  release: "r",
  digests: ["sha256:a"],
  actor: "ada",
  reason: "prices stand still",
  overridden: [audit],
});

const closed = (id: string, what = "reviewed by bob"): JournalFact => ({
  kind: "follow-up-closed",
  id,
  actor: "bob",
  what,
});

test("B45: each break-glass opens a follow-up, which stays open until it is closed by its id", () => {
  const entries = journal(broken("one"), broken("two", "1.0.2"), closed("one"));
  expect(openFollowUps(entries)).toEqual([
    {
      ...{ id: "two", version: "1.0.2", actor: "ada", reason: "prices stand still", overridden: [audit] },
      ...{ at: 1_000, closed: null },
    },
  ]);
  expect(followUps(entries)[0]?.closed).toEqual({ actor: "bob", what: "reviewed by bob", at: 2_000 });
});

test("a journal that does not yet name what was overridden is read as naming nothing", () => {
  const { overridden: _, ...before } = broken("one") as Extract<JournalFact, { kind: "break-glass" }>;
  expect(openFollowUps(journal(before))).toMatchObject([{ id: "one", overridden: [] }]);
});

test("the first word that closes a follow-up stands; closing what was never opened does nothing", () => {
  const entries = journal(
    closed("one", "before its time"),
    broken("one"),
    closed("one"),
    closed("one", "again"),
  );
  expect(followUps(entries).map((one) => one.closed?.what)).toEqual(["reviewed by bob"]);
});

test("B45: an open follow-up refuses an ordinary deploy, and names what is owed", () => {
  expect(followUpRefusal("production", journal(broken("one"), closed("one")))).toBeNull();
  expect(followUpRefusal("production", journal(broken("one")))).toEqual({
    kind: "follow-up-open",
    environment: "production",
    followUps: [
      {
        id: "one",
        version: "1.0.1",
        actor: "ada",
        reason: "prices stand still",
        since: "1970-01-01T00:00:00.000Z",
        overridden: [audit],
      },
    ],
  });
});

test.each([
  ["prices stand still", true],
  ["  Preise   stehen still! ", true],
  ["broken", false],
  ["it broke", false],
  ["- - - ! ?", false],
  ["", false],
])("whether %j says something: %s", (text, says) => {
  expect(saysSomething(text)).toBe(says);
});
