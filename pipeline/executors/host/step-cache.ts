import { join, relative } from "node:path";
import { digestOf, sha256 } from "../../canonical.ts";
import type { Clock } from "../../io/clock.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type Content, createContents } from "./cache/content.ts";
import type { Entry, LogLine } from "./cache/entry.ts";
import { openFileIndex } from "./cache/file-index.ts";
import { inputFiles, namedFiles, sourcesOf } from "./cache/inputs.ts";
import { type KeyParts, keyFormat, keyOf } from "./cache/key.ts";
import { listCheckout } from "./cache/listing.ts";
import { lostOutput, outputTree, restoreOutputs, saveOutputs } from "./cache/outputs.ts";
import { openStore } from "./cache/store.ts";
import {
  baseEnvironment,
  type CallerEnvironment,
  filledIn,
  keyedEnvironment,
  ownEnvironment,
} from "./environment.ts";
import { isWithin, tidy } from "./paths.ts";

/** Where a step's inputs stood when it was looked at: contents by path, and the digest of all of them. */
export type Snapshot = { files(): Record<string, Content | null>; digest: string };

/** What is known of a step before it runs; `key` is that of `parts`. */
export type Keyed = { key: string; parts: KeyParts; inputs: Snapshot };

/** A result that is kept; `lost` is a path of it that is not in place and cannot be restored. */
export type Kept = { lost: string | null };

/** Outcomes of steps by content. */
export interface StepCache {
  /** These steps will come: what they need is read meanwhile. */
  prepare(steps: HermeticStep[]): void;
  /** A failure is one sentence: why there can be no key. */
  keyFor(
    step: HermeticStep,
    tools: Record<string, string>,
    services: string[],
  ): Promise<Result<Keyed, string>>;
  /** Restores the outputs and gives the log; null for a miss. */
  lookUp(step: HermeticStep, key: string): Promise<LogLine[] | null>;
  /** The result of this key that is kept; null where there is none. */
  kept(step: HermeticStep, key: string): Promise<Kept | null>;
  /** Keeps a success; gives a note where it could not. */
  keep(step: HermeticStep, keyed: Keyed, log: LogLine[]): Promise<string | null>;
  /** Commands are about to run or have run: files may be other ones now. */
  touched(): void;
  close(): Promise<void>;
}

export type StepCacheOptions = {
  root: string;
  /** The state directory of the tool; the cache is in `cache` below it. */
  state: string;
  clock: Clock;
  caller: CallerEnvironment;
  platform: string;
  /** Of the plan that runs: its version, and the paths that each step writes. */
  plan: { version: string; written: Map<string, string[]> };
};

/** Longest log in lines that an entry keeps: the last ones. */
export const longestLog = 20_000;

export function openStepCache(options: StepCacheOptions): StepCache {
  const { root, caller } = options;
  const directory = join(options.state, "cache");
  const store = openStore(directory);
  const index = openFileIndex(join(directory, "index.json"), root);
  const staging = join(directory, "tmp");
  const contents = createContents(root, index, options.clock);
  const keys = new Map<string, string>();
  const own = relative(root, options.state);
  let listing: Promise<Result<string[], string>> | null = null;
  let locale: string | null = null;
  // Steps with the same globs share one look at the tree until commands run.
  let looks = new Map<string, Promise<Snapshot>>();
  let names = new Map<string, string[] | null>();
  let known: { listed: string[]; steps: number; sources: string[] } | null = null;

  const forgetLooks = () => {
    looks = new Map();
    names = new Map();
  };

  const forget = () => {
    listing = null;
    forgetLooks();
  };

  const list = () => {
    listing ??= listCheckout(root, baseEnvironment(caller));
    return listing;
  };

  const snapshot = async ({ inputs }: HermeticStep): Promise<Result<Snapshot, string>> => {
    const named = namedBy(inputs);
    if (named !== null) return ok(await lookOnce(inputs, () => named));
    const listed = await list();
    if (!listed.ok) return fail(`its inputs cannot be listed: ${listed.failure}`);
    const sources = sourcesAmong(listed.value);
    return ok(await lookOnce(inputs, () => inputFiles(root, sources, inputs)));
  };

  /** The files that a step names, each of them; null where it takes a listing. */
  const namedBy = (inputs: string[]): string[] | null => {
    const id = JSON.stringify(inputs);
    const known = names.get(id);
    const found = known === undefined ? namedFiles(root, inputs) : known;
    names.set(id, found);
    return found;
  };

  const lookOnce = (inputs: string[], files: () => string[]): Promise<Snapshot> => {
    const id = JSON.stringify(inputs);
    const looking = looks.get(id) ?? look(files());
    looks.set(id, looking);
    return looking;
  };

  /** What no step writes, found once for all steps of a plan. */
  const sourcesAmong = (listed: string[]): string[] => {
    const { written } = options.plan;
    // Steps are only ever added to what a plan writes.
    if (known?.listed !== listed || known.steps !== written.size) {
      const outputs = [...written.values()].flat();
      if (own !== "" && !own.startsWith("..")) outputs.push(own);
      known = { listed, steps: written.size, sources: sourcesOf(listed, outputs) };
      forgetLooks();
    }
    return known.sources;
  };

  const look = async (paths: string[]): Promise<Snapshot> => {
    const seen: [string, Content | null][] = [];
    for (const path of paths) {
      const known = contents.peek(path);
      seen.push([path, known === undefined ? await contents.read(path) : known]);
    }
    // The paths are sorted, and each content is made in one place: the text is the same for the same files.
    return { files: () => Object.fromEntries(seen), digest: sha256(JSON.stringify(seen)) };
  };

  /** All steps of a run that pass nothing on have the caller's locale, and nothing else, in common. */
  const passed = (step: HermeticStep): string => {
    if (step.passEnvironment.length > 0) return digestOf(keyedEnvironment(caller, step));
    locale ??= digestOf(keyedEnvironment(caller, step));
    return locale;
  };

  const needed = async (step: HermeticStep): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    for (const id of [...step.needs].sort()) {
      found[id] =
        keys.get(id) ?? digestOf(await outputTree(root, contents, options.plan.written.get(id) ?? []));
    }
    return found;
  };

  return {
    prepare(steps) {
      if (steps.some(({ cache, inputs }) => cache && namedBy(inputs) === null)) void list();
    },

    async keyFor(step, tools, services) {
      const inputs = await snapshot(step);
      if (!inputs.ok) return inputs;
      const parts: KeyParts = {
        format: keyFormat,
        platform: options.platform,
        commands: step.commands,
        directory: tidy(step.directory),
        outputs: step.outputs,
        path: step.path,
        reports: step.reports,
        environment: digests(ownEnvironment(step, options.plan.version, {})),
        passed: passed(step),
        secrets: [...step.secrets].sort(),
        tools,
        services: await Promise.all(
          step.services.map(async ({ name, kind, database, user, init, extensions }, at) => {
            const files = await Promise.all(init.map((file) => contents.read(tidy(file))));
            return { name, kind, version: services[at] ?? "", database, user, extensions, init: files };
          }),
        ),
        components: step.components.map(({ name, command, environment, secrets }) => {
          const values = filledIn(environment, { version: options.plan.version });
          return { name, command, environment: digests(values), secrets };
        }),
        needs: await needed(step),
        inputs: inputs.value.digest,
      };
      const key = keyOf(parts);
      if (step.cache) keys.set(step.id, key);
      return ok({ key, parts, inputs: inputs.value });
    },

    async lookUp(step, key) {
      const entry = await store.entry(key);
      if (!entry) return null;
      const restored = await restoreOutputs(
        root,
        { contents, store, staging },
        writtenBy(step),
        entry.outputs,
      );
      if (restored === "damaged") {
        await store.dropEntry(key);
        return null;
      }
      if (restored === "written") forgetLooks();
      return entry.log;
    },

    async kept(step, key) {
      const entry = await store.entry(key);
      return entry && { lost: await lostOutput(root, { contents, store }, writtenBy(step), entry.outputs) };
    },

    async keep(step, keyed, log) {
      // What it wrote beside its declared outputs may be a new input of its own: only a new listing shows it.
      if (picksByPattern(step)) forget();
      const now = await snapshot(step);
      if (!now.ok) return now.failure;
      const changed = keyed.inputs.digest === now.value.digest ? [] : differing(keyed.inputs, now.value);
      if (changed.length > 0) {
        const named =
          changed.slice(0, 3).join(", ") + (changed.length > 3 ? ` and ${changed.length - 3} more` : "");
        return `not cached: its own inputs changed while it ran (${named})`;
      }
      const outputs = await outputTree(root, contents, writtenBy(step));
      const entry: Entry = {
        format: 1,
        key: keyed.key,
        step: step.id,
        parts: keyed.parts,
        outputs,
        log: log.slice(-longestLog),
      };
      try {
        if (!(await saveOutputs(root, store, outputs)))
          return "not cached: its outputs changed while they were saved";
        await store.saveEntry(entry);
        return null;
      } catch (error) {
        return `not cached: ${error instanceof Error ? error.message : String(error)}`;
      }
    },

    touched: forgetLooks,
    close: () => index.save(),
  };
}

/** Whether files that were not there before can become inputs of the step. */
const picksByPattern = (step: HermeticStep): boolean =>
  step.inputs.length === 0 || step.inputs.some((input) => /[*?[{!]/.test(input));

/** Paths of the report files that a step may write. */
export const reportsOf = (step: HermeticStep): string[] =>
  [step.reports.junit, step.reports.coverage].filter((path) => path !== null);

/** Paths that a step writes: outputs and reports, without those inside of others. */
export function writtenBy(step: HermeticStep): string[] {
  const all = [...new Set([...step.outputs, ...reportsOf(step)].map(tidy))];
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}

function differing(before: Snapshot, after: Snapshot): string[] {
  const [old, now] = [before.files(), after.files()];
  const paths = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...paths].filter((path) => digestOf(old[path] ?? null) !== digestOf(now[path] ?? null));
}

const digests = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sha256(value)]));
