import type { Wanted } from "../executors/dagger/context.ts";
import { makePlan } from "../plan/plan-for.ts";
import { planView } from "../report/plan-view.ts";
import { contextOf, type Door, open, orThrow } from "./door.ts";

/** What would run, and why: in words, or as the plan's versioned JSON. */
export async function showPlan(door: Door, wanted: Wanted, json: boolean): Promise<string> {
  const opened = await open(door);
  const plan = orThrow(makePlan(opened.config, await contextOf(opened, wanted, false)));
  return json ? JSON.stringify(plan, null, 2) : planView(plan).join("\n");
}
