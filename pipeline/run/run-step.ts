import type { Failure } from "../failure.ts";
import type { HermeticStep, Step } from "../plan/plan.ts";
import type { Result } from "../result.ts";
import type { RolloutFact, StepResult } from "./event.ts";
import type { EffectDone, Effects, Executor, RunFacts, StepOptions, StepOutcome } from "./executor.ts";
import { hidden } from "./hidden.ts";
import type { Judge, Judgement } from "./judge.ts";
import { createLog } from "./log.ts";

/** Who does the steps, and what they have found so far; `facts` is filled as steps pass. */
export type Hands = { executor: Executor; effects: Effects; judge: Judge; facts: RunFacts };

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
  { executor, effects, judge, facts }: Hands,
  options: StepOptions,
  fact: (fact: RolloutFact) => void,
): Promise<StepResult> {
  switch (step.kind) {
    case "hermetic": {
      const log = createLog(options);
      const outcome = await executor.run(step, { ...options, output: log.output });
      if (outcome.ok) facts.keys[step.id] = outcome.key;
      const judgement = await judge(step, {
        failure: outcome.ok ? null : outcome.failure,
        log: log.text(),
        read: (path) => executor.read(step, path),
      });
      return judged(step, outcome, hidden(judgement, executor.hide));
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

/** What the judge says decides; a step that could not be done says it itself. */
function judged(
  step: HermeticStep,
  outcome: StepOutcome,
  { evidence, failure, notes }: Judgement,
): StepResult {
  const more = evidence === null ? {} : { evidence };
  if (failure !== null) return { outcome: "failed", failure, ...more };
  const own = outcome.ok ? outcome.notes : [`${step.id} did not end well, which the config accepts`];
  return {
    outcome: "passed",
    cached: outcome.ok && outcome.cached,
    notes: [...own, ...notes],
    ...more,
  };
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
