import semver from "semver";
import type { Context } from "../context/context.ts";
import type { Plan } from "../plan/plan.ts";
import { deployPlan, rollbackPlan } from "../plan/plan-for.ts";
import type { Result } from "../result.ts";
import { openDesk } from "./desk.ts";
import { perform } from "./perform.ts";
import type { Settings } from "./settings.ts";
import { readSubject, type Subject } from "./subject.ts";
import { tellFailure } from "./terminal.ts";

/** One rollout of a version whose images are there; by default the version of what is checked out. */
export const deploy = (settings: Settings, environment: string, version: string | null): Promise<number> =>
  performPlan(settings, ({ config, context }) =>
    deployPlan(config, version === null ? context : named(context, version), environment),
  );

/** Back to the release that completed before the live one, or to a named one. */
export const rollback = (settings: Settings, environment: string, to: string | null): Promise<number> =>
  performPlan(settings, ({ config, context }) =>
    rollbackPlan(config, context, environment, to === null ? null : bare(to)),
  );

async function performPlan(settings: Settings, make: (subject: Subject) => Result<Plan>): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const plan = make(subject.value);
  if (!plan.ok) return tellFailure(plan.failure);
  const desk = openDesk();
  try {
    return await perform(settings, subject.value, plan.value, desk);
  } finally {
    await desk.close();
  }
}

/** People write v1.2.3 and 1.2.3 for the same version. */
export const bare = (version: string): string =>
  semver.valid(version) === null ? version : version.replace(/^v/, "");

/** The context of another version than the checked-out one: which commit it was built from, its image says. */
function named(context: Context, version: string): Context {
  const wanted = bare(version);
  return wanted === context.version ? context : { ...context, version: wanted, sha: null, committedAt: 0 };
}
