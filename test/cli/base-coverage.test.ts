import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { baseCoverage, keepCoverage } from "../../pipeline/cli/base-coverage.ts";
import { noEvidence } from "../../pipeline/evidence.ts";
import { emptyReport } from "../../pipeline/report/fold.ts";
import type { Report } from "../../pipeline/report/report.ts";
import { makeSystem, type System } from "../support/system.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A good run whose steps covered so many lines of ten. */
const ranWith = (steps: Record<string, number>): Report => ({
  ...emptyReport(),
  outcome: "passed",
  stages: [
    {
      id: "unit-test",
      title: "Unit tests",
      outcome: "passed",
      reason: null,
      ms: 1,
      steps: Object.entries(steps).map(([id, covered]) => ({
        id,
        title: id,
        outcome: "passed",
        reason: null,
        cached: false,
        ms: 1,
        notes: [],
        evidence: { ...noEvidence(), coverage: { lines: { covered, total: 10 }, branches: null, files: [] } },
      })),
    },
  ],
});

async function stateDirectory(): Promise<string> {
  const state = await mkdtemp(join(tmpdir(), "bellwether-state-"));
  closing.push(() => rm(state, { recursive: true, force: true }));
  return state;
}

const coveredOf = async (state: string, named?: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await baseCoverage(state, named)).map(([step, { lines }]) => [step, lines.covered]),
  );

test("a run of a part keeps what is known of the steps that it left out", async () => {
  const state = await stateDirectory();
  await keepCoverage(state, "main", ranWith({ "unit:a": 5, "integration:b": 6 }));
  await keepCoverage(state, "main", ranWith({ "unit:a": 7 }));
  expect(await coveredOf(state)).toEqual({ "unit:a": 7, "integration:b": 6 });
});

test("the named base is the only one that is looked at; without a name it is the usual one", async () => {
  const state = await stateDirectory();
  await keepCoverage(state, "trunk", ranWith({ a: 9 }));
  await keepCoverage(state, "release/1.x", ranWith({ a: 5 }));
  expect(await coveredOf(state, "release/1.x")).toEqual({ a: 5 });
  expect(await coveredOf(state, "release/2.x")).toEqual({});
  expect(await coveredOf(state)).toEqual({ a: 9 });
  // What GitHub sets for a push.
  expect(await coveredOf(state, "")).toEqual({ a: 9 });
});

test("branches of any name are kept, the oldest ones go, and the usual bases stay", async () => {
  const state = await stateDirectory();
  const kept = join(state, "reports", "coverage");
  const long = `feature/${"ü".repeat(120)}`;
  for (const [branch, age] of [
    ["main", 2_000],
    ["old", 1_000],
    [long, 500],
  ] as const) {
    await keepCoverage(state, branch, ranWith({ a: 1 }));
    for (const name of await readdir(kept))
      await utimes(join(kept, name), new Date(), new Date(Date.now() - age * 1_000));
  }
  expect(await coveredOf(state, long)).toEqual({ a: 1 });
  for (let at = 0; at < 50; at++) await keepCoverage(state, `feature/${at}`, ranWith({ a: 2 }));
  expect(await readdir(kept)).toHaveLength(51);
  expect(await coveredOf(state)).toEqual({ a: 1 });
  expect(await coveredOf(state, "old")).toEqual({});
  expect(await coveredOf(state, "feature/0")).toEqual({ a: 2 });
});

test("a pull request to release/1.x is held against that branch, not against main", async () => {
  const unit = (hit: number) =>
    `app: small\nchecks:\n  unit: { run: "printf 'SF:a.js\\nLF:10\\nLH:${hit}\\nend_of_record\\n' > lcov.info", reports: { coverage: lcov.info }, coverage: { min: 10%, max-drop: 5% } }\n`;
  const system: System = await makeSystem({
    files: { "bellwether.yaml": unit(9) },
    variables: { GITHUB_BASE_REF: "release/1.x" },
  });
  closing.push(async () => expect(await system.close()).toEqual([]));
  await system.git("checkout", "-q", "main");
  await system.run("run", "unit-test");
  await system.git("checkout", "-q", "-b", "release/1.x");
  await system.write({ "bellwether.yaml": unit(6) });
  const first = await system.run("run", "unit-test");
  expect(first.code).toBe(0);
  expect(first.stdout).toContain("no run of the base branch is at hand");
  await system.git("checkout", "-q", "-b", "feature/less");
  await system.write({ "bellwether.yaml": unit(5) });
  const done = await system.run("run", "unit-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("50 % after 60 % on the base branch, expected a drop of at most 5 %\n");
});
