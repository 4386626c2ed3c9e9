import type { RolloutRecord } from "./history.ts";
import { type Party, serves } from "./party.ts";
import { recovery } from "./recovery.ts";
import type { Rollout } from "./state.ts";
import { type RolloutStep, startInOrder } from "./strategy.ts";
import type { Observation } from "./target.ts";

/**
 * A rollout whose engine ended without a word, as one that has only its way home left; what is observed is
 * believed, the journal explains it. Where it had committed, and no step of it had failed, its release is live
 * and stays: fully new. One that lacks nothing but its commit gets it where it alone serves (B32). Otherwise home is the release that served before: fully old.
 */
export function resume(record: RolloutRecord, seen: Observation, known: (release: string) => Party): Rollout {
  const candidate = known(record.release);
  const arrived = seen.live === record.release && !record.failed;
  const before = seen.live === record.release ? record.stable : seen.live;
  const home = arrived ? record.release : before;
  const lost: Rollout = {
    format: 1,
    id: record.rollout,
    cause: record.cause,
    environment: "",
    strategy: strategyOf(record.strategy),
    candidate,
    stable: home === null ? null : known(home),
    compared: true,
    way: record.commitTried && !record.failed ? [{ kind: "commit", release: "candidate" }] : [],
    done: 0,
    back: [],
    backDone: 0,
    failure: { kind: "target-failed", action: record.openStep ?? "rollout", reason: "its engine was lost" },
    recoveryFailure: null,
    outcome: null,
  };
  const back = arrived ? serveAgain(candidate, seen) : recovery(lost, seen);
  if (back.length > 0) return { ...lost, back };
  return { ...lost, outcome: "returned" };
}

/** The live release gets all traffic, and is started first where it does not run. */
function serveAgain(live: Party, seen: Observation): RolloutStep[] {
  if (!serves(seen, live)) {
    return [...startInOrder("candidate", live.waves), { kind: "shift", weight: 100 }];
  }
  return seen.weights[live.release] === 100 ? [] : [{ kind: "shift", weight: 100 }];
}

const strategyOf = (name: string): Rollout["strategy"] =>
  name === "recreate" || name === "rolling" || name === "canary" ? name : "blue-green";
