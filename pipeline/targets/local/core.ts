import { join } from "node:path";
import { argvOf } from "../../config/command.ts";
import type { RouterKind } from "../../config/config.ts";
import { references } from "../../config/interpolate.ts";
import type { LogLine } from "../../deploy/inspect.ts";
import type { JournalFact } from "../../deploy/journal.ts";
import type { Release, ReleaseComponent } from "../../deploy/release.ts";
import { besideFacts, componentVariables } from "../../deploy/variables.ts";
import type { ChildSpec } from "../../io/process.ts";
import type { ServerFacts } from "../../io/server.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Accessories } from "./accessories.ts";
import { SupervisedComponent } from "./component.ts";
import type { Places } from "./directory.ts";
import type { JournalFile } from "./journal-file.ts";
import type { LeaseDesk } from "./lease.ts";
import { LogFile } from "./log-file.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import type { DaemonParts, LocalRouter } from "./parts.ts";
import { ReleaseRun } from "./release-run.ts";
import { heldTo } from "./resource-limits.ts";
import type { PlacedRelease, Shelf } from "./shelf.ts";
import type { StateKeeper } from "./state.ts";

/** Everything that the daemon of one environment holds; the modules beside this one act on it. */
export type Core = {
  readonly name: string;
  readonly tool: string;
  readonly places: Places;
  readonly parts: DaemonParts;
  readonly inherited: Record<string, string>;
  readonly state: StateKeeper;
  readonly journal: JournalFile;
  readonly desk: LeaseDesk;
  readonly shelf: Shelf;
  readonly accessories: Accessories;
  readonly memory: MemoryWatch;
  readonly redactor: Redactor;
  /** Things that a person should know: a state that was repaired, a port that could not be had. */
  readonly notes: string[];
  /** Releases that were started, or asked for, since this daemon began. */
  readonly runs: Map<string, ReleaseRun>;
  /** Releases that this lease started. */
  readonly touched: Set<string>;
  /** Releases that are drained and stopped after a loss. */
  readonly clearing: Set<string>;
  /** Called with each line that any component prints. */
  readonly followers: Set<(line: LogLine) => void>;
  /** Effects under way; after a loss they are waited for. */
  readonly underway: Set<Promise<unknown>>;
  /** What splits the traffic now, and which kind it is. */
  proxy: LocalRouter;
  router: RouterKind;
  /** Port that the proxy listens on. */
  port: number | null;
  /** The release that was live before this one: it alone stays ready beside it. */
  previous: string | null;
  /** What nobody may get between: a return to the live release, a start by hand. */
  busy: Promise<unknown>;
  /** Ends the wait of a warm window. */
  retirement: AbortController;
  /** Aborted when the daemon ends. */
  readonly ending: AbortController;
};

/** Runs `work` when nothing else of this kind runs. */
export function exclusively<T>(core: Core, work: () => Promise<T>): Promise<T> {
  const done = core.busy.then(work);
  core.busy = done.catch(() => {});
  return done;
}

/** A placed release with its processes, or null where it is not placed. */
export async function runOf(core: Core, id: string): Promise<Result<ReleaseRun | null>> {
  const known = core.runs.get(id);
  if (known) return ok(known);
  const placed = await core.shelf.read(id);
  if (!placed.ok) return placed;
  if (placed.value === null) return ok(null);
  const found = placed.value;
  const run = new ReleaseRun(found.release, (component) => supervise(core, found, component));
  const raced = core.runs.get(id);
  if (raced) return ok(raced);
  core.runs.set(id, run);
  return ok(run);
}

/** A placed release, or why there is none. */
export async function placedRun(core: Core, id: string, action: string): Promise<Result<ReleaseRun>> {
  const run = await runOf(core, id);
  if (!run.ok) return run;
  return run.value
    ? ok(run.value)
    : fail({ kind: "target-failed", action, reason: `release ${id.slice(0, 12)} is not placed` });
}

async function supervise(core: Core, placed: PlacedRelease, component: ReleaseComponent) {
  const { release } = placed;
  const port = component.listens ? await core.parts.freePort() : null;
  const log = new LogFile(core.places.log(release.id, component.name));
  log.follow((line) => {
    const named = { version: release.version, component: component.name, ...line };
    for (const follower of core.followers) follower(named);
  });
  return new SupervisedComponent({
    processes: core.parts.processes,
    clock: core.parts.clock,
    log,
    redact: (line) => core.redactor.line(line),
    port,
    spec: () => processSpec(core, placed, component, port),
    kept: () => core.state.value.live === release.id && !core.ending.signal.aborted,
    memory: core.memory,
    ...(component.limits ? { limits: component.limits } : {}),
    overran: ({ usedBytes: used, allowedBytes: allowed }) => {
      const { id, version } = release;
      const who = { version, release: id, component: component.name };
      void writeDown(core, { kind: "over-limit", ...who, limit: "memory", used, allowed });
    },
  });
}

/** How a process of a component is started: program, directory and the whole environment. */
export async function processSpec(
  core: Core,
  placed: PlacedRelease,
  component: ReleaseComponent,
  port: number | null,
): Promise<Result<Omit<ChildSpec, "output">>> {
  const { release, images } = placed;
  const image = images[component.name];
  if (!image)
    return fail({ kind: "target-failed", action: "start", reason: `${component.name} has no files` });
  const accessories = await neededAccessories(core, component);
  if (!accessories.ok) return accessories;
  const secrets = await core.shelf.secrets(release.id);
  if (!secrets.ok) return secrets;
  for (const value of Object.values(secrets.value)) core.redactor.add(value);
  const others = await neighbours(core, release.id, component);
  if (!others.ok) return others;
  const { command } = component;
  return ok({
    argv: heldTo(component.limits, argvOf(command)),
    directory: join(core.places.release(release.id), image.workdir),
    environment: componentVariables(release, component, {
      inherited: core.inherited,
      image: image.environment,
      accessories: accessories.value,
      secrets: secrets.value,
      port,
      others: others.value,
    }),
  });
}

/** Where the components listen that its values name: their ports are chosen now, if they were not yet. */
async function neighbours(
  core: Core,
  id: string,
  component: ReleaseComponent,
): Promise<Result<Record<string, string>>> {
  const named = Object.values(component.environment)
    .flatMap(references)
    .flatMap((name) => (name.startsWith("components.") ? [name.split(".")[1] ?? ""] : []));
  const facts: [string, string][] = [];
  for (const name of new Set(named)) {
    const run = await placedRun(core, id, "start");
    const other = run.ok ? await run.value.prepared(name) : run;
    if (!other.ok) return other;
    if (other.value.port !== null) facts.push(...besideFacts(name, other.value.port));
  }
  return ok(Object.fromEntries(facts));
}

async function neededAccessories(
  core: Core,
  component: ReleaseComponent,
): Promise<Result<Record<string, ServerFacts>>> {
  const named = Object.values(component.environment)
    .flatMap(references)
    .flatMap((name) => (name.startsWith("accessories.") ? [name.split(".")[1]] : []));
  return await core.accessories.ensure(
    core.state.value.accessories.filter((spec) => named.includes(spec.name)),
  );
}

/** Sets the weights where nobody waits for the answer: that it failed is told to whoever looks. */
export async function sendTraffic(core: Core, weights: Record<string, number>): Promise<void> {
  const shifted = await core.proxy.shift(weights);
  if (!shifted.ok) core.notes.push(`traffic could not be moved: ${shifted.failure}`);
}

/** An entry of the target's own; that it could not be written is told to whoever looks. */
export async function writeDown(core: Core, fact: JournalFact): Promise<void> {
  const written = await core.journal.append(fact);
  if (!written.ok)
    core.notes.push(`${fact.kind} could not be written to the journal (${written.failure.kind})`);
}

/** Where the environment is reached. */
export const urlOf = (port: number | null): string => (port === null ? "" : `http://127.0.0.1:${port}`);

/** A release's name for people, by its id. */
export const versionOf = (core: Core, id: string): string =>
  core.runs.get(id)?.release.version ?? id.slice(0, 12);

/** Tells the proxy where a release listens. */
export function route(core: Core, release: Release, component: string, port: number | null): void {
  const front = core.runs.get(release.id)?.front;
  if (port !== null && front?.name === component) core.proxy.route(release.id, port);
}
