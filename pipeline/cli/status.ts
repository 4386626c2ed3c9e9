import { weightDrift } from "../deploy/differences.ts";
import { driftNotes } from "../deploy/drift.ts";
import { followUps } from "../deploy/follow-up.ts";
import { overrunNotes } from "../deploy/resources.ts";
import type { Target } from "../deploy/target.ts";
import { systemClock } from "../io/clock.ts";
import type { ComponentStatus, Status } from "../report/status-view.ts";
import { moment } from "../report/units.ts";
import { ok, type Result } from "../result.ts";
import { connectLocal, type LocalDeployment } from "../targets/local/client.ts";
import type { LocalStatus } from "../targets/local/protocol.ts";
import { readJournals, readLocal } from "../targets/local/read.ts";
import { environmentHealth, type HealthWork } from "./health.ts";
import { toolVersion } from "./tool-version.ts";

/** Least time between the two readings of processor time that give a share of it, in ms. */
const sampleMs = 300;

/** An environment as it is now: by its daemon, or by its files where none runs. */
export async function environmentStatus(work: HealthWork): Promise<Result<Status>> {
  const { state, environment } = work;
  const opened = await connectLocal({ state, environment: environment.name, tool: toolVersion });
  if (!opened.ok) {
    if (opened.failure.kind !== "target-unreachable") return opened;
    return stoppedStatus(state, environment.name);
  }
  try {
    return await runningStatus(opened.value, work);
  } finally {
    await opened.value.close();
  }
}

async function runningStatus(
  { inspect, target }: LocalDeployment,
  work: HealthWork,
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
  const { entries } = await readJournals(work.state, work.environment.name);
  return ok({ ...status, health, followUps: followUps(entries), notes: [...status.notes, ...changed] });
}

/** What is not as an engine left it; while a rollout goes on, it is the rollout's. */
async function changedByHand(target: Target, { lease, observation }: LocalStatus): Promise<string[]> {
  if (lease) return [];
  const told = await target.drift();
  if (!told.ok) return ["whether something was changed by hand could not be found out"];
  return driftNotes([...told.value, ...weightDrift(observation)]);
}

/** `spanMs` is the time between the two. */
function statusOf(
  before: LocalStatus,
  now: LocalStatus,
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
  };
}

/** The release that stays ready beside the live one without traffic; the one that is rolled out now is not among them. */
const warmReleases = ({ observation, lease, warm }: LocalStatus): string[] =>
  Object.entries(observation.releases)
    .filter(([release, { components }]) => release === warm && isRunning(components))
    .filter(([release, { version }]) => !observation.weights[release] && version !== lease?.version)
    .map(([release]) => release);

const isRunning = (components: LocalStatus["observation"]["releases"][string]["components"]): boolean =>
  Object.values(components).some((component) => component.state === "running");

function componentsOf(before: LocalStatus, now: LocalStatus, spanMs: number): ComponentStatus[] {
  return Object.entries(now.observation.releases).flatMap(([release, { version, components }]) =>
    Object.entries(components)
      .filter(([, { state }]) => state !== "stopped" || release === now.observation.live)
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

async function stoppedStatus(state: string, environment: string): Promise<Result<Status>> {
  const record = await readLocal(state, environment);
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
