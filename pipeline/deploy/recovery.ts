import { isThereItself, type Party, serves } from "./party.ts";
import type { Rollout } from "./state.ts";
import { type RolloutStep, startInOrder } from "./strategy.ts";
import type { Observation } from "./target.ts";

/**
 * The way back, by what is seen; where nothing can be seen (`seen` null), by what the rollout did.
 * - No traffic moved: stop the candidate.
 * - Traffic moved: all of it to stable first, then drain and stop the candidate.
 * - Stable is dead and the candidate runs: the candidate serves all while stable is started again.
 * - Recreate with stable stopped: stop the candidate, start stable, ready, then traffic (never both at once).
 * - Only the commit failed and stable is down: traffic stays on the candidate, and it is committed again (B32).
 * - The candidate is the live release itself (a repair): there is nothing else to go to; traffic stays.
 * - No stable: nothing is served any more, as before.
 */
export function recovery(rollout: Rollout, seen: Observation | null): RolloutStep[] {
  const { candidate, stable } = rollout;
  if (stable?.release === candidate.release) return [];
  if (staysOn(rollout, seen)) return [{ kind: "commit", release: "candidate" }];
  const weights = seen?.weights ?? believedWeights(rollout);
  const served = (weights[candidate.release] ?? 0) > 0;
  const clear = clearCandidate(rollout, seen, served);
  if (!stable) return [...(served ? [nothing] : []), ...clear];
  const home: RolloutStep[] = weights[stable.release] === 100 ? [] : [{ kind: "shift", weight: 0 }];
  // A commit whose answer was lost: the target must not bring the candidate back by itself.
  const live: RolloutStep[] = seen?.live === candidate.release ? [{ kind: "commit", release: "stable" }] : [];
  if (stableRuns(rollout, seen, stable)) return [...live, ...home, ...clear];
  const revive = startInOrder("stable", stable.waves);
  if (rollout.strategy === "recreate") {
    return [...live, ...(served ? [nothing] : []), ...clear, ...revive, { kind: "shift", weight: 0 }];
  }
  const bridge: RolloutStep[] =
    seen && served && serves(seen, candidate) && weights[candidate.release] !== 100
      ? [{ kind: "shift", weight: 100 }]
      : [];
  return [...live, ...bridge, ...revive, { kind: "shift", weight: 0 }, ...clear];
}

/** A way back that does not lead back: it makes the candidate live after all. */
export const arrives = (back: RolloutStep[]): boolean =>
  back.some((step) => step.kind === "commit" && step.release === "candidate");

/**
 * Nothing but the commit failed, so that the candidate has passed all that was asked of it, and it is the only copy
 * that serves. An abort comes before the commit and is honoured (B31).
 */
function staysOn(rollout: Rollout, seen: Observation | null): boolean {
  const { candidate, stable, failure } = rollout;
  const asked = failure?.kind === "aborted" || failure?.kind === "interrupted";
  if (rollout.way[rollout.done]?.kind !== "commit" || asked) return false;
  if (!stable || stableRuns(rollout, seen, stable)) return false;
  return seen === null || (seen.weights[candidate.release] === 100 && serves(seen, candidate));
}

const nothing: RolloutStep = { kind: "shift", weight: null };

/** Drained where it had traffic; stopped unless it was never started. */
function clearCandidate(rollout: Rollout, seen: Observation | null, served: boolean): RolloutStep[] {
  const components = Object.values(seen?.releases[rollout.candidate.release]?.components ?? {});
  const there = seen
    ? components.some(isThereItself)
    : attempted(rollout).some((step) => step.kind === "start");
  const drain: RolloutStep[] = served ? [{ kind: "drain", release: "candidate" }] : [];
  return there || served ? [...drain, { kind: "stop", release: "candidate" }] : [];
}

function stableRuns(rollout: Rollout, seen: Observation | null, stable: Party): boolean {
  const stopping = attempted(rollout).some((step) => step.kind === "stop" && step.release === "stable");
  if (!seen) return !stopping;
  // What it shares with the candidate may serve while the rest of it was stopped.
  const rest = Object.values(seen.releases[stable.release]?.components ?? {});
  return serves(seen, stable) && !(stopping && rest.some(({ state }) => state === "stopped"));
}

/** Steps forward that are done or may have happened. */
const attempted = (rollout: Rollout): RolloutStep[] => rollout.way.slice(0, rollout.done + 1);

/** A shift that may have happened counts as one that did: sending traffic home twice does no harm. */
function believedWeights(rollout: Rollout): Record<string, number> {
  const { candidate, stable } = rollout;
  const moved = attempted(rollout).some((step) => step.kind === "shift");
  if (moved) return { [candidate.release]: 1 };
  return stable ? { [stable.release]: 100 } : {};
}
