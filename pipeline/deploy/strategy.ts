import type { Strategy } from "../config/config.ts";

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
  /** Analysis at a weight: at least `holdMs` and `samples`, at most `limitMs`. */
  | { kind: "hold"; weight: number; holdMs: number; samples: number; limitMs: number }
  /** The candidate has all traffic and is watched; stable still runs. */
  | { kind: "watch"; watchMs: number }
  | { kind: "drain"; release: Role }
  | { kind: "stop"; release: Role }
  /** From here on this release is what a restart or a dead engine leaves serving. */
  | { kind: "commit"; release: Role };

/** What a way depends on beside the strategy. */
export type Circumstances = {
  cause: "deploy" | "rollback";
  /** Something else than the candidate serves now. */
  stable: boolean;
  /** How much of the candidate is there already: nothing, its files, or running (warm). */
  candidate: "new" | "placed" | "running";
  migration: boolean;
  smoke: boolean;
  /** Components of the candidate in the order of their start. */
  waves: string[][];
  watchMs: number;
};

/**
 * The way forward. The migration runs after `place` (it is the new code's) and before `start` (the new code may
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
    ...(strategy.kind === "canary" && given.stable && deploy ? canary(strategy) : []),
    { kind: "shift", weight: 100 },
    ...(deploy && given.watchMs > 0 ? [{ kind: "watch", watchMs: given.watchMs } as const] : []),
    { kind: "commit", release: "candidate" },
  ];
}

/** Starts each wave once the one before it is ready. */
export const startInOrder = (release: Role, waves: string[][]): RolloutStep[] =>
  waves.flatMap((components): RolloutStep[] => [
    { kind: "start", release, components },
    { kind: "ready", release, components, quick: false },
  ]);

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
      return `hold ${step.weight} %`;
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

const canary = (strategy: Extract<Strategy, { kind: "canary" }>): RolloutStep[] =>
  strategy.weights
    .filter((weight) => weight > 0 && weight < 100)
    .flatMap((weight): RolloutStep[] => [
      { kind: "shift", weight },
      {
        kind: "hold",
        weight,
        holdMs: strategy.holdMs,
        samples: strategy.samples,
        limitMs: Math.max(strategy.limitMs, strategy.holdMs),
      },
    ]);
