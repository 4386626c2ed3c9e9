import type { Rule } from "./rules-types.ts";
import type { WrittenCanary, WrittenStep } from "./schema-strategy.ts";
import type { Seed } from "./seed.ts";
import { parseDuration, parsePercent } from "./units.ts";
import type { Path } from "./written.ts";

function canaries(written: Parameters<Rule>[0]): ({ path: Path } & WrittenCanary)[] {
  return Object.entries(written.environments ?? {}).flatMap(([name, { strategy }]) =>
    typeof strategy === "object" && strategy.canary
      ? [{ path: ["environments", name, "strategy", "canary"], ...strategy.canary }]
      : [],
  );
}

export const weightsRiseToAll: Rule = (written) =>
  canaries(written).flatMap(({ path, weights }): Seed[] => {
    if (weights === undefined) return [];
    const rises = rising(weights);
    if (rises && weights.at(-1) === 100) return [];
    return [
      {
        path: [...path, "weights"],
        at: "value",
        got: `[${weights.join(", ")}]`,
        expected: "percentages that rise and end at 100, such as [10, 50, 100]",
        remedy: rises
          ? "Add 100 as the last weight."
          : "Put the weights in rising order, with 100 as the last one.",
      },
    ];
  });

export const limitsLeaveTimeToHold: Rule = (written) =>
  canaries(written).flatMap(({ path, hold, limit, steps }) => [
    ...shortLimit(path, hold ?? "1m", steps === undefined ? limit : undefined),
    ...(steps ?? []).flatMap((step, index) =>
      step.hold === undefined
        ? []
        : shortLimit(
            step.limit === undefined ? path : [...path, "steps", index],
            step.hold,
            step.limit ?? limit,
          ),
    ),
  ]);

function shortLimit(path: Path, hold: string, limit: string | undefined): Seed[] {
  if (limit === undefined || (parseDuration(limit) ?? 0) >= (parseDuration(hold) ?? 0)) return [];
  return [
    {
      path: [...path, "limit"],
      at: "value",
      got: limit,
      expected: `at least hold (${hold})`,
      remedy: "Raise limit, or shorten hold.",
    },
  ];
}

export const oneStrategyAnEnvironment: Rule = (written) =>
  Object.entries(written.environments ?? {}).flatMap(([name, { strategy }]): Seed[] => {
    if (typeof strategy !== "object") return [];
    const path = ["environments", name, "strategy"];
    const both = strategy.canary !== undefined && strategy.rolling !== undefined;
    const neither = strategy.canary === undefined && strategy.rolling === undefined;
    if (both || neither) {
      const got = both ? "both canary and rolling" : "neither canary nor rolling";
      return [{ path, at: "value", got, expected: "either canary or rolling", remedy: "Write one of them." }];
    }
    const batch = strategy.rolling?.batch;
    if (batch === undefined || (parsePercent(batch) ?? 0) >= 0.01) return [];
    return [
      {
        path: [...path, "rolling", "batch"],
        at: "value",
        expected: "at least 1%",
        remedy: "Write a batch of 1% or more.",
      },
    ];
  });

/** Steps are a weight first, then weights that rise with holds and pauses between them. */
export const stepsLeadToAll: Rule = (written) =>
  canaries(written).flatMap(({ path, steps, weights, hold }): Seed[] => {
    if (steps === undefined) return [];
    const beside = Object.entries({ weights, hold }).filter(([, value]) => value !== undefined);
    return [
      ...beside.map(
        ([key]): Seed => ({
          path: [...path, key],
          at: "key",
          got: `${key} beside steps`,
          expected: "either steps, or weights and hold",
          remedy: `Remove ${key}, or write it as steps.`,
        }),
      ),
      ...steps.flatMap((step, index) => wrongStep(step, [...path, "steps", index])),
      ...wrongOrder(steps, [...path, "steps"]),
    ];
  });

function wrongStep(step: WrittenStep, path: Path): Seed[] {
  const kinds = (["weight", "hold", "pause"] as const).filter((kind) => step[kind] !== undefined);
  if (kinds.length !== 1) {
    const got = kinds.length === 0 ? "none of weight, hold, pause" : kinds.join(" and ");
    const remedy = "Write one step for each.";
    return [{ path, at: "value", got, expected: "one of weight, hold, pause", remedy }];
  }
  if (kinds[0] === "hold") return [];
  return (["samples", "limit", "analysis"] as const)
    .filter((key) => step[key] !== undefined)
    .map((key) => ({
      path: [...path, key],
      at: "key",
      got: `${key} with ${kinds[0]}`,
      expected: `${key} only with hold`,
      remedy: `Move ${key} to a step with hold.`,
    }));
}

function wrongOrder(steps: WrittenStep[], path: Path): Seed[] {
  const weights = steps.flatMap(({ weight }) => (weight === undefined ? [] : [weight]));
  const seed = (at: Path, got: string, expected: string, remedy: string): Seed[] => [
    { path: at, at: "value", got, expected, remedy },
  ];
  if (steps[0]?.weight === undefined)
    return seed([...path, 0], "a step without weight", "a weight first", "Begin with { weight: … }.");
  if (!rising(weights))
    return seed(path, `weights ${weights.join(", ")}`, "weights that rise", "Put them in rising order.");
  const all = steps.findIndex(({ weight }) => weight === 100);
  if (all < 0 || all === steps.length - 1) return [];
  return seed(
    [...path, all + 1],
    "a step after weight 100",
    "no step once the release has all traffic: watch follows then",
    "Remove it, or set watch.",
  );
}

const rising = (weights: number[]): boolean =>
  weights.every((weight, index) => index === 0 || weight > (weights[index - 1] ?? 0));
