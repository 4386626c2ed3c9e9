import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import type { HealthLimits } from "../config/config.ts";
import type { HealthMeasurement } from "../deploy/health.ts";
import type { LocalStatus } from "../targets/local/protocol.ts";

/** Processor time of the whole machine so far, in ms. */
export type CpuTimes = { busy: number; all: number };

export function cpuTimes(): CpuTimes {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.idle + one.irq, 0);
  return { busy: all - times.reduce((sum, one) => sum + one.idle, 0), all };
}

/** The shares of processor, memory and disk in use, where the environment has limits for them. */
export async function hostMeasurements(
  limits: HealthLimits,
  directory: string,
  before: CpuTimes,
): Promise<HealthMeasurement[]> {
  const now = cpuTimes();
  const disk = limits.disk && (await statfs(directory).catch(() => null));
  const shares = {
    cpu: now.all > before.all ? (now.busy - before.busy) / (now.all - before.all) : null,
    memory: 1 - freemem() / totalmem(),
    disk: disk ? 1 - disk.bavail / disk.blocks : null,
  };
  return (["cpu", "memory", "disk"] as const).flatMap((name) =>
    limits[name] === null
      ? []
      : [{ name, unit: "fraction", value: shares[name], problem: null, thresholds: limits[name] }],
  );
}

/** The live release's components, which must run, and the accessories, by the time of an answer. */
export function environmentMeasurements(
  limits: HealthLimits,
  { observation, accessories }: LocalStatus,
): HealthMeasurement[] {
  const live = observation.live === null ? undefined : observation.releases[observation.live];
  const components = Object.entries(live?.components ?? {}).map(
    ([name, { state }]): HealthMeasurement => ({
      name,
      unit: "probe",
      value: state === "running" ? 0 : 1,
      problem: state === "running" ? null : { failed: true, reason: `it is ${state}` },
      thresholds: null,
    }),
  );
  return [
    ...components,
    ...accessories.map(
      ({ name, answerMs, state }): HealthMeasurement => ({
        name,
        unit: "ms",
        value: answerMs,
        problem: answerMs === null ? { failed: true, reason: `it is ${state} and does not answer` } : null,
        thresholds: limits.accessories[name] ?? null,
      }),
    ),
  ];
}
