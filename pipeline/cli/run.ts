import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "../context/context.ts";
import { expectedDigests } from "../context/digests.ts";
import { readRepository } from "../context/git.ts";
import { requireRunnable } from "../context/runnable.ts";
import { breakGlassReason } from "../deploy/break-glass.ts";
import type { Failure } from "../failure.ts";
import { isMissing } from "../io/files.ts";
import type { Plan } from "../plan/plan.ts";
import { makePlan } from "../plan/plan-for.ts";
import { fail, ok, type Result } from "../result.ts";
import { plainly } from "../run/manner.ts";
import { atDesk } from "./at-desk.ts";
import type { Settings } from "./settings.ts";
import type { Subject } from "./subject.ts";
import { tellFailure } from "./terminal.ts";

/** The options of `run`. */
export type RunOptions = { plan?: string; breakGlass?: string; passed?: string[]; digest?: string[] };

/** Runs what is due, the named stages, or a plan made before. */
export async function runStages(
  settings: Settings,
  stages: string[],
  { plan: planFile, breakGlass: glass, passed = [], digest = [] }: RunOptions,
): Promise<number> {
  const breakGlass = breakGlassReason(glass);
  if (!breakGlass.ok) return tellFailure(breakGlass.failure);
  const digests = expectedDigests(digest);
  if (!digests.ok) return tellFailure(digests.failure);
  // What performs it loads while git answers.
  const loading = import("./perform.ts");
  return atDesk(settings, async (at) => {
    const plan = await planOf(at.subject, stages, passed, planFile);
    if (!plan.ok) return plan;
    // With neither a ref nor a plan the context is that of what is checked out: git need not be asked again.
    const here = settings.ref === undefined && planFile === undefined;
    const runnable = await checkedOut(settings, plan.value.context, here);
    if (!runnable.ok) return runnable;
    const { perform } = await loading;
    return ok(
      await perform(at, plan.value, { ...plainly, breakGlass: breakGlass.value, digests: digests.value }),
    );
  });
}

async function planOf(
  { config, context }: Subject,
  stages: string[],
  passed: string[],
  file: string | undefined,
): Promise<Result<Plan>> {
  if (file === undefined) return makePlan(config, context, stages, passed);
  if (stages.length + passed.length > 0)
    return fail({
      kind: "usage",
      got: `the plan ${file} and the stages ${[...stages, ...passed].join(", ")}`,
      expected: "either a plan or names of stages",
      remedy: "Leave the stages out: the plan holds what will be done.",
    });
  const [text, { readPlan }] = await Promise.all([readText(file), import("../plan/plan-file.ts")]);
  return text.ok ? readPlan(file, text.value, config) : text;
}

async function readText(file: string): Promise<Result<string, Failure>> {
  try {
    return ok(await readFile(resolve(file), "utf8"));
  } catch (error) {
    const reason = isMissing(error) ? "there is no such file" : "it cannot be read";
    const remedy = "Make it with `bellwether plan --json`.";
    return fail({ kind: "file-corrupt", file, what: "plan", reason, remedy });
  }
}

/** A run works on the files that are checked out: the plan's commit must be HEAD. */
async function checkedOut({ root }: Settings, context: Context, here: boolean): Promise<Result<Context>> {
  if (here) return requireRunnable(context, { directory: root, head: context.sha });
  const repository = await readRepository(root, process.env);
  return repository.ok
    ? requireRunnable(context, { directory: root, head: repository.value.head })
    : repository;
}
