import { posix } from "node:path";
import type { Container, Directory, File } from "@dagger.io/dagger";
import { digestOf } from "../../canonical.ts";
import type { Failure } from "../../failure.ts";
import { isShared } from "../../plan/place.ts";
import type { HermeticStep, Plan } from "../../plan/plan.ts";
import { fail, ok } from "../../result.ts";
import type { Executor, StepOptions, StepOutcome } from "../../run/executor.ts";
import { container, filesOf, placeIn, type Session, written } from "./container.ts";
import { engineFailure, engineWords } from "./engine-words.ts";
import { type Ended, ended, failureOf } from "./exec.ts";
import { beyond } from "./limits.ts";
import { type ContainerPlan, containerPlan } from "./mapping.ts";
import type { Change } from "./own-step.ts";
import { findTools, probeId } from "./probes.ts";

export type DaggerSession = Session & {
  app: string;
  version: string;
  /** Where outputs are written back to, for what runs on this machine afterwards; null inside an engine. */
  checkout: string | null;
  /** A value that no other run has: what must not come from the engine's cache is marked with it. */
  fresh: string;
  /** Where the change that is checked left its base; null where it is none. */
  change: Change | null;
  /** Hides what nobody may see; an engine hides the secrets that it was given, and on this machine we know more. */
  hide?(line: string): string;
  /** Ends the session where it is this run's own; services and containers end with it. */
  end(): Promise<void>;
};

/** An executor that can also hand out what its steps wrote. */
export type DaggerExecutor = Executor & {
  /** A step's outputs and those of the steps that it needs; null before it passed, or where there are none. */
  outputs(step: string): Directory | null;
  /** A file of a step that ran, whether it passed or not; null where it is not there. */
  file(step: string, path: string): Promise<File | null>;
};

/** Hermetic steps as containers: lazy, cached by the engine, parallel as far as the loop starts them. */
export function daggerExecutor(session: DaggerSession): DaggerExecutor {
  const { client, secrets, address, hide = (text: string) => text } = session;
  const made = new Map<string, Directory>();
  const ran = new Map<string, { after: Container; plan: ContainerPlan }>();
  const keys = new Map<string, string | null>();
  let versions = new Map<string, string>();
  let platform: Promise<string> | null = null;

  const supports = async (_plan: Plan, steps: HermeticStep[]): Promise<Failure[]> => {
    const refused = steps.flatMap((step) => beyond(step, Object.keys(secrets)));
    if (refused.length > 0) return refused;
    const tools = await findTools(client, address, steps);
    versions = tools.versions;
    return tools.failures;
  };

  const run = async (step: HermeticStep, options: StepOptions): Promise<StepOutcome> => {
    try {
      return await attempt(step, options);
    } catch (error) {
      return fail(engineFailure(step.id, error));
    }
  };

  /** What `${platform}` stands for; the engine is asked where a component names it. */
  const platformFor = async ({ components }: HermeticStep): Promise<string> => {
    if (!components.some(({ directory }) => directory.includes("${platform}"))) return "";
    platform ??= client.defaultPlatform().then((name) => name.replaceAll("/", "-"));
    return platform;
  };

  const attempt = async (step: HermeticStep, { signal, output }: StepOptions): Promise<StepOutcome> => {
    const plan = containerPlan(step, {
      ...session,
      history: session.history !== null,
      entry: session.program.entry,
      platform: await platformFor(step),
    });
    // A program of ours reads the checkout; what set-ups made for others would only spoil its place in the cache.
    const before = plan.program ? [] : step.needs.flatMap((id) => made.get(id) ?? []);
    const files = filesOf(session, plan, before);
    const after = container(session, plan, files);
    ran.set(step.id, { after, plan });
    const end = await unless(signal, () => Promise.all([ended(after), keyOf(step, plan, files)]));
    if (end === "aborted") return { ok: false, failure: { kind: "interrupted", by: "SIGTERM" } };
    const [said, key] = end;
    const exec = { ...said, out: said.out.map(hide), err: said.err.map(hide) };
    tell(exec, output);
    if (exec.exitCode !== 0) return fail(failureOf(step, exec));
    const missing = await absent(plan.outputs, (path) => after.exists(placeIn(plan, path)));
    if (missing !== null) return fail({ kind: "output-missing", step: step.id, path: missing });
    keys.set(step.id, key);
    const own = written(after, plan);
    if (session.checkout !== null) await own?.export(session.checkout);
    const [first, ...more] = [...before, ...(own === null ? [] : [own])];
    if (first !== undefined)
      made.set(
        step.id,
        more.reduce((under, over) => under.withDirectory("/", over), first),
      );
    return { ok: true, cached: false, key, notes: notes(step, plan.program, session.variables) };
  };

  /**
   * What the step's outputs follow from, for the images that are made of them; null where nobody will ask. The
   * engine's digest of a directory holds for one version of the engine: another one finds nothing, and builds.
   */
  const keyOf = async (step: HermeticStep, plan: ContainerPlan, files: Directory): Promise<string | null> => {
    if (!step.cache || plan.outputs.length === 0 || !isShared(step.id)) return null;
    const needed = step.needs.map((id) => keys.get(id) ?? null);
    if (needed.includes(null)) return null;
    const { title: _, rules: __, timeoutMs: ___, ...definition } = step;
    return digestOf({
      format: 1,
      executor: "dagger",
      definition,
      image: address(plan.image),
      files: await files.digest(),
      tools: step.tools.map((tool) => versions.get(probeId(step.image, tool)) ?? null),
      needed,
      version: JSON.stringify(step.environment).includes("${version}") ? session.version : null,
    });
  };

  const file = async (step: string, path: string): Promise<File | null> => {
    const found = ran.get(step);
    if (found === undefined) return null;
    const at = placeIn(found.plan, posix.normalize(path));
    return (await found.after.exists(at)) ? found.after.file(at) : null;
  };

  return {
    name: "dagger",
    supports,
    run,
    file,
    read: async (step, path) => {
      try {
        const found = await file(step.id, path);
        if (found === null) return fail("it was not written");
        return ok(hide(await found.contents()));
      } catch (error) {
        const words = engineWords(error);
        if (words === null) throw error;
        return fail(`it cannot be read: ${words.join(" ")}`);
      }
    },
    hide,
    outputs: (step) => made.get(step) ?? null,
    close: () => session.end(),
  };
}

function tell({ out, err }: Ended, output: StepOptions["output"]): void {
  for (const line of out) output("out", line);
  for (const line of err) output("err", line);
}

/**
 * A container sees nothing of the caller's environment; what the config hands on must not vanish in silence. How
 * set-ups and scans reach their registries is handed on by default: without it they go the usual way.
 */
function notes(
  { id, passEnvironment }: HermeticStep,
  program: boolean,
  variables: Record<string, string>,
): string[] {
  const lost = passEnvironment.filter((name) => variables[name] === undefined);
  const usual = program || isShared(id);
  return usual || lost.length === 0 ? [] : [`not handed on into the container: ${lost.join(", ")}`];
}

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
