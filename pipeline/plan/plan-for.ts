import type { Config, Environment } from "../config/config.ts";
import type { Context } from "../context/context.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { approvalId } from "../stages/approval.ts";
import { buildId, buildSteps } from "../stages/build.ts";
import { imageStep } from "../stages/image.ts";
import { rollback } from "../stages/rollback.ts";
import { setupSteps, toolchainParts } from "../stages/toolchains.ts";
import { assemble, duesOf } from "./assemble.ts";
import { closure, topological } from "./graph.ts";
import { leaveOut } from "./passed.ts";
import { placeShared } from "./place.ts";
import { type HermeticStep, type Plan, planFormat, type Stage } from "./plan.ts";
import { select, unknownName } from "./select.ts";

/**
 * What will be done in this context: all stages in order, due or not, with the reason. With `asked` only those
 * stages and what they need; a local run reaches an environment only so. `passed` are stages that ran already. Fails on
 * an unknown stage, on a cycle of promotions, and on an environment that is named like another stage.
 */
export function makePlan(
  config: Config,
  context: Context,
  asked: string[] = [],
  passed: string[] = [],
): Result<Plan> {
  const clash = nameClash(config);
  if (clash !== null) return fail(clash);
  const stages = topological(assemble(config, context, duesOf(config, context, asked)));
  if (!stages.ok) return stages;
  const left = leaveOut(stages.value, passed);
  if (!left.ok) return left;
  const plan = planOf(config, context, placeShared(left.value, sharedSteps(config)));
  return asked.length === 0 ? ok(plan) : select(plan, asked);
}

/** One rollout of an existing version to one environment, with its approval and without checks or images. */
export function deployPlan(config: Config, context: Context, environment: string): Result<Plan> {
  const found = environmentOf(config, environment);
  if (!found.ok) return found;
  const due = new Map([[environment, { due: true, reason: "asked for by bellwether deploy" }]]);
  const wanted = [environment, ...(found.value.approval === null ? [] : [approvalId(environment)])];
  const stages = assemble(config, context, due)
    .filter((stage) => wanted.includes(stage.id))
    .map((stage) => ({ ...stage, needs: stage.needs.filter((id) => wanted.includes(id)) }));
  return ok(planOf(config, context, stages));
}

/**
 * The images and what they are made of, whatever this context ships and without checks: to build one by hand. `only`
 * names one of them, null: all.
 */
export function imagePlan(config: Config, context: Context, only: string | null): Result<Plan> {
  const known = Object.keys(config.images);
  if (only !== null && !known.includes(only)) return fail(unknownName("image", only, known));
  const wanted = only === null ? known : [only];
  const stage: Stage = {
    id: "image",
    title: "Images",
    needs: [],
    due: wanted.length > 0,
    reason: wanted.length > 0 ? "asked for" : "not configured",
    steps: wanted.map((name) => imageStep(config, name)),
  };
  return ok(planOf(config, context, placeShared([stage], sharedSteps(config))));
}

/** What a component needs before it can run from the checkout: its set-ups and its build. */
export function componentPlan(config: Config, context: Context, name: string): Result<Plan> {
  const component = config.components[name];
  if (component === undefined) return fail(unknownName("component", name, Object.keys(config.components)));
  const shared = sharedSteps(config);
  const needed = closure(shared, [buildId(name), ...toolchainParts(config, component.toolchains).needs]);
  const steps = shared.filter(({ id }) => needed.has(id));
  const reason = `${name} needs it`;
  return ok(
    planOf(config, context, [{ id: "service", title: "Service", needs: [], due: true, reason, steps }]),
  );
}

/** Back to the release that completed before the live one (`to` null), or to a named one. */
export function rollbackPlan(
  config: Config,
  context: Context,
  environment: string,
  to: string | null,
): Result<Plan> {
  const found = environmentOf(config, environment);
  return found.ok ? ok(planOf(config, context, [rollback(environment, to)])) : found;
}

function environmentOf(config: Config, name: string): Result<Environment> {
  const found = config.environments[name];
  return found === undefined
    ? fail(unknownName("environment", name, Object.keys(config.environments)))
    : ok(found);
}

const sharedSteps = (config: Config): HermeticStep[] => [...setupSteps(config), ...buildSteps(config)];

const planOf = (config: Config, context: Context, stages: Stage[]): Plan => ({
  format: planFormat,
  app: config.app,
  config: { file: config.file, digest: config.digest },
  context,
  stages,
});

const reserved = ["lint", "security-scan", "unit-test", "integration-test", "image", "rollback"];

function nameClash(config: Config): Failure | null {
  const name = Object.keys(config.environments).find(
    (each) => reserved.includes(each) || /^approval(-|$)/.test(each),
  );
  if (name === undefined) return null;
  return {
    kind: "usage",
    got: `an environment called ${name} in ${config.file}`,
    expected: `a name that is no stage's: not approval, approval-… or one of ${reserved.join(", ")}`,
    remedy: `Rename the environment ${name}.`,
  };
}
