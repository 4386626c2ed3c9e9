import type { Failure } from "../failure.ts";
import type { Plan } from "../plan/plan.ts";
import type { Outcome } from "./event.ts";
import type { RunFacts } from "./executor.ts";
import type { RunOptions } from "./run-options.ts";
import { bugOf } from "./run-step.ts";
import { type RunExit, worstExit } from "./verdict.ts";
import { type Emit, isHermetic, walk } from "./walk.ts";

/** `exitCode` is the worst failure's (see `worstExit`). */
export type RunDone = { outcome: Outcome; exitCode: RunExit; failures: Failure[]; facts: RunFacts };

/** Walks the plan to its end and says so to the listener; closes the executor, whatever happened. */
export async function run(options: RunOptions): Promise<RunDone> {
  const { plan, executor, clock, signal } = options;
  const { app, context } = plan;
  const began = clock.now();
  const facts: RunFacts = { keys: {}, digests: {} };
  const failures: Failure[] = [];
  const emit = safeEmit(options, failures);
  emit({
    kind: "run-started",
    run: options.run,
    app,
    version: context.version,
    ref: context.ref,
    executor: executor.name,
  });
  let walked: Outcome = "failed";
  try {
    const refused = await refusals(options);
    failures.push(...refused);
    if (refused.length > 0) skipAll(plan, emit);
    else walked = await walk({ ...options, facts, failures, emit });
  } catch (error) {
    failures.push(bugOf(error));
  }
  await executor.close().catch((error: unknown) => failures.push(bugOf(error)));
  const interrupted = signal.aborted && walked !== "passed";
  if (interrupted) failures.push({ kind: "interrupted", by: signalName(signal) });
  const outcome = interrupted ? "interrupted" : failures.length > 0 ? "failed" : walked;
  const told = [...failures];
  emit({ kind: "run-finished", run: options.run, outcome, ms: clock.now() - began, failures: told });
  return { outcome, exitCode: worstExit(failures), failures, facts };
}

/** A listener that throws is one bug of the run, which goes on. */
function safeEmit({ listener, clock }: RunOptions, failures: Failure[]): Emit {
  let broken = false;
  return (fact) => {
    try {
      listener({ at: clock.now(), ...fact });
    } catch (error) {
      if (!broken) failures.push(bugOf(error));
      broken = true;
    }
  };
}

/** All that the executor cannot do of the due steps (B49), and all that the targets would not hold. */
async function refusals({ plan, executor, effects }: RunOptions): Promise<Failure[]> {
  const due = plan.stages.flatMap((stage) => (stage.due ? stage.steps : []));
  const steps = due.filter(isHermetic);
  const environments = due.flatMap((step) => (step.kind === "rollout" ? [step.environment] : []));
  return [
    ...(steps.length === 0 ? [] : await executor.supports(plan, steps)),
    ...(environments.length === 0 ? [] : ((await effects.supports?.(environments)) ?? [])),
  ];
}

function skipAll(plan: Plan, emit: Emit): void {
  for (const stage of plan.stages) {
    const reason = stage.due ? "refused before the first step" : stage.reason;
    emit({ kind: "stage-skipped", stage: stage.id, title: stage.title, reason });
  }
}

function signalName(signal: AbortSignal): "SIGINT" | "SIGTERM" | "SIGHUP" {
  const { reason } = signal;
  return reason === "SIGTERM" || reason === "SIGHUP" ? reason : "SIGINT";
}
