import type { Client, Directory, GitRepository, Secret } from "@dagger.io/dagger";
import { defaultFile } from "../config/load.ts";
import { readConfig } from "../executors/dagger/configuration.ts";
import { readContext, type Wanted } from "../executors/dagger/context.ts";
import { daggerExecutor } from "../executors/dagger/executor.ts";
import { belongs } from "../executors/dagger/history.ts";
import { root as mountPoint } from "../executors/dagger/mapping.ts";
import { createJudge } from "../findings/judge.ts";
import { systemClock } from "../io/clock.ts";
import type { Plan } from "../plan/plan.ts";
import { makePlan } from "../plan/plan-for.ts";
import { createConsole } from "../report/console/console.ts";
import { explainLines } from "../report/failure.ts";
import type { Result } from "../result.ts";
import type { Effects } from "../run/executor.ts";
import { run } from "../run/loop.ts";

/** What all functions are about: the constructor's arguments, in a session. */
export type Checkout = { client: Client; source: Directory; git: GitRepository };

/** The plan of a checkout: of all stages, or of the asked ones and what they need. Failures are thrown in words. */
export async function planOf(checkout: Checkout, wanted: Wanted, asked: string[] = []): Promise<Plan> {
  const { client, source, git } = checkout;
  const config = orThrow(await readConfig(source, defaultFile));
  orThrow(await belongs(config.app, defaultFile, git));
  const context = orThrow(await readContext(client, git, wanted));
  return orThrow(makePlan(config, context, asked));
}

/** Runs the asked stages in this session and gives the report as text; throws it where one of them failed. */
export async function runStages(
  checkout: Checkout,
  asked: string[],
  secrets: Record<string, Secret>,
): Promise<string> {
  const plan = await planOf(checkout, {}, asked);
  const id = crypto.randomUUID();
  const { app, context } = plan;
  const executor = daggerExecutor({
    ...checkout,
    checkout: null,
    app,
    version: context.version,
    secrets,
    fresh: id,
    // The session is the function call's.
    end: () => Promise.resolve(),
  });
  const written: string[] = [];
  const { listener } = createConsole({
    interactive: false,
    colour: false,
    columns: () => Number.POSITIVE_INFINITY,
    rows: () => Number.POSITIVE_INFINITY,
    now: systemClock.now,
    tick: () => () => undefined,
    stages: plan.stages,
    write: (text) => written.push(text),
  });
  const done = await run({
    run: id,
    plan,
    executor,
    effects: noEffects,
    judge: createJudge({
      today: new Date(systemClock.now()).toISOString().slice(0, 10),
      root: mountPoint,
      base: {},
    }),
    clock: systemClock,
    // Dagger shows all output itself, and a failed step's last lines are told with its failure.
    listener: (event) => event.kind !== "step-output" && listener(event),
    signal: new AbortController().signal,
    // How much goes on at a time is the engine's affair.
    lanes: Number.POSITIVE_INFINITY,
  });
  const report = written.join("");
  if (done.exitCode !== 0) throw new Error(report);
  return report;
}

/** Only a function's message reaches the caller, so a failure is thrown as its words. */
function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(explainLines(result.failure).join("\n"));
  return result.value;
}

const never = (): never => {
  throw new Error("a stage of checks has no step with an effect");
};

const noEffects: Effects = { image: never, approval: never, rollout: never, rollback: never };
