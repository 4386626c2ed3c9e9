import { loadConfig } from "../config/load.ts";
import type { Context } from "../context/context.ts";
import { readContext } from "../context/git.ts";
import type { Variables } from "../context/git-process.ts";
import { systemClock } from "../io/clock.ts";
import manifest from "../package.json" with { type: "json" };
import { makePlan } from "../plan/plan-for.ts";
import { ok, type Result } from "../result.ts";
import type { Trigger } from "./trigger.ts";

/** What the plan says about an event: the version that it ships, and the stages that are due, by id. */
export type Due = { version: string; stages: string[] };

/**
 * Asks the plan which jobs have something to do: the same rules that the calls in them go by. A rollback has a plan of
 * its own, and what there is nothing to do for has no stages.
 */
export async function dueFor(variables: Variables, trigger: Trigger): Promise<Result<Due>> {
  if (trigger.nothing !== null || trigger.rollback !== null) return ok({ version: "", stages: [] });
  const directory = variables.GITHUB_WORKSPACE ?? process.cwd();
  const file = variables.BELLWETHER_CONFIG;
  const config = await loadConfig({
    ...{ directory, state: null, tool: manifest.version },
    ...(file ? { file } : {}),
  });
  if (!config.ok) return config;
  const context = await contextOf(directory, variables, trigger);
  if (!context.ok) return context;
  const plan = makePlan(config.value, context.value);
  if (!plan.ok) return plan;
  const stages = plan.value.stages.filter(({ due }) => due).map(({ id }) => id);
  return ok({ version: context.value.version, stages });
}

/** A change is only checked, so git need not know what it would be merged to. */
async function contextOf(
  directory: string,
  variables: Variables,
  { event, ref, tag, head, actor }: Trigger,
): Promise<Result<Context>> {
  if (event === "pull_request")
    return ok({
      ...{ event, ref: ref ?? "", branch: null, tag: null, sha: head, committedAt: 0 },
      ...{ dirty: false, actor, time: systemClock.now(), version: "" },
    });
  return readContext({
    ...{ directory, event, actor, clock: systemClock, environment: variables },
    ref: tag === null ? (ref ?? "HEAD") : `refs/tags/${tag}`,
  });
}
