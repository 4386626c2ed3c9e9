import { expect, test } from "vitest";
import type { Strategy } from "../../pipeline/config/config.ts";
import { configOf, lineOf, problemsIn } from "./support.ts";

const head = "app: quotes\nenvironments:\n  qa:\n";

const strategy = (text: string): Strategy | undefined =>
  configOf(`${head}    strategy: ${text}\n`).environments.qa?.strategy;

const problems = (text: string): string[] => problemsIn(`${head}    strategy: ${text}\n`).map(lineOf);

test("a canary by steps: weights, holds with their own time, samples and checks, and pauses for a person", () => {
  const written = `
      canary:
        samples: 500
        steps:
          - weight: 10
          - { hold: 5m, samples: 50, limit: 20m }
          - pause: 1h
          - weight: 50
          - { hold: 10s, analysis: [{ probe: /deep, max-latency: 100ms }] }`;
  expect(strategy(written)).toEqual({
    kind: "canary",
    steps: [
      { kind: "weight", weight: 10 },
      { kind: "hold", holdMs: 300_000, samples: 50, limitMs: 1_200_000, analysis: [] },
      { kind: "pause", pauseMs: 3_600_000, samples: 500 },
      { kind: "weight", weight: 50 },
      {
        kind: "hold",
        holdMs: 10_000,
        samples: 500,
        limitMs: 50_000,
        analysis: [expect.objectContaining({ kind: "probe", at: "/deep", maxLatencyMs: 100 })],
      },
    ],
  });
});

test("rolling moves the traffic in batches of one size; the last one is what is left", () => {
  expect(strategy("rolling")).toEqual({ kind: "rolling", weights: [25, 50, 75, 100], pauseMs: 5_000 });
  expect(strategy("{ rolling: { batch: 30%, pause: 1s } }")).toEqual({
    kind: "rolling",
    weights: [30, 60, 90, 100],
    pauseMs: 1_000,
  });
  expect(strategy("{ rolling: { batch: 100% } }")).toMatchObject({ weights: [100] });
  expect(strategy("{ rolling: { batch: 33.3% } }")).toMatchObject({ weights: [33, 67, 100] });
});

test.each<[string, string, string[]]>([
  [
    "both strategies at once",
    "{ canary: {}, rolling: {} }",
    ["4:15 environments.qa.strategy: got both canary and rolling, expected either canary or rolling"],
  ],
  [
    "a batch that is too small to count",
    "{ rolling: { batch: 0.5% } }",
    ["4:35 environments.qa.strategy.rolling.batch: got 0.5%, expected at least 1%"],
  ],
  [
    "steps beside the short form",
    "{ canary: { hold: 5m, steps: [{ weight: 10 }] } }",
    [
      "4:27 environments.qa.strategy.canary.hold: got hold beside steps, expected either steps, or weights and hold",
    ],
  ],
  [
    "a step of two kinds, and one of none",
    "{ canary: { steps: [{ weight: 10, hold: 5m }, { samples: 5 }] } }",
    [
      "4:35 environments.qa.strategy.canary.steps[0]: got weight and hold, expected one of weight, hold, pause",
      "4:61 environments.qa.strategy.canary.steps[1]: got none of weight, hold, pause, expected one of weight, hold, pause",
    ],
  ],
  [
    "keys of a hold elsewhere",
    "{ canary: { steps: [{ weight: 10, samples: 5 }] } }",
    [
      "4:49 environments.qa.strategy.canary.steps[0].samples: got samples with weight, expected samples only with hold",
    ],
  ],
  [
    "a hold before any weight",
    "{ canary: { steps: [{ hold: 5m }, { weight: 10 }] } }",
    ["4:35 environments.qa.strategy.canary.steps[0]: got a step without weight, expected a weight first"],
  ],
  [
    "weights that fall",
    "{ canary: { steps: [{ weight: 50 }, { weight: 10 }] } }",
    ["4:34 environments.qa.strategy.canary.steps: got weights 50, 10, expected weights that rise"],
  ],
  [
    "a hold at 100",
    "{ canary: { steps: [{ weight: 100 }, { hold: 5m }] } }",
    [
      "4:52 environments.qa.strategy.canary.steps[1]: got a step after weight 100, expected no step once the release has all traffic: watch follows then",
    ],
  ],
  [
    "a limit that ends before its hold",
    "{ canary: { steps: [{ weight: 10 }, { hold: 5m, limit: 1m }] } }",
    ["4:70 environments.qa.strategy.canary.steps[1].limit: got 1m, expected at least hold (5m)"],
  ],
  [
    "a word that is nearly one",
    "roling",
    [
      "4:15 environments.qa.strategy: got roling, expected one of recreate, rolling, blue-green, canary; or { canary: { weights: [10, 50, 100] } } or { rolling: { batch: 25% } } [rolling]",
    ],
  ],
])("%s", (_, text, expected) => {
  expect(problems(text)).toEqual(expected);
});
