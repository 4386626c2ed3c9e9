import { realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import type { Processes } from "../../io/process.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import { createRedactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Executor, StepOptions, StepOutcome } from "../../run/executor.ts";
import type { Secret } from "../../secret.ts";
import { statsOf } from "./cache/content.ts";
import type { LogLine } from "./cache/entry.ts";
import { isPattern } from "./cache/inputs.ts";
import { openLatest } from "./cache/latest.ts";
import {
  baseEnvironment,
  type CallerEnvironment,
  filledIn,
  stepEnvironment,
  stepValues,
} from "./environment.ts";
import { unsafeReason } from "./paths.ts";
import { readReport } from "./reports.ts";
import type { HostServers } from "./services/servers.ts";
import { type Keyed, longestLog, openStepCache, reportsOf, writtenBy } from "./step-cache.ts";
import { interrupter, runCommands } from "./step-commands.ts";
import { type StepComponents, startComponents } from "./step-components.ts";
import { createServiceStarter } from "./step-services.ts";
import { unsupported } from "./supports.ts";
import { timeLimit, tooLate } from "./time-limit.ts";
import { createTools } from "./tools.ts";
import { type Why, whyOf } from "./why.ts";

export type HostExecutorOptions = {
  /** The checkout. */
  root: string;
  /** The tool's state directory; the cache is below it. */
  state: string;
  clock: Clock;
  processes: Processes;
  servers: HostServers;
  http: Http;
  secrets(name: string): Promise<Result<Secret>>;
  environment: CallerEnvironment;
  /** How this very program is started: for steps that are its own. */
  program: string[];
  /** False: nothing comes from the cache and nothing goes there. */
  cache: boolean;
  /** `process.platform` by default. */
  platform?: string;
};

/** Longest wait in ms for the end of a server that may have been the reason for a step's failure. */
const deathMs = 200;

/** The executor that also says why a step would run again. */
export type HostExecutor = Executor & {
  /** Of the last one of these steps; the ones before it are those that it needs, in their order. */
  why(steps: HermeticStep[]): Promise<Result<Why>>;
};

/** Runs hermetic steps as child processes in the checkout, with real servers and a cache by content. */
export function createHostExecutor(options: HostExecutorOptions): HostExecutor {
  const { root, clock, processes, servers, http, program, environment: caller } = options;
  const platform = options.platform ?? process.platform;
  const redactor = createRedactor();
  const tools = createTools(processes, root, baseEnvironment(caller));
  const services = createServiceStarter(servers, redactor, root);
  const plan = { version: "0.0.0", written: new Map<string, string[]>() };
  const closing = new AbortController();
  let joined: { of: AbortSignal; either: AbortSignal } | null = null;
  let realRoot: string | null = null;
  const underWay = new Set<Promise<StepOutcome>>();
  const latest = openLatest(join(options.state, "cache"));
  const cache = openStepCache({
    ...{ root, state: options.state, clock, caller },
    platform: `${platform}-${process.arch}`,
    plan,
  });

  /** The steps of a run have one signal: it is joined with ours once. */
  const orClosing = (signal: AbortSignal): AbortSignal => {
    if (joined?.of !== signal) joined = { of: signal, either: AbortSignal.any([signal, closing.signal]) };
    return joined.either;
  };

  const identify = async (
    step: HermeticStep,
  ): Promise<Result<{ keyed: Keyed | null; note: string | null }>> => {
    const versions = await tools.versions(step);
    if (!versions.ok) return versions;
    if (!step.cache) return ok({ keyed: null, note: null });
    const found: string[] = [];
    for (const service of step.services) {
      const server = await servers.find(service);
      if (!server.ok) return server;
      found.push(server.value.version);
    }
    const keyed = await cache.keyFor(step, versions.value, found);
    return ok(
      keyed.ok ? { keyed: keyed.value, note: null } : { keyed: null, note: `not cached: ${keyed.failure}` },
    );
  };

  const execute = async (step: HermeticStep, options: StepOptions): Promise<Failure | null> => {
    const secrets = await reveal(step);
    if (!secrets.ok) return secrets.failure;
    const started = await services.start(step, options.signal);
    if (!started.ok) return interrupted(options.signal) ?? started.failure;
    const { facts } = started.value;
    const dead = new AbortController();
    let death: Failure | null = null;
    const dies = (failure: Failure) => {
      death ??= failure;
      dead.abort();
    };
    void started.value.died.then(dies);
    let beside: StepComponents | null = null;
    try {
      const signal = AbortSignal.any([options.signal, dead.signal]);
      const own = Object.fromEntries(step.secrets.map((name) => [name, secrets.value[name] ?? ""]));
      const environment = stepEnvironment(step, {
        root,
        caller,
        version: plan.version,
        facts,
        secrets: own,
      });
      const values = stepValues(plan.version, facts);
      const since = clock.monotonic();
      const limit = timeLimit(clock, step.components.length > 0 ? step.timeoutMs : null, signal);
      const up = await startComponents(step, {
        ...{ processes, clock, http, redactor, root, environment, values },
        signal: limit.signal,
        platform: `${platform}-${process.arch === "x64" ? "amd64" : process.arch}`,
        secrets: secrets.value,
        output: options.output,
      });
      limit.end();
      if (!up.ok)
        return (
          interrupted(options.signal) ?? death ?? (limit.isOver() ? tooLate(step, up.failure) : up.failure)
        );
      beside = up.value;
      void beside.died.then(dies);
      const failure = await runCommands(step, {
        processes,
        clock,
        program,
        directory: join(root, step.directory),
        environment: filledIn(environment, beside.facts),
        redactor,
        signal,
        output: options.output,
        since,
      });
      // A command that lost its server often ends a moment before the server's end is known.
      if (failure && step.services.length + step.components.length > 0)
        await Promise.race([started.value.died, beside.died, clock.sleep(deathMs)]);
      return interrupted(options.signal) ?? death ?? failure;
    } finally {
      await beside?.stop();
      await started.value.stop();
    }
  };

  const reveal = async (step: HermeticStep): Promise<Result<Record<string, string>>> => {
    const values: Record<string, string> = {};
    // The address of a registry or a proxy can hold a password, and package managers print addresses.
    for (const name of step.passEnvironment) redactor.addUrl(caller[name] ?? "");
    for (const name of new Set([...step.secrets, ...step.components.flatMap(({ secrets }) => secrets)])) {
      const secret = await options.secrets(name);
      if (!secret.ok) return secret;
      redactor.add(secret.value);
      values[name] = secret.value.reveal();
      redactor.addUrl(values[name]);
    }
    return ok(values);
  };

  const remember = (step: HermeticStep, keyed: Keyed | null, unkept: string | null) => {
    if (!options.cache || keyed === null) return;
    latest.remember(step.id, { key: keyed.key, parts: keyed.parts, unkept }, keyed.inputs.files);
  };

  const unsafe = (step: HermeticStep): Failure | null => {
    const read = [step.directory, ...step.inputs.filter((glob) => !isPattern(glob))].filter(
      (path) => path !== ".",
    );
    realRoot ??= realpathSync.native(root);
    for (const path of [...read, ...step.outputs, ...reportsOf(step)]) {
      const reason = unsafeReason(root, path, realRoot);
      if (reason !== null) return { kind: "step-unsafe-path", step: step.id, path, reason };
    }
    return null;
  };

  const run = async (step: HermeticStep, given: StepOptions): Promise<StepOutcome> => {
    const refused = interrupted(given.signal) ?? unsafe(step);
    if (refused) return fail(refused);
    plan.written.set(step.id, writtenBy(step));
    const identified = await identify(step);
    if (!identified.ok) return identified;
    const { keyed, note } = identified.value;
    const key = keyed?.key ?? null;
    const notes = note === null ? [] : [note];

    if (options.cache && keyed) {
      const log = await cache.lookUp(step, keyed.key);
      if (log) {
        for (const [stream, line] of log) given.output(stream, line);
        remember(step, keyed, null);
        return { ok: true, cached: true, key, notes };
      }
    }
    const log: LogLine[] = [];
    const output: StepOptions["output"] = (stream, line) => {
      if (log.push([stream, line]) > 2 * longestLog) log.splice(0, longestLog);
      given.output(stream, line);
    };
    // What an earlier run reported is no report of this one.
    for (const report of reportsOf(step)) {
      if (statsOf(join(root, report))?.isFile()) rmSync(join(root, report));
    }
    cache.touched();
    const failure = await execute(step, { output, signal: orClosing(given.signal) });
    cache.touched();
    const bad = failure ?? unsafe(step) ?? missingOutput(root, step);
    if (bad) {
      remember(step, keyed, "it failed");
      return fail(bad);
    }
    const reason = options.cache && keyed ? await cache.keep(step, keyed, log) : null;
    remember(step, keyed, reason);
    return { ok: true, cached: false, key, notes: reason === null ? notes : [...notes, reason] };
  };

  return {
    name: "host",
    async supports(wanted, steps) {
      plan.version = wanted.context.version;
      const all = wanted.stages.flatMap((stage) => stage.steps).filter((step) => step.kind === "hermetic");
      for (const step of [...all, ...steps]) plan.written.set(step.id, writtenBy(step));
      cache.prepare(steps);
      return unsupported(steps, { tools, servers, platform });
    },
    async run(step, given) {
      const running = run(step, given);
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    },
    hide: redactor.line,
    async read(step, path) {
      // What came from the cache was redacted by nobody: its secrets are asked for, to hide them.
      await reveal(step);
      const read = await readReport(root, path);
      return read.ok ? ok(redactor.line(read.value)) : read;
    },
    async close() {
      if (underWay.size > 0) closing.abort("SIGTERM");
      await Promise.allSettled(underWay);
      await services.close();
      await cache.close();
      await latest.save();
    },
    async why(steps) {
      const subject = steps.at(-1);
      if (subject === undefined) throw new Error("why was asked of no step");
      // The keys of those that it needs are parts of its own.
      for (const step of steps.slice(0, -1)) {
        const needed = await identify(step);
        if (!needed.ok) return needed;
      }
      const identified = await identify(subject);
      if (!identified.ok) return identified;
      const { keyed } = identified.value;
      const kept = keyed && (await cache.kept(subject, keyed.key));
      return ok(whyOf(subject, { identified: identified.value, latest, kept }));
    },
  };
}

/** The failure of a step whose signal has come, or null. */
const interrupted = (signal: AbortSignal): Failure | null =>
  signal.aborted ? { kind: "interrupted", by: interrupter(signal) } : null;

function missingOutput(root: string, step: HermeticStep): Failure | null {
  for (const path of step.outputs) {
    if (!statSync(join(root, path), { throwIfNoEntry: false }))
      return { kind: "output-missing", step: step.id, path };
  }
  return null;
}
