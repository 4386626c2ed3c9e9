import { weightDrift } from "../deploy/differences.ts";
import { driftNotes } from "../deploy/drift.ts";
import { followUps } from "../deploy/follow-up.ts";
import type { EnvironmentStatus } from "../deploy/inspect.ts";
import type { JournalEntry } from "../deploy/journal.ts";
import { isThereItself, runsItself } from "../deploy/party.ts";
import { overrunNotes } from "../deploy/resources.ts";
import type { Target } from "../deploy/target.ts";
import { systemClock } from "../io/clock.ts";
import type { ComponentStatus, HostView, Status } from "../report/status-view.ts";
import { moment } from "../report/units.ts";
import { ok, type Result } from "../result.ts";
import { environmentHealth } from "./health.ts";
import { reach } from "./reach/reach.ts";
import type { Reach, Reached, ReachPlace } from "./reach/way.ts";

/** Least time between the two readings of processor time that give a share of it, in ms. */
const sampleMs = 300;

/** An environment as it is now: by its daemon, or by its files where none runs. */
export async function environmentStatus(work: ReachPlace): Promise<Result<Status>> {
  const way = await reach(work);
  const opened = await way.running();
  if (!opened.ok) return opened;
  if (opened.value === null) return stoppedStatus(way, work.environment.name);
  try {
    return await runningStatus(opened.value, way, work);
  } finally {
    await opened.value.close();
  }
}

async function runningStatus(
  { inspect, target, store }: Reached,
  way: Reach,
  work: ReachPlace,
): Promise<Result<Status>> {
  const { clock } = work.desk;
  const first = await inspect.status();
  if (!first.ok) return first;
  const began = clock.monotonic();
  const [health] = await Promise.all([environmentHealth(work, first.value), clock.sleep(sampleMs)]);
  const second = await inspect.status();
  if (!second.ok) return second;
  const status = statusOf(first.value, second.value, clock.monotonic() - began);
  const changed = await changedByHand(target, second.value);
  const entries = await journalIn(work.environment.target.kind === "local" ? way : null, store);
  return ok({ ...status, health, followUps: followUps(entries), notes: [...status.notes, ...changed] });
}

/** The journal by its files where they are here, else as the target gives it; none where it cannot be had. */
async function journalIn(way: Reach | null, store: Reached["store"]): Promise<JournalEntry[]> {
  if (way === null) {
    const read = await store.journal();
    return read.ok ? read.value : [];
  }
  const read = await way.journals();
  return read.ok ? read.value.entries : [];
}

/** What is not as an engine left it; while a rollout goes on, it is the rollout's. */
async function changedByHand(target: Target, { lease, observation }: EnvironmentStatus): Promise<string[]> {
  if (lease) return [];
  const told = await target.drift();
  if (!told.ok) return ["whether something was changed by hand could not be found out"];
  return driftNotes([...told.value, ...weightDrift(observation)]);
}

/** `spanMs` is the time between the two. */
function statusOf(
  before: EnvironmentStatus,
  now: EnvironmentStatus,
  spanMs: number,
): Omit<Status, "health" | "followUps"> {
  const { observation, lease, warmUntil } = now;
  const versionOf = (release: string) => observation.releases[release]?.version ?? release;
  const warm = warmUntil === null ? [] : warmReleases(now);
  return {
    environment: now.environment,
    url: observation.url,
    live: observation.live === null ? null : versionOf(observation.live),
    weights: Object.fromEntries(
      Object.entries(observation.weights).map(([release, weight]) => [versionOf(release), weight]),
    ),
    components: componentsOf(before, now, spanMs),
    accessories: now.accessories.map(({ name, state }) => ({ name, state, pid: null, port: null })),
    lease: lease && { ...lease, since: Date.parse(lease.since) },
    warm: warm.map((release) => ({
      version: versionOf(release),
      leftMs: Math.max(0, (warmUntil ?? 0) - systemClock.now()),
    })),
    notes: [...now.notes, ...overrunNotes(observation, moment)],
    ...(now.hosts ? { hosts: hostsIn(before, now, spanMs) } : {}),
  };
}

/** The release that stays ready beside the live one without traffic; the one that is rolled out now is not among them. */
const warmReleases = ({ observation, lease, warm }: EnvironmentStatus): string[] =>
  Object.entries(observation.releases)
    .filter(([release, { components }]) => release === warm && isRunning(components))
    .filter(([release, { version }]) => !observation.weights[release] && version !== lease?.version)
    .map(([release]) => release);

const isRunning = (components: EnvironmentStatus["observation"]["releases"][string]["components"]): boolean =>
  Object.values(components).some(runsItself);

function componentsOf(before: EnvironmentStatus, now: EnvironmentStatus, spanMs: number): ComponentStatus[] {
  return Object.entries(now.observation.releases).flatMap(([release, { version, components }]) =>
    Object.entries(components)
      .filter(([, component]) => isThereItself(component) || release === now.observation.live)
      .map(([name, { state, pid, port, limits }]) => {
        const usage = now.usage[release]?.[name];
        const earlier = before.usage[release]?.[name];
        const spent = usage && earlier ? Math.max(0, usage.cpuMs - earlier.cpuMs) : null;
        return {
          version,
          name,
          state,
          pid,
          port,
          cpu: spent === null ? null : spent / spanMs,
          memory: usage?.memoryBytes ?? null,
          memoryLimit: limits?.memoryBytes ?? null,
        };
      }),
  );
}

/** Each host by itself, its processor time as a share of one processor. */
function hostsIn(before: EnvironmentStatus, now: EnvironmentStatus, spanMs: number): HostView[] {
  return (now.hosts ?? []).map(({ host, unreachable, live, weights, components }) => {
    const earlier = before.hosts?.find((one) => one.host === host)?.components ?? [];
    return {
      host,
      unreachable,
      live,
      weights,
      components: components.map(({ usage, ...one }) => {
        const was = earlier.find(({ name, version }) => name === one.name && version === one.version)?.usage;
        const spent = usage && was ? Math.max(0, usage.cpuMs - was.cpuMs) : null;
        return {
          ...one,
          cpu: spent === null ? null : spent / spanMs,
          memory: usage?.memoryBytes ?? null,
        };
      }),
    };
  });
}

async function stoppedStatus(way: Reach, environment: string): Promise<Result<Status>> {
  const record = await way.record();
  if (!record.ok) return record;
  const live = record.value?.releases.find((release) => release.id === record.value?.live);
  return ok({
    environment,
    url: null,
    live: live?.version ?? null,
    weights: {},
    health: null,
    components: (live?.components ?? []).map(({ name }) => ({
      version: live?.version ?? "",
      name,
      state: "stopped",
      pid: null,
      port: null,
      cpu: null,
      memory: null,
    })),
    accessories: [],
    lease: null,
    warm: [],
    followUps: followUps(record.value?.journal ?? []),
    notes: record.value?.notes ?? [],
  });
}
