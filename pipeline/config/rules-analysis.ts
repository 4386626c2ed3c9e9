import type { AnalysisCheck } from "./config.ts";
import { references } from "./interpolate.ts";
import { nearest } from "./nearest.ts";
import { isBounded } from "./normalise-analysis.ts";
import type { Rule } from "./rules-types.ts";
import type { WrittenAnalysisCheck } from "./schema-analysis.ts";
import { holdsPassword } from "./secret-names.ts";
import type { Seed } from "./seed.ts";
import { durationPattern, percentPattern } from "./units.ts";
import type { Path } from "./written.ts";

type Key = keyof WrittenAnalysisCheck;

const common: Key[] = [
  "name",
  "for",
  "interval",
  "failure-limit",
  "inconclusive-limit",
  "consecutive-error-limit",
  "consecutive-success-limit",
  "on-error",
];

/** What is measured, and the keys that go with it. */
const kinds = {
  errors: ["max", "samples"],
  p95: ["max", "against", "max-ratio", "slack", "samples"],
  prometheus: ["is", "min", "max", "url", "token", "timeout"],
  probe: ["max-latency", "max-errors", "samples", "timeout"],
  command: ["is", "min", "max", "timeout"],
} as const satisfies Record<string, Key[]>;

type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

/** Every list of checks in the file, with its place. */
function lists(written: Parameters<Rule>[0]): { checks: WrittenAnalysisCheck[]; path: Path }[] {
  return Object.entries(written.environments ?? {}).flatMap(([name, { analysis, strategy }]) => {
    const own = Array.isArray(analysis)
      ? [{ checks: analysis, path: ["environments", name, "analysis"] }]
      : [];
    const steps = typeof strategy === "object" ? (strategy.canary?.steps ?? []) : [];
    const path = ["environments", name, "strategy", "canary", "steps"];
    return [
      ...own,
      ...steps.flatMap(({ analysis: checks }, i) =>
        checks ? [{ checks, path: [...path, i, "analysis"] }] : [],
      ),
    ];
  });
}

/** Every check measures one thing, in that thing's unit, with the keys that go with it. */
export const checksMeasureOneThing: Rule = (written) =>
  lists(written).flatMap(({ checks, path }) =>
    checks.flatMap((check, index) => seedsOf(check, [...path, index])),
  );

function seedsOf(check: WrittenAnalysisCheck, path: Path): Seed[] {
  const measured = names.filter((kind) => check[kind] !== undefined);
  const [kind] = measured;
  if (kind === undefined || measured.length > 1) {
    const got = kind === undefined ? "nothing that is measured" : measured.join(" and ");
    const expected = `one of ${names.join(", ")}`;
    return [{ path, at: "value", got, expected, remedy: "Write one check for each thing to measure." }];
  }
  const known = [kind, ...common, ...kinds[kind]];
  const foreign = (Object.keys(check) as Key[]).filter((key) => !known.includes(key));
  return [...foreign.map((key) => foreignKey(key, kind, known, path)), ...wrongIn(check, kind, path)];
}

function foreignKey(key: Key, kind: Kind, known: Key[], path: Path): Seed {
  const near = nearest(key, known);
  return {
    path: [...path, key],
    at: "key",
    got: key,
    expected: `a key of ${kind}: ${known.join(", ")}`,
    ...(near === null ? {} : { nearest: near }),
    remedy: near === null ? `Remove ${key}.` : `Write ${near} instead of ${key}.`,
  };
}

function wrongIn(check: WrittenAnalysisCheck, kind: Kind, path: Path): Seed[] {
  const wrong = (key: Key, expected: string, got = String(check[key])): Seed => {
    return { path: [...path, key], at: "value", got, expected, remedy: `Write ${expected}.` };
  };
  const { max, prometheus = "", probe = "", url } = check;
  const text = kind === "prometheus" ? prometheus : kind === "probe" ? probe : "";
  const foreign = references(text).filter((name) => name !== "version");
  const seeds = foreign.map((name) => wrong(kind, `\${version} as the only reference`, `\${${name}}`));
  if (max !== undefined && !unit[kind].fits(max)) seeds.push(wrong("max", unit[kind].words));
  if (kind === "prometheus" && !isBounded(check))
    seeds.push(wrong("prometheus", "is, min or max beside the query", "a query that nothing judges"));
  if (kind === "probe" && !/^(\/|https?:\/\/)\S*$/.test(probe))
    seeds.push(wrong("probe", "a path that begins with /, or a URL"));
  if (url !== undefined && !/^https?:\/\/\S+$/.test(url))
    seeds.push(wrong("url", "a URL with http or https"));
  const open = [url, probe].some((one) => one !== undefined && holdsPassword(one));
  if (open) seeds.push(wrong(kind, "a URL without a password; token takes one by reference", "a password"));
  return seeds;
}

const percentage = {
  words: "a percentage such as 1%, at most 100%",
  fits: (max: string | number): boolean =>
    typeof max === "string" && percentPattern.test(max) && Number.parseFloat(max) <= 100,
};
const time = {
  words: "a duration such as 100ms",
  fits: (max: string | number): boolean => typeof max === "string" && durationPattern.test(max),
};
const number = { words: "a number", fits: (max: string | number): boolean => typeof max === "number" };

const unit: Record<Kind, typeof number> = {
  errors: percentage,
  p95: time,
  prometheus: number,
  probe: number,
  command: number,
};

/** No hold ends before its checks can have come to a verdict. */
export const holdsLeaveTimeToMeasure: Rule = (written, config) =>
  Object.values(config.environments).flatMap(({ name, strategy, analysis }): Seed[] => {
    if (strategy.kind !== "canary") return [];
    const late = strategy.steps.flatMap((step) =>
      step.kind === "hold"
        ? [...analysis, ...step.analysis].filter((check) => timeOf(check) > step.limitMs)
        : [],
    );
    const [first] = late;
    if (first === undefined) return [];
    const own = written.environments?.[name]?.strategy !== undefined;
    return [
      {
        path: ["environments", name, own ? "strategy" : "extends"],
        at: "value",
        got: `a hold that ends before ${first.name} can be judged`,
        expected: `a limit of at least ${timeOf(first)}ms, the time that ${first.name} needs`,
        remedy: "Raise the hold or its limit, or shorten for or interval of the check.",
      },
    ];
  });

/** The least time (ms) in which a check can be successful. */
const timeOf = ({ forMs, intervalMs, consecutiveSuccessLimit }: AnalysisCheck): number =>
  forMs + intervalMs * consecutiveSuccessLimit;
