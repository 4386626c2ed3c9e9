import type { Strategy } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import type { Party } from "./party.ts";
import type { RolloutStep } from "./strategy.ts";

export type RolloutOutcome = "completed" | "returned" | "aborted" | "recovery-failed";

/**
 * One rollout as a JSON value: the way forward, the way back once something failed, and how far it is on them.
 * `stable` is the release that it returns to; the candidate itself where the live release is being repaired.
 */
export type Rollout = {
  format: 1;
  id: string;
  cause: "deploy" | "rollback";
  environment: string;
  strategy: Strategy["kind"];
  candidate: Party;
  stable: Party | null;
  /** The candidate is judged beside stable; false: stable is broken itself (B33). */
  compared: boolean;
  way: RolloutStep[];
  done: number;
  /** Null while it goes forward. */
  back: RolloutStep[] | null;
  backDone: number;
  failure: Failure | null;
  recoveryFailure: Failure | null;
  outcome: RolloutOutcome | null;
};
