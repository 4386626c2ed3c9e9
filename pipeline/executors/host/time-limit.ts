import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { HermeticStep } from "../../plan/plan.ts";

/** The signal, joined by a limit of `ms` until `end` is called; null: none. */
export function timeLimit(
  clock: Clock,
  ms: number | null,
  signal: AbortSignal,
): { signal: AbortSignal; isOver(): boolean; end(): void } {
  if (ms === null) return { signal, isOver: () => false, end: () => {} };
  const over = new AbortController();
  const ended = new AbortController();
  void clock.sleep(ms, ended.signal).then(() => {
    if (!ended.signal.aborted) over.abort("over");
  });
  return {
    signal: AbortSignal.any([signal, over.signal]),
    isOver: () => over.signal.aborted,
    end: () => ended.abort("ended"),
  };
}

/** The time limit is the step's whole: what its components say while they start is all that there is to show. */
export const tooLate = (step: HermeticStep, failure: Failure): Failure => ({
  kind: "step-timeout",
  step: step.id,
  limitMs: step.timeoutMs,
  tail: failure.kind === "component-failed" ? failure.log : [],
});
