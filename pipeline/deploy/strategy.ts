import type { AnalysisCheck, CanaryStep, Strategy } from "../config/config.ts";
import { type AnalysisTerms, ownChecks } from "./analysis.ts";

/** Who a step is about: the release that comes, or the one that serves. */
export type Role = "candidate" | "stable";

/** One step of a rollout, forward or back: a JSON value, executed by the engine, explained by `stepName`. */
export type RolloutStep =
  | { kind: "place" }
  /** Runs the candidate's migration once, with its code and environment. */
  | { kind: "migrate" }
  | { kind: "start"; release: Role; components: string[] }
  /** `quick`: it ran and served before, one good answer is enough. */
  | { kind: "ready"; release: Role; components: string[]; quick: boolean }
  | { kind: "smoke" }
  /** The candidate's share in %, the rest is stable's; null: nothing is served. */
  | { kind: "shift"; weight: number | null }
  /** Analysis at a weight: at least `holdMs` and `samples`, at most `limitMs`; `checks` are of this hold alone. */
  | {
      kind: "hold";
      weight: number;
      holdMs: number;
      samples: number;
      limitMs: number;
      checks: AnalysisCheck[];
    }
  /** Waits for a person, and goes on judging meanwhile; fails after `pauseMs`. */
  | { kind: "pause"; weight: number; pauseMs: number; samples: number }
  /** Processes and errors are watched. At 100 the candidate has all traffic; stable still runs. */
  | { kind: "watch"; weight: number; watchMs: number }
  | { kind: "drain"; release: Role }
  | { kind: "stop"; release: Role }
  /** From here on this release is what a restart or a dead engine leaves serving. */
  | { kind: "commit"; release: Role };

/** What a way depends on beside the strategy. */
export type Circumstances = {
  cause: "deploy" | "rollback";
  /** Something else than the candidate serves now. */
  stable: boolean;
  /** It can serve the rest of the traffic while the candidate has a part of it. */
  beside: boolean;
  /** How much of the candidate is there already: nothing, its files, or running (warm). */
  candidate: "new" | "placed" | "running";
  migration: boolean;
  smoke: boolean;
  /** Components of the candidate in the order of their start. */
  waves: string[][];
  watchMs: number;
};

/**
 * The way forward. Rolling and canary move traffic step by step, where stable serves the rest. The migration runs after `place` (it is the new code's) and before `start` (the new code may
 * need the new schema), so that a failed one has touched no traffic. Recreate stops stable only then, and starts
 * the candidate after it: never both at once. A canary needs something to be compared with: the first release of
 * an environment goes straight to 100, as does a rollback, which neither migrates nor is watched (the release
 * completed before; going back to what was just left is not safer). `commit` comes last, after the watch: until
 * then stable is the live one, so that an abort, a failure or a dead engine end at stable.
 */
export function steps(strategy: Strategy, given: Circumstances): RolloutStep[] {
  const deploy = given.cause === "deploy";
  const warm = given.candidate === "running" && !deploy;
  return [
    ...(given.candidate === "new" || deploy ? [{ kind: "place" } as const] : []),
    ...(deploy && given.migration ? [{ kind: "migrate" } as const] : []),
    ...(strategy.kind === "recreate" && given.stable ? stopStable : []),
    ...(warm ? [stillReady(given.waves)] : startInOrder("candidate", given.waves)),
    ...(given.smoke && !warm ? [{ kind: "smoke" } as const] : []),
    ...(given.beside && deploy ? gradual(strategy) : []),
    { kind: "shift", weight: 100 },
    ...(deploy && given.watchMs > 0 ? [{ kind: "watch", weight: 100, watchMs: given.watchMs } as const] : []),
    { kind: "commit", release: "candidate" },
  ];
}

/** Starts each wave once the one before it is ready. */
export const startInOrder = (release: Role, waves: string[][]): RolloutStep[] =>
  waves.flatMap((components): RolloutStep[] => [
    { kind: "start", release, components },
    { kind: "ready", release, components, quick: false },
  ]);

/**
 * What a watch is judged by. Below 100 (rolling): errors alone. At 100 every check that needs no stable beside it;
 * those of the router can only fail, since there may be no traffic, the others must be successful (B25).
 */
export function watchTerms(
  analysis: AnalysisCheck[],
  { weight, watchMs }: { weight: number; watchMs: number },
): AnalysisTerms {
  const own = ownChecks(analysis);
  const checks = weight === 100 ? own : own.filter((check) => check.kind === "errors");
  const needed = checks.map((one) => one.forMs + one.intervalMs * one.consecutiveSuccessLimit);
  const limitMs = Math.max(5 * watchMs, 10_000, ...needed.map((ms) => 2 * ms));
  return { checks, samples: 1, holdMs: watchMs, limitMs, silent: true };
}

/** The name of a step in the journal, e.g. "shift 10 %", "start stable api". */
export function stepName(step: RolloutStep): string {
  const whose = "release" in step && step.release === "stable" ? " stable" : "";
  switch (step.kind) {
    case "start":
    case "ready":
      return `${step.kind}${whose} ${step.components.join(" ")}`;
    case "shift":
      return step.weight === null ? "shift nothing" : `shift ${step.weight} %`;
    case "hold":
    case "pause":
      return `${step.kind} ${step.weight} %`;
    case "watch":
      return step.weight === 100 ? "watch" : `watch ${step.weight} %`;
    default:
      return `${step.kind}${whose}`;
  }
}

const stopStable: RolloutStep[] = [
  { kind: "shift", weight: null },
  { kind: "drain", release: "stable" },
  { kind: "stop", release: "stable" },
];

const stillReady = (waves: string[][]): RolloutStep => ({
  kind: "ready",
  release: "candidate",
  components: waves.flat(),
  quick: true,
});

/** Whether "promote in full" leaves a step out: everything between the first shift and the last one. */
export const isPassedOver = (step: RolloutStep): boolean =>
  step.kind === "hold" ||
  step.kind === "pause" ||
  ((step.kind === "watch" || step.kind === "shift") && step.weight !== null && step.weight < 100);

function gradual(strategy: Strategy): RolloutStep[] {
  if (strategy.kind === "rolling") {
    return strategy.weights
      .filter((weight) => weight < 100)
      .flatMap((weight): RolloutStep[] => [
        { kind: "shift", weight },
        { kind: "watch", weight, watchMs: strategy.pauseMs },
      ]);
  }
  return strategy.kind === "canary" ? canary(strategy.steps) : [];
}

/** Holds and pauses are at the weight of the last step before them that has one. */
function canary(steps: CanaryStep[]): RolloutStep[] {
  let weight = 0;
  const way: RolloutStep[] = [];
  for (const step of steps) {
    if (step.kind === "weight") {
      weight = step.weight;
      if (weight < 100) way.push({ kind: "shift", weight });
    } else if (step.kind === "pause") {
      way.push({ ...step, weight });
    } else {
      const { kind, holdMs, samples, analysis: checks } = step;
      way.push({ kind, weight, holdMs, samples, limitMs: Math.max(step.limitMs, holdMs), checks });
    }
  }
  return way;
}
