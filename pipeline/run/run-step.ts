import type { Failure } from "../failure.ts";
import type { Step } from "../plan/plan.ts";
import type { Result } from "../result.ts";
import type { RolloutFact, StepResult } from "./event.ts";
import type { EffectDone, Effects, Executor, RunFacts, StepOptions } from "./executor.ts";

/** Who does the steps, and what they have found so far; `facts` is filled as steps pass. */
export type Hands = { executor: Executor; effects: Effects; facts: RunFacts };

/** Does one step of any kind. It never rejects: what is thrown is a bug, caught here once. */
export async function runStep(
  step: Step,
  hands: Hands,
  options: StepOptions,
  fact: (fact: RolloutFact) => void,
): Promise<StepResult> {
  try {
    const result = await dispatch(step, hands, options, fact);
    return options.signal.aborted && isStopped(step, result) ? { outcome: "interrupted" } : result;
  } catch (error) {
    return { outcome: "failed", failure: bugOf(error) };
  }
}

/** What was thrown, as the failure of a bug. */
export const bugOf = (error: unknown): Failure =>
  error instanceof Error
    ? { kind: "bug", message: error.message, stack: error.stack ?? "" }
    : { kind: "bug", message: String(error), stack: "" };

async function dispatch(
  step: Step,
  { executor, effects, facts }: Hands,
  options: StepOptions,
  fact: (fact: RolloutFact) => void,
): Promise<StepResult> {
  switch (step.kind) {
    case "hermetic": {
      const outcome = await executor.run(step, options);
      if (!outcome.ok) return { outcome: "failed", failure: outcome.failure };
      facts.keys[step.id] = outcome.key;
      return { outcome: "passed", cached: outcome.cached, notes: outcome.notes };
    }
    case "image": {
      const made = await effects.image(step.image, facts, options);
      if (!made.ok) return { outcome: "failed", failure: made.failure };
      const { digest, built, notes } = made.value;
      facts.digests[step.image] = digest;
      return { outcome: "passed", cached: !built, notes, digests: { [step.image]: digest } };
    }
    case "approval":
      return effectResult(await effects.approval(step.environment, facts, options));
    case "rollout":
      return effectResult(await effects.rollout(step.environment, facts, { ...options, fact }));
    case "rollback":
      return effectResult(await effects.rollback(step.environment, step.to, { ...options, fact }));
  }
}

function effectResult(done: Result<EffectDone>): StepResult {
  if (!done.ok) return { outcome: "failed", failure: done.failure };
  const { skipped, notes, url } = done.value;
  if (skipped !== null) return { outcome: "skipped", reason: skipped };
  return { outcome: "passed", cached: false, notes, ...(url === undefined ? {} : { url }) };
}

/** After a signal a hermetic step just stopped; an effect's own words count, e.g. that it could not go back. */
const isStopped = (step: Step, result: StepResult): boolean =>
  result.outcome === "failed" && (step.kind === "hermetic" || result.failure.kind === "interrupted");
