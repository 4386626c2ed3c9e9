import type { Strategy } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import { isRunning, type Party, partyOf, serves } from "./party.ts";
import { arrives, recovery } from "./recovery.ts";
import type { Release } from "./release.ts";
import type { Rollout } from "./state.ts";
import { type Circumstances, isPassedOver, type RolloutStep, steps } from "./strategy.ts";
import type { Observation } from "./target.ts";

/** What the engine found out about the step that `next` gave. */
export type RolloutEvent =
  | { kind: "done" }
  /** A person wants it in full: this step is left out. */
  | { kind: "passed-over" }
  /** `seen` is what the target showed after it; null where that could not be had. */
  | { kind: "failed"; failure: Failure; seen: Observation | null };

export type RolloutRequest = {
  id: string;
  cause: Rollout["cause"];
  environment: { name: string; strategy: Strategy; watchMs: number };
  candidate: Release;
  stable: Party | null;
  seen: Observation;
  /** The candidate is there, but not as it was placed: it is placed anew, and nothing of it counts as running. */
  altered?: boolean;
  /** Stable is broken and this mends it: nothing is compared, and a stable that is down takes no part (B33). */
  fix?: boolean;
};

/** A rollout that has not done anything yet. */
export function begin(request: RolloutRequest): Rollout {
  const { environment, seen, stable } = request;
  const candidate = partyOf(request.candidate);
  const repair = stable?.release === candidate.release;
  const given: Circumstances = {
    cause: request.cause,
    stable: stable !== null && !repair,
    beside: stable !== null && !repair && (!request.fix || serves(seen, stable)),
    candidate: request.altered ? "new" : foundOf(seen, candidate),
    // It completed before, so its schema is there already.
    migration: request.candidate.migration !== null && !repair,
    smoke: request.candidate.smoke.length > 0,
    waves: candidate.waves,
    watchMs: environment.watchMs,
  };
  return {
    format: 1,
    id: request.id,
    cause: request.cause,
    environment: environment.name,
    strategy: environment.strategy.kind,
    candidate,
    stable,
    compared: !request.fix,
    way: steps(environment.strategy, given),
    done: 0,
    back: null,
    backDone: 0,
    failure: null,
    recoveryFailure: null,
    outcome: null,
  };
}

function foundOf(seen: Observation, candidate: Party): Circumstances["candidate"] {
  if (isRunning(seen, candidate)) return "running";
  return seen.releases[candidate.release]?.placed ? "placed" : "new";
}

/** The step to do now, or null once it has an outcome. */
export function next(rollout: Rollout): RolloutStep | null {
  if (rollout.outcome) return null;
  return (rollout.back ? rollout.back[rollout.backDone] : rollout.way[rollout.done]) ?? null;
}

/** The rollout after the step that `next` gave. A first failure turns it round; one on the way back is kept. */
export function apply(rollout: Rollout, event: RolloutEvent): Rollout {
  const step = next(rollout);
  if (!step) return rollout;
  if (event.kind === "done") return advance(rollout);
  if (event.kind === "passed-over") return !rollout.back && isPassedOver(step) ? advance(rollout) : rollout;
  if (!rollout.back) {
    const failed = { ...rollout, failure: event.failure };
    return settle({ ...failed, back: recovery(failed, event.seen) });
  }
  const noted = { ...rollout, recoveryFailure: rollout.recoveryFailure ?? event.failure };
  // These are no reason to leave traffic where it is; all others are the ground that the next step stands on.
  if (step.kind === "commit" || step.kind === "drain" || step.kind === "stop") return advance(noted);
  return { ...noted, outcome: "recovery-failed" };
}

/** Traffic (%) by release that a weight of the candidate means. */
export function weightsAt(rollout: Rollout, weight: number | null): Record<string, number> {
  const { candidate, stable } = rollout;
  if (weight === null) return {};
  if (weight === 100 || stable?.release === candidate.release) return { [candidate.release]: 100 };
  if (!stable) return {};
  return weight === 0
    ? { [stable.release]: 100 }
    : { [stable.release]: 100 - weight, [candidate.release]: weight };
}

const advance = (rollout: Rollout): Rollout =>
  settle(
    rollout.back ? { ...rollout, backDone: rollout.backDone + 1 } : { ...rollout, done: rollout.done + 1 },
  );

function settle(rollout: Rollout): Rollout {
  if (next(rollout)) return rollout;
  if (!rollout.back) return { ...rollout, outcome: "completed" };
  if (rollout.recoveryFailure) return { ...rollout, outcome: "recovery-failed" };
  if (arrives(rollout.back)) return { ...rollout, outcome: "completed" };
  const asked = rollout.failure?.kind === "aborted" || rollout.failure?.kind === "interrupted";
  return { ...rollout, outcome: asked ? "aborted" : "returned" };
}
