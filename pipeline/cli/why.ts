import { closure, topological } from "../plan/graph.ts";
import type { HermeticStep, Plan } from "../plan/plan.ts";
import { makePlan } from "../plan/plan-for.ts";
import { unknownName } from "../plan/select.ts";
import { whyLines } from "../report/why-view.ts";
import { fail, ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { openHost } from "./executor.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** Says whether a step of this context's plan would run now, what its key is made of, and what changed. */
export function why(settings: Settings, name: string): Promise<number> {
  return atDesk(settings, async ({ subject, desk }) => {
    if (settings.executor !== "host")
      return fail({
        kind: "usage",
        got: "why with --executor dagger",
        expected: "the host executor: a container's cache is kept by the engine",
        remedy: "Leave --executor out.",
      });
    const plan = makePlan(subject.config, subject.context);
    if (!plan.ok) return plan;
    const steps = neededFor(plan.value, name);
    if (!steps.ok) return steps;
    const executor = openHost(settings, subject.config, desk);
    try {
      await executor.supports(plan.value, []);
      const known = await executor.why(steps.value);
      if (!known.ok) return known;
      if (settings.json) answer(known.value);
      else say(false, whyLines(known.value));
      return ok(0);
    } finally {
      await executor.close();
    }
  });
}

/** The step with all that it needs, itself last. */
function neededFor(plan: Plan, name: string): Result<HermeticStep[]> {
  const steps = plan.stages.flatMap((stage) => stage.steps).filter((step) => step.kind === "hermetic");
  if (!steps.some(({ id }) => id === name))
    return fail(
      unknownName(
        "step",
        name,
        steps.map(({ id }) => id),
      ),
    );
  const wanted = closure(steps, [name]);
  return topological(steps.filter(({ id }) => wanted.has(id)));
}
