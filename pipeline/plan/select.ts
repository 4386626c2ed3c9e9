import { nearest } from "../config/nearest.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { closure } from "./graph.ts";
import { isShared, placeShared } from "./place.ts";
import { type HermeticStep, notAskedFor, type Plan, type Stage } from "./plan.ts";

/**
 * Narrows a plan to the named stages and what they need; the others stay listed, as not asked for. A named stage
 * that this context does not allow is refused, but for a check that is not configured: that one stays skipped.
 */
export function select(plan: Plan, names: string[]): Result<Plan> {
  const known = plan.stages.map((stage) => stage.id);
  for (const name of names) {
    const stage = plan.stages.find((each) => each.id === name);
    if (stage === undefined) return fail(unknownName("stage", name, known));
    if (!stage.due && stage.reason !== "not configured") return fail(notDue(stage));
  }
  const wanted = closure(plan.stages, names);
  const shared = plan.stages.flatMap((stage) => stage.steps.filter(isSharedStep));
  const stages = plan.stages.map((stage) => (wanted.has(stage.id) ? ownSteps(stage) : notAsked(stage)));
  return ok({ ...plan, stages: placeShared(stages, shared) });
}

/** The failure of a name that nobody knows, with the one that was probably meant. */
export const unknownName = (what: string, name: string, known: string[]): Failure => ({
  kind: "unknown-name",
  what,
  name,
  known,
  nearest: nearest(name, known),
});

const notDue = (stage: Stage): Failure => ({
  kind: "usage",
  got: `the stage ${stage.id}, which is not due: ${stage.reason}`,
  expected: "stages that are due in this context",
  remedy: "Run `bellwether plan` to see which stages are due and why, or give another --event or --ref.",
});

const isSharedStep = (step: Stage["steps"][number]): step is HermeticStep =>
  step.kind === "hermetic" && isShared(step.id);

const ownSteps = (stage: Stage): Stage => ({
  ...stage,
  steps: stage.steps.filter((step) => !isSharedStep(step)),
});

const notAsked = (stage: Stage): Stage => ({
  ...stage,
  due: false,
  reason: stage.due ? notAskedFor : stage.reason,
  steps: [],
});
