import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { HermeticStep } from "../../plan/plan.ts";

/** A signal that comes after `ms`, unless `end` was called before; never for null. */
export function timeLimit(clock: Clock, ms: number | null): { signal: AbortSignal; end(): void } {
  const over = new AbortController();
  const ended = new AbortController();
  if (ms !== null)
    void clock.sleep(ms, ended.signal).then(() => {
      if (!ended.signal.aborted) over.abort();
    });
  return { signal: over.signal, end: () => ended.abort() };
}

/** The time limit is the step's whole: what its components say while they start is all that there is to show. */
export const tooLate = (step: HermeticStep, failure: Failure): Failure => ({
  kind: "step-timeout",
  step: step.id,
  limitMs: step.timeoutMs,
  tail: failure.kind === "component-failed" ? failure.log : [],
});
