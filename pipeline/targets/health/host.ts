import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import type { HealthCheck } from "../../config/config.ts";
import type { HealthMeasurement } from "../../deploy/health.ts";
import type { Clock } from "../../io/clock.ts";

/** Between the two readings of processor time that give a share of it, in ms. */
const sampleMs = 200;

/** The shares of processor, memory and disk in use, of those that have limits. `directory` names the disk. */
export async function measureHost(
  check: Extract<HealthCheck, { kind: "host" }>,
  directory: string,
  clock: Clock,
): Promise<HealthMeasurement[]> {
  const before = cpuTimes();
  if (check.cpu) await clock.sleep(sampleMs);
  const after = cpuTimes();
  const disk = check.disk && (await statfs(directory).catch(() => null));
  const shares = {
    cpu: after.all > before.all ? (after.busy - before.busy) / (after.all - before.all) : null,
    memory: 1 - freemem() / totalmem(),
    // What is reserved for root is in use to everybody else.
    disk: disk ? 1 - disk.bavail / disk.blocks : null,
  };
  return measuredOf(check, shares);
}

/** Shares in use as measurements, of those that have limits. */
export const measuredOf = (
  check: Extract<HealthCheck, { kind: "host" }>,
  shares: Record<"cpu" | "memory" | "disk", number | null>,
): HealthMeasurement[] =>
  (["cpu", "memory", "disk"] as const).flatMap((name) => {
    const thresholds = check[name];
    return thresholds === null
      ? []
      : [{ name: `${check.name} ${name}`, unit: "fraction", value: shares[name], problem: null, thresholds }];
  });

/** Processor time of the whole machine so far, in ms. */
function cpuTimes(): { busy: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.idle + one.irq, 0);
  return { busy: all - times.reduce((sum, one) => sum + one.idle, 0), all };
}
