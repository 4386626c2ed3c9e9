import { expect, test } from "vitest";
import type { Strategy } from "../../pipeline/config/config.ts";
import { type Circumstances, isPassedOver, stepName, steps } from "../../pipeline/deploy/strategy.ts";
import { sampleCanary } from "../support/sample-release.ts";

const canary: Strategy = sampleCanary([10, 50], { holdMs: 8_000, samples: 30, limitMs: 1_000 });

const names = (strategy: Strategy, changes: Partial<Circumstances> = {}): string[] =>
  steps(strategy, {
    cause: "deploy",
    stable: true,
    beside: true,
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
  expect(names(canary, { stable: false, beside: false })).toEqual(names({ kind: "blue-green" }));
});

test("steps are walked as they are written, and all traffic follows the last one", () => {
  const steps: Strategy = {
    kind: "canary",
    steps: [
      { kind: "weight", weight: 10 },
      { kind: "hold", holdMs: 1, samples: 1, limitMs: 1, analysis: [] },
      { kind: "pause", pauseMs: 1, samples: 1 },
      { kind: "weight", weight: 50 },
      { kind: "pause", pauseMs: 1, samples: 1 },
      { kind: "weight", weight: 100 },
    ],
  };
  expect(names(steps, { migration: false, smoke: false, waves: [["api"]] })).toEqual([
    "place",
    "start api",
    "ready api",
    "shift 10 %",
    "hold 10 %",
    "pause 10 %",
    "shift 50 %",
    "pause 50 %",
    "shift 100 %",
    "watch",
    "commit",
  ]);
});

test("rolling watches processes and errors after each batch, and is watched as a whole in the end", () => {
  const rolling: Strategy = { kind: "rolling", weights: [30, 60, 90, 100], pauseMs: 5_000 };
  expect(names(rolling, { migration: false, smoke: false, waves: [["api"]] }).slice(3)).toEqual([
    "shift 30 %",
    "watch 30 %",
    "shift 60 %",
    "watch 60 %",
    "shift 90 %",
    "watch 90 %",
    "shift 100 %",
    "watch",
    "commit",
  ]);
});

test("B33: a fix goes straight to all traffic where stable does not serve", () => {
  expect(names(canary, { beside: false })).toEqual(names({ kind: "blue-green" }));
});

test("in full leaves out what lies between the first shift and the last one, and nothing else", () => {
  const given = { migration: true, smoke: true, stable: true, beside: true, waves: [["api"]], watchMs: 1 };
  const way = steps(canary, { cause: "deploy", candidate: "new", ...given });
  expect(way.filter((step) => !isPassedOver(step)).map(stepName)).toEqual([
    "place",
    "migrate",
    "start api",
    "ready api",
    "smoke",
    "shift 100 %",
    "watch",
    "commit",
  ]);
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
    beside: true,
    candidate: "new",
    migration: false,
    smoke: false,
    waves: [["api"]],
    watchMs: 0,
  }).find((step) => step.kind === "hold");
  expect(hold).toMatchObject({ weight: 10, holdMs: 8_000, limitMs: 8_000, samples: 30 });
});
