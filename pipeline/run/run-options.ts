import type { Clock } from "../io/clock.ts";
import type { Plan } from "../plan/plan.ts";
import type { Listener } from "./event.ts";
import type { Effects, Executor } from "./executor.ts";
import type { Judge } from "./judge.ts";

/** What a run is given; nothing else is reached for. */
export type RunOptions = {
  /** Unique id of the run. */
  run: string;
  plan: Plan;
  executor: Executor;
  effects: Effects;
  /** What is to be thought of a step by what it wrote. */
  judge: Judge;
  clock: Clock;
  listener: Listener;
  /** Ends the run; its reason may be the name of the signal. */
  signal: AbortSignal;
  /** Hermetic steps at the same time, at least 1. Steps with effects are not counted. */
  lanes: number;
};
