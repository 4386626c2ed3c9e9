import type { Session } from "../executors/dagger/container.ts";
import { type DaggerExecutor, daggerExecutor } from "../executors/dagger/executor.ts";
import { root as mountPoint } from "../executors/dagger/mapping.ts";
import type { Change } from "../executors/dagger/own-step.ts";
import { createJudge } from "../findings/judge.ts";
import { systemClock } from "../io/clock.ts";
import type { Plan } from "../plan/plan.ts";
import { reportPaths } from "../plan/report-paths.ts";
import { createConsole } from "../report/console/console.ts";
import { addEvent, emptyReport } from "../report/fold.ts";
import { inOrder } from "../report/in-order.ts";
import type { Report } from "../report/report.ts";
import type { Effects } from "../run/executor.ts";
import { run } from "../run/loop.ts";

/** What a plan is performed with; without `effects` it has no step that needs them. */
export type Performance = {
  session: Session;
  change?: Change | null;
  effects?: (executor: DaggerExecutor) => Effects;
};

export type Performed = {
  report: Report;
  /** The report in words. */
  text: string;
  exitCode: number;
  executor: DaggerExecutor;
  /** Files that steps may have written as their reports, relative to the root. */
  reports: { step: string; path: string }[];
  /** What the steps printed that failed, by step, both streams. */
  output: Record<string, string[]>;
};

/** Walks the plan in one session: all that may go on at the same time does. */
export async function perform(
  plan: Plan,
  { session, change = null, effects }: Performance,
): Promise<Performed> {
  const id = crypto.randomUUID();
  const executor = daggerExecutor({
    ...session,
    checkout: null,
    app: plan.app,
    version: plan.context.version,
    fresh: id,
    change,
    // The session is the function call's.
    end: () => Promise.resolve(),
  });
  const report = emptyReport();
  const written: string[] = [];
  const output: Record<string, string[]> = {};
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
    effects: effects?.(executor) ?? noEffects,
    judge: createJudge({
      today: new Date(systemClock.now()).toISOString().slice(0, 10),
      root: mountPoint,
      exists: (path) => session.source.exists(path),
      base: {},
    }),
    clock: systemClock,
    listener: (event) => {
      addEvent(report, event);
      // Dagger shows all output itself, and a failed step's last lines are told with its failure.
      if (event.kind !== "step-output") listener(event);
      else output[event.step] = [...(output[event.step] ?? []), event.line];
    },
    signal: new AbortController().signal,
    // How much goes on at a time is the engine's affair.
    lanes: Number.POSITIVE_INFINITY,
  });
  report.stages = inOrder(report.stages, plan.stages);
  return {
    report,
    text: written.join(""),
    exitCode: done.exitCode,
    executor,
    output,
    reports: reportsOf(plan),
  };
}

const reportsOf = ({ stages }: Plan): Performed["reports"] =>
  stages.flatMap(({ due, steps }) =>
    (due ? steps : []).flatMap((step) => {
      const paths = step.kind === "hermetic" ? reportPaths(step) : [];
      return paths.map((path) => ({ step: step.id, path }));
    }),
  );

/** The words of what went well; what did not is thrown, because only a message reaches the caller. */
export function wordsOf({ text, exitCode }: Performed): string {
  if (exitCode !== 0) throw new Error(text);
  return text;
}

const never = (): never => {
  throw new Error("this plan has no step with an effect");
};

const noEffects: Effects = { image: never, approval: never, rollout: never, rollback: never };
