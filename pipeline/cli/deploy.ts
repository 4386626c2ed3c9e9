import type { Context } from "../context/context.ts";
import { commitOf } from "../context/git-commits.ts";
import { bareVersion } from "../context/version.ts";
import { breakGlassReason, saidReason } from "../deploy/break-glass.ts";
import type { Plan } from "../plan/plan.ts";
import { deployPlan, rollbackPlan } from "../plan/plan-for.ts";
import { ok, type Result } from "../result.ts";
import { type Manner, plainly } from "../run/manner.ts";
import { atDesk } from "./at-desk.ts";
import { perform } from "./perform.ts";
import { approach } from "./reach/approach.ts";
import type { Settings } from "./settings.ts";
import type { Subject } from "./subject.ts";
import { tellFailure } from "./terminal.ts";

/** The options of `deploy`. */
export type DeployOptions = {
  breakGlass?: string;
  fix?: boolean;
  supersede?: boolean;
  /** Host that keeps the lease and the journal from now on. */
  leaseHost?: string;
};

export type RollbackOptions = { to?: string; reason?: string };

/** One rollout of a version whose images are there; by default the version of what is checked out. */
export async function deploy(
  settings: Settings,
  environment: string,
  version: string | null,
  options: DeployOptions = {},
): Promise<number> {
  const manner = mannerOf(options);
  if (!manner.ok) return tellFailure(manner.failure);
  if (options.leaseHost !== undefined) {
    const { moveLease } = await import("./lease-host.ts");
    const moved = await moveLease(settings, environment, options.leaseHost);
    if (!moved.ok) return tellFailure(moved.failure);
  }
  const make = async ({ config, context }: Subject) =>
    deployPlan(config, await contextOf(settings.root, context, version), environment);
  return performPlan(settings, environment, make, manner.value);
}

/** How it is shipped, by its options; a break-glass without a reason is refused. */
export function mannerOf({ breakGlass, fix = false, supersede = false }: DeployOptions): Result<Manner> {
  const reason = breakGlassReason(breakGlass);
  return reason.ok ? ok({ ...plainly, breakGlass: reason.value, fix, supersede }) : reason;
}

/** Back to the release that completed before the live one, or to a named one. */
export const rollback = (
  settings: Settings,
  environment: string,
  { to, reason }: RollbackOptions,
): Promise<number> =>
  performPlan(
    settings,
    environment,
    ({ config, context }) =>
      rollbackPlan(config, context, environment, to === undefined ? null : bareVersion(to)),
    { ...plainly, why: saidReason(reason) },
  );

const performPlan = (
  settings: Settings,
  environment: string,
  make: (subject: Subject) => Result<Plan> | Promise<Result<Plan>>,
  manner: Manner = plainly,
): Promise<number> =>
  atDesk(
    settings,
    async (at) => {
      const plan = await make(at.subject);
      return plan.ok ? ok(await perform(at, plan.value, manner)) : plan;
    },
    (config, desk) => void approach(config, environment, settings.root, desk),
  );

/** The context of a version, null: of what is checked out. Its commit is the one that git knows it by, or null. */
export async function contextOf(root: string, context: Context, version: string | null): Promise<Context> {
  const wanted = version === null ? context.version : bareVersion(version);
  if (wanted === context.version) return context;
  return { ...context, version: wanted, sha: await commitOf(root, wanted, process.env), committedAt: 0 };
}
