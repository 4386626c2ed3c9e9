import semver from "semver";
import type { Context } from "../context/context.ts";
import { commitOf } from "../context/git-commits.ts";
import type { Plan } from "../plan/plan.ts";
import { deployPlan, rollbackPlan } from "../plan/plan-for.ts";
import type { Result } from "../result.ts";
import { breakGlassReason } from "./break-glass.ts";
import { openDesk } from "./desk.ts";
import { type Manner, plainly } from "./effects/work.ts";
import { perform } from "./perform.ts";
import type { Settings } from "./settings.ts";
import { readSubject, type Subject } from "./subject.ts";
import { tellFailure } from "./terminal.ts";

/** The options of `deploy`. */
export type DeployOptions = { breakGlass?: string; fix?: boolean; supersede?: boolean };

/** One rollout of a version whose images are there; by default the version of what is checked out. */
export async function deploy(
  settings: Settings,
  environment: string,
  version: string | null,
  options: DeployOptions = {},
): Promise<number> {
  const breakGlass = breakGlassReason(options.breakGlass);
  if (!breakGlass.ok) return tellFailure(breakGlass.failure);
  const { fix = false, supersede = false } = options;
  const make = async ({ config, context }: Subject) =>
    deployPlan(config, await contextOf(settings.root, context, version), environment);
  return performPlan(settings, make, { breakGlass: breakGlass.value, fix, supersede });
}

/** Back to the release that completed before the live one, or to a named one. */
export const rollback = (settings: Settings, environment: string, to: string | null): Promise<number> =>
  performPlan(settings, ({ config, context }) =>
    rollbackPlan(config, context, environment, to === null ? null : bare(to)),
  );

async function performPlan(
  settings: Settings,
  make: (subject: Subject) => Result<Plan> | Promise<Result<Plan>>,
  manner: Manner = plainly,
): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const plan = await make(subject.value);
  if (!plan.ok) return tellFailure(plan.failure);
  const desk = openDesk();
  try {
    return await perform(settings, subject.value, plan.value, desk, manner);
  } finally {
    await desk.close();
  }
}

/** People write v1.2.3 and 1.2.3 for the same version. */
export const bare = (version: string): string =>
  semver.valid(version) === null ? version : version.replace(/^v/, "");

/** The context of a version, null: of what is checked out. Its commit is the one that git knows it by, or null. */
export async function contextOf(root: string, context: Context, version: string | null): Promise<Context> {
  const wanted = version === null ? context.version : bare(version);
  if (wanted === context.version) return context;
  return { ...context, version: wanted, sha: await commitOf(root, wanted, process.env), committedAt: 0 };
}
