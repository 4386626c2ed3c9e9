import { makePlan } from "../plan/plan-for.ts";
import type { Settings } from "./settings.ts";
import { readSubject } from "./subject.ts";

/** Draws the plan of this context, or prints it as JSON. Loads as little as it can: it is typed often. */
export async function showPlan(settings: Settings): Promise<number> {
  const subject = await readSubject(settings);
  const plan = subject.ok ? makePlan(subject.value.config, subject.value.context) : subject;
  if (!plan.ok) return (await import("./terminal.ts")).tellFailure(plan.failure);
  if (settings.json) {
    process.stdout.write(`${JSON.stringify(plan.value, null, 2)}\n`);
    return 0;
  }
  const { planView } = await import("../report/plan-view.ts");
  process.stdout.write(`${planView(plan.value).join("\n")}\n`);
  return 0;
}
