import type { Environment, HealthLimits } from "../config/config.ts";
import { health } from "../deploy/health.ts";
import { systemClock } from "../io/clock.ts";
import type { ComponentStatus, Status } from "../report/status-view.ts";
import { ok, type Result } from "../result.ts";
import { connectLocal, type LocalDeployment } from "../targets/local/client.ts";
import type { LocalStatus } from "../targets/local/protocol.ts";
import { readLocal } from "../targets/local/read.ts";
import { cpuTimes, environmentMeasurements, hostMeasurements } from "./health.ts";
import { toolVersion } from "./tool-version.ts";

/** Between the two readings of processor time that give a share of it, in ms. */
const sampleMs = 300;

/** An environment as it is now: by its daemon, or by its files where none runs. */
export async function environmentStatus(state: string, environment: Environment): Promise<Result<Status>> {
  const opened = await connectLocal({ state, environment: environment.name, tool: toolVersion });
  if (!opened.ok) {
    if (opened.failure.kind !== "target-unreachable") return opened;
    return stoppedStatus(state, environment.name);
  }
  try {
    return await runningStatus(opened.value, state, environment.health);
  } finally {
    await opened.value.close();
  }
}

async function runningStatus(
  { inspect }: LocalDeployment,
  state: string,
  limits: HealthLimits,
): Promise<Result<Status>> {
  const first = await inspect.status();
  if (!first.ok) return first;
  const busy = cpuTimes();
  await systemClock.sleep(sampleMs);
  const second = await inspect.status();
  if (!second.ok) return second;
  const host = await hostMeasurements(limits, state, busy);
  const own = environmentMeasurements(limits, second.value);
  return ok({ ...statusOf(first.value, second.value), health: health([...own, ...host]) });
}

function statusOf(before: LocalStatus, now: LocalStatus): Status {
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
    health: null,
    components: componentsOf(before, now),
    accessories: now.accessories.map(({ name, state }) => ({ name, state, pid: null, port: null })),
    lease: lease && { ...lease, since: Date.parse(lease.since) },
    warm: warm.map((release) => ({
      version: versionOf(release),
      leftMs: Math.max(0, (warmUntil ?? 0) - systemClock.now()),
    })),
    notes: now.notes,
  };
}

/** Releases that run beside the live one. */
const warmReleases = ({ observation }: LocalStatus): string[] =>
  Object.entries(observation.releases)
    .filter(([release, { components }]) => release !== observation.live && isRunning(components))
    .map(([release]) => release);

const isRunning = (components: LocalStatus["observation"]["releases"][string]["components"]): boolean =>
  Object.values(components).some((component) => component.state === "running");

function componentsOf(before: LocalStatus, now: LocalStatus): ComponentStatus[] {
  return Object.entries(now.observation.releases).flatMap(([release, { version, components }]) =>
    Object.entries(components)
      .filter(([, { state }]) => state !== "stopped" || release === now.observation.live)
      .map(([name, { state, pid, port }]) => {
        const usage = now.usage[release]?.[name];
        const earlier = before.usage[release]?.[name];
        const spent = usage && earlier ? Math.max(0, usage.cpuMs - earlier.cpuMs) : null;
        return {
          version,
          name,
          state,
          pid,
          port,
          cpu: spent === null ? null : spent / sampleMs,
          memory: usage?.memoryBytes ?? null,
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
    notes: record.value?.notes ?? [],
  });
}
