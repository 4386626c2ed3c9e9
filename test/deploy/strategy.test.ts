import { expect, test } from "vitest";
import type { Strategy } from "../../pipeline/config/config.ts";
import { type Circumstances, stepName, steps } from "../../pipeline/deploy/strategy.ts";

const canary: Strategy = {
  kind: "canary",
  weights: [10, 50, 100],
  holdMs: 8_000,
  samples: 30,
  limitMs: 1_000,
};

const names = (strategy: Strategy, changes: Partial<Circumstances> = {}): string[] =>
  steps(strategy, {
    cause: "deploy",
    stable: true,
    candidate: "new",
    migration: true,
    smoke: true,
    waves: [["db-proxy"], ["api", "worker"]],
    watchMs: 5_000,
    ...changes,
  }).map(stepName);

const started = ["start db-proxy", "ready db-proxy", "start api worker", "ready api worker"];

test("a canary holds at each weight below 100, then is watched, then commits", () => {
  expect(names(canary)).toEqual([
    "place",
    "migrate",
    ...started,
    "smoke",
    "shift 10 %",
    "hold 10 %",
    "shift 50 %",
    "hold 50 %",
    "shift 100 %",
    "watch",
    "commit",
  ]);
});

test("the first release goes straight to 100 %", () => {
  expect(names(canary, { stable: false })).toEqual(names({ kind: "blue-green" }));
});

test("recreate stops stable after the migration and before the start", () => {
  expect(names({ kind: "recreate" })).toEqual([
    "place",
    "migrate",
    "shift nothing",
    "drain stable",
    "stop stable",
    ...started,
    "smoke",
    "shift 100 %",
    "watch",
    "commit",
  ]);
});

test("a rollback migrates nothing, and does no more than the release needs", () => {
  const rollback = { cause: "rollback" as const };
  expect(names(canary, { ...rollback, candidate: "running" })).toEqual([
    "ready db-proxy api worker",
    "shift 100 %",
    "commit",
  ]);
  expect(names(canary, { ...rollback, candidate: "placed" })).toEqual([
    ...started,
    "smoke",
    "shift 100 %",
    "commit",
  ]);
  expect(names(canary, { ...rollback, candidate: "new" })[0]).toBe("place");
});

test("a hold is never limited to less than its own time", () => {
  const hold = steps(canary, {
    cause: "deploy",
    stable: true,
    candidate: "new",
    migration: false,
    smoke: false,
    waves: [["api"]],
    watchMs: 0,
  }).find((step) => step.kind === "hold");
  expect(hold).toMatchObject({ weight: 10, holdMs: 8_000, limitMs: 8_000, samples: 30 });
});
