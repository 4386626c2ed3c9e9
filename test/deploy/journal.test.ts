import fc from "fast-check";
import { expect, test } from "vitest";
import { completed, hasCompleted, history, unfinished } from "../../pipeline/deploy/history.ts";
import { chain, type JournalEntry, type JournalFact, verify } from "../../pipeline/deploy/journal.ts";
import { rollbackTarget } from "../../pipeline/deploy/rollback.ts";
import { sampleRelease } from "../support/sample-release.ts";

function chained(facts: JournalFact[]): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const [i, fact] of facts.entries()) entries.push(chain(entries.at(-1) ?? null, i, fact));
  return entries;
}

const began = (version: string, cause: "deploy" | "rollback" = "deploy", n = 0): JournalFact => ({
  kind: "rollout-began",
  rollout: `${version}#${n}`,
  cause,
  version,
  release: sampleRelease(version).id,
  digests: [`sha256:${version}`],
  stable: null,
  strategy: "canary",
  actor: "ada",
  tool: "1.0.0",
  approvals: [],
  configDigest: "c",
  limits: {},
});

const ended = (version: string, outcome: "completed" | "returned" = "completed", n = 0): JournalFact => ({
  kind: "rollout-ended",
  rollout: `${version}#${n}`,
  version,
  release: sampleRelease(version).id,
  outcome,
  live: version,
  failure: null,
  reason: "",
});

const deployed = (...versions: string[]): JournalFact[] =>
  versions.flatMap((version) => [began(version), ended(version)]);

const rolledBack = (version: string): JournalFact[] => [
  began(version, "rollback", 1),
  ended(version, "completed", 1),
];

test("B46: one altered, missing, added or moved entry is named", () => {
  const entries = chained(deployed("1.0.0", "1.1.0"));
  expect(verify(entries)).toEqual({ ok: true, head: entries.at(-1)?.hash });
  expect(verify([])).toMatchObject({ ok: true });
  fc.assert(
    fc.property(fc.nat(entries.length - 1), fc.constantFrom("alter", "drop", "repeat", "time"), (at, how) => {
      const entry = entries[at];
      if (!entry || (how === "drop" && at === entries.length - 1)) return;
      const rehashed = chain(entries[at - 1] ?? null, entry.at, began("6.6.6"));
      const changed = {
        alter: [rehashed],
        drop: [],
        repeat: [entry, entry],
        time: [{ ...entry, at: entry.at + 1 }],
      }[how];
      const result = verify([...entries.slice(0, at), ...changed, ...entries.slice(at + 1)]);
      const lastRewritten = how === "alter" && at === entries.length - 1;
      expect(result.ok).toBe(lastRewritten);
      if (!result.ok) expect(result.altered - 1 - at).toBeOneOf([0, 1]);
    }),
  );
});

test("history has a record a rollout; what has no end is unfinished", () => {
  const entries = chained([
    ...deployed("1.0.0"),
    began("1.1.0"),
    { kind: "intent", rollout: "1.1.0#0", step: "place" },
  ]);
  expect(history(entries).map((one) => [one.version, one.outcome, one.openStep])).toEqual([
    ["1.0.0", "completed", null],
    ["1.1.0", null, "place"],
  ]);
  expect(unfinished(entries)?.version).toBe("1.1.0");
  expect(unfinished(chained(deployed("1.0.0")))).toBeNull();
  expect(completed(entries).map((one) => one.version)).toEqual(["1.0.0"]);
});

test("digests count as promoted only where they completed", () => {
  const entries = chained([...deployed("1.0.0"), began("1.1.0"), ended("1.1.0", "returned")]);
  expect(hasCompleted(entries, ["sha256:1.0.0"])).toBe(true);
  expect(hasCompleted(entries, ["sha256:1.1.0"])).toBe(false);
  expect(hasCompleted(entries, [])).toBe(false);
});

test.each<[string, JournalFact[], string, string | null, unknown]>([
  ["the one before", deployed("1.0.0", "1.1.0"), "1.1.0", null, "1.0.0"],
  [
    "not one that was only attempted",
    [...deployed("1.0.0", "1.1.0"), began("1.2.0"), ended("1.2.0", "returned")],
    "1.1.0",
    null,
    "1.0.0",
  ],
  [
    "further down after a rollback",
    [...deployed("1.0.0", "1.1.0", "1.2.0"), ...rolledBack("1.1.0")],
    "1.1.0",
    null,
    "1.0.0",
  ],
  [
    "nothing at the end of the line",
    [...deployed("1.0.0", "1.1.0"), ...rolledBack("1.0.0")],
    "1.0.0",
    null,
    "nothing-to-roll-back-to",
  ],
  [
    "a fix after a rollback",
    [...deployed("1.0.0", "1.1.0"), ...rolledBack("1.0.0"), ...deployed("1.2.0")],
    "1.2.0",
    null,
    "1.0.0",
  ],
  ["a named one", deployed("1.0.0", "1.1.0", "1.2.0"), "1.2.0", "1.0.0", "1.0.0"],
  [
    "a named one that is newer",
    [...deployed("1.0.0", "1.1.0"), ...rolledBack("1.0.0")],
    "1.0.0",
    "1.1.0",
    "1.1.0",
  ],
  [
    "a named one that never completed",
    [...deployed("1.0.0"), began("1.1.0"), ended("1.1.0", "returned")],
    "1.0.0",
    "1.1.0",
    "version-not-kept",
  ],
  ["one that is not kept", deployed("0.1.0", "1.0.0"), "1.0.0", null, "version-not-kept"],
])("B13: rollback goes to %s", (_, facts, live, to, expected) => {
  const kept = ["1.0.0", "1.1.0", "1.2.0"].map((version) => sampleRelease(version));
  const result = rollbackTarget({
    environment: "production",
    journal: chained(facts),
    kept,
    live: sampleRelease(live).id,
    to,
  });
  expect(result.ok ? result.value.version : result.failure.kind).toBe(expected);
});
