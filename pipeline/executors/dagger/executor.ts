import { posix } from "node:path";
import { type Client, type Container, DaggerSDKError, type Directory, type Secret } from "@dagger.io/dagger";
import type { Failure } from "../../failure.ts";
import type { HermeticStep, Plan } from "../../plan/plan.ts";
import { fail, ok } from "../../result.ts";
import type { Executor, StepOptions, StepOutcome } from "../../run/executor.ts";
import { timedOut } from "./commands.ts";
import { container, visible, written } from "./container.ts";
import { type Ended, ended } from "./exec.ts";
import { beyond } from "./limits.ts";
import { containerPlan, root } from "./mapping.ts";
import { missingTools } from "./probes.ts";

export type DaggerSession = {
  client: Client;
  /** The repository's files. */
  source: Directory;
  app: string;
  version: string;
  /** Where outputs are written back to, for what runs on this machine afterwards; null inside an engine. */
  checkout: string | null;
  /** By the names that steps use. */
  secrets: Record<string, Secret>;
  /** A value that no other run has: what must not come from the engine's cache is marked with it. */
  fresh: string;
  /** Ends the session where it is this run's own; services and containers end with it. */
  end(): Promise<void>;
};

/** An executor that can also hand out what its steps wrote. */
export type DaggerExecutor = Executor & {
  /** A step's outputs and those of the steps that it needs; null before it passed, or where there are none. */
  outputs(step: string): Directory | null;
};

/** Hermetic steps as containers: lazy, cached by the engine, parallel as far as the loop starts them. */
export function daggerExecutor(session: DaggerSession): DaggerExecutor {
  const { client, secrets } = session;
  const seen = { ...session, source: visible(session.source) };
  const made = new Map<string, Directory>();
  const ran = new Map<string, Container>();

  const supports = async (_plan: Plan, steps: HermeticStep[]): Promise<Failure[]> => {
    const refused = steps.flatMap((step) => beyond(step, Object.keys(secrets)));
    return refused.length > 0 ? refused : missingTools(client, steps);
  };

  const run = async (step: HermeticStep, options: StepOptions): Promise<StepOutcome> => {
    try {
      return await attempt(step, options);
    } catch (error) {
      if (!(error instanceof DaggerSDKError)) throw error;
      const end = { exitCode: null, signal: null };
      return {
        ok: false,
        failure: { kind: "step-failed", step: step.id, end, tail: error.message.split("\n") },
      };
    }
  };

  const attempt = async (step: HermeticStep, { signal, output }: StepOptions): Promise<StepOutcome> => {
    const plan = containerPlan(step, session);
    const before = step.needs.flatMap((id) => made.get(id) ?? []);
    const after = container(seen, plan, before);
    ran.set(step.id, after);
    const end = await unless(signal, () => ended(after));
    if (end === "aborted") return { ok: false, failure: { kind: "interrupted", by: "SIGTERM" } };
    for (const line of end.out) output("out", line);
    for (const line of end.err) output("err", line);
    if (end.exitCode !== 0) return { ok: false, failure: failed(step, end) };
    const missing = await absent(plan.outputs, (path) => after.exists(`${root}/${path}`));
    if (missing !== null)
      return { ok: false, failure: { kind: "output-missing", step: step.id, path: missing } };
    const own = plan.outputs.length === 0 ? [] : [written(after, plan.outputs)];
    if (session.checkout !== null) for (const each of own) await each.export(session.checkout);
    const [first, ...more] = [...before, ...own];
    if (first !== undefined)
      made.set(
        step.id,
        more.reduce((under, over) => under.withDirectory("/", over), first),
      );
    return { ok: true, cached: false, key: null, notes: notes(step) };
  };

  return {
    name: "dagger",
    supports,
    run,
    read: async (step, path) => {
      const after = ran.get(step.id);
      const file = `${root}/${posix.normalize(path)}`;
      if (after === undefined || !(await after.exists(file))) return fail("it was not written");
      return ok(await after.file(file).contents());
    },
    outputs: (step) => made.get(step) ?? null,
    close: () => session.end(),
  };
}

const tailLines = 30;

function failed(step: HermeticStep, { exitCode, out, err }: Ended): Failure {
  const tail = [...out.slice(-tailLines), ...err.slice(-tailLines)];
  return exitCode === timedOut
    ? { kind: "step-timeout", step: step.id, limitMs: step.timeoutMs, tail }
    : { kind: "step-failed", step: step.id, end: { exitCode, signal: null }, tail };
}

/** A container sees nothing of the caller's environment; what the config hands on must not vanish in silence. */
const notes = ({ passEnvironment }: HermeticStep): string[] =>
  passEnvironment.length === 0 ? [] : [`not handed on into the container: ${passEnvironment.join(", ")}`];

/** The first of the paths that is not there. */
async function absent(paths: string[], exists: (path: string) => Promise<boolean>): Promise<string | null> {
  const there = await Promise.all(paths.map(exists));
  return paths.find((_, index) => there[index] === false) ?? null;
}

/** The engine's client cannot take a query back: on abort it is left alone, and its exec ends with the session. */
function unless<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | "aborted"> {
  if (signal.aborted) return Promise.resolve("aborted");
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve("aborted");
    signal.addEventListener("abort", stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stop));
  });
}
