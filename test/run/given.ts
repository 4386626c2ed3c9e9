import type { Config } from "../../pipeline/config/config.ts";
import type { Context } from "../../pipeline/context/context.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { makePlan } from "../../pipeline/plan/plan-for.ts";
import type { RunEvent } from "../../pipeline/run/event.ts";
import type { Effects } from "../../pipeline/run/executor.ts";
import type { Judge } from "../../pipeline/run/judge.ts";
import { type RunDone, run } from "../../pipeline/run/loop.ts";
import { type Act, FakeEffects, FakeExecutor } from "../support/fake-executor.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { onBranch, sampleConfig } from "../support/sample-config.ts";
import { unwrap } from "../support/unwrap.ts";

type Given = {
  acts?: Record<string, Act>;
  effects?: Partial<Effects>;
  lanes?: number;
  config?: Config;
  context?: Context;
  refusals?: Failure[];
  judge?: Judge;
};

/** Thinks of a step what its end says. */
export const lenient: Judge = async (_step, { failure }) => ({ evidence: null, failure, notes: [] });

/** A run of a plan for the sample config with a fake executor; `start` begins it. */
export function given({ acts = {}, effects = {}, lanes = 2, config, context, refusals = [], judge }: Given) {
  const clock = new ManualClock();
  const executor = new FakeExecutor(clock, acts);
  executor.refusals = refusals;
  const events: RunEvent[] = [];
  const stop = new AbortController();
  const fakeEffects = Object.assign(new FakeEffects(), effects);
  const start = (): Promise<RunDone> =>
    run({
      run: "r1",
      plan: unwrap(makePlan(config ?? sampleConfig(), context ?? onBranch("feature/x"))),
      executor,
      effects: fakeEffects,
      judge: judge ?? lenient,
      clock,
      listener: (event) => events.push(event),
      signal: stop.signal,
      lanes,
    });
  return { clock, executor, effects: fakeEffects, events, stop, start };
}

/** A step that ended with exit code 1. */
export const stepFailed = (step: string): Failure => ({
  kind: "step-failed",
  step,
  end: { exitCode: 1, signal: null },
  tail: ["no"],
});

/** What was told of stages and steps, in short. */
export const told = (events: RunEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === "step-finished") return [`${event.step} ${event.result.outcome}`];
    if (event.kind === "stage-skipped") return [`${event.stage} skipped: ${event.reason}`];
    if (event.kind === "stage-finished") return [`${event.stage} ${event.outcome}`];
    return [];
  });
