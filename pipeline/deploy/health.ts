/** The four states of a component, and of the whole: the worst of its components. */
export type HealthStatus = "HEALTHY" | "DEGRADED" | "UNHEALTHY" | "UNKNOWN";

/** One thing that was measured, with its [degraded, unhealthy] thresholds; null: there are none. */
export type HealthMeasurement = {
  /** e.g. "database", "cpu", "api". */
  name: string;
  /** A fraction (0–1), a time in ms, or a probe's plain yes (0) or no (1). */
  unit: "fraction" | "ms" | "probe";
  /** Null where it could not be measured. */
  value: number | null;
  /** Why there is no value, or how the check failed. */
  problem: { failed: boolean; reason: string } | null;
  thresholds: [number, number] | null;
};

export type HealthFinding = {
  name: string;
  status: HealthStatus;
  reason: string;
  recommendation: string | null;
};

export type Health = { status: HealthStatus; ready: boolean; findings: HealthFinding[] };

/** From best to worst: what is not known is worse than what is known to be slow. */
const order: HealthStatus[] = ["HEALTHY", "DEGRADED", "UNKNOWN", "UNHEALTHY"];

/** Ready means HEALTHY or DEGRADED. Nothing measured is UNKNOWN. */
export function health(measurements: HealthMeasurement[]): Health {
  const findings = measurements.map(finding);
  const worst = Math.max(...findings.map((one) => order.indexOf(one.status)));
  const status = order[worst] ?? "UNKNOWN";
  return { status, ready: status === "HEALTHY" || status === "DEGRADED", findings };
}

/** Below the first threshold HEALTHY, up to and with the second DEGRADED, above it or failed UNHEALTHY. */
function finding(measured: HealthMeasurement): HealthFinding {
  const { name, value, problem, thresholds } = measured;
  if (problem?.failed) return found(measured, "UNHEALTHY", problem.reason);
  if (value === null || !Number.isFinite(value)) {
    return found(measured, "UNKNOWN", problem?.reason ?? "could not be measured");
  }
  if (measured.unit === "probe") {
    return value === 0
      ? found(measured, "HEALTHY", "answers")
      : found(measured, "UNHEALTHY", "does not answer");
  }
  const shown = display(measured, value);
  if (!thresholds) return { name, status: "HEALTHY", reason: shown, recommendation: null };
  const [degraded, unhealthy] = thresholds;
  if (value < degraded) return found(measured, "HEALTHY", shown);
  if (value <= unhealthy)
    return found(measured, "DEGRADED", `${shown}, degraded from ${display(measured, degraded)}`);
  return found(measured, "UNHEALTHY", `${shown}, unhealthy above ${display(measured, unhealthy)}`);
}

const found = (measured: HealthMeasurement, status: HealthStatus, reason: string): HealthFinding => ({
  name: measured.name,
  status,
  reason,
  recommendation: recommendation(measured, status),
});

function recommendation(measured: HealthMeasurement, status: HealthStatus): string | null {
  if (status === "HEALTHY") return null;
  if (status === "UNKNOWN") return `find out why ${measured.name} cannot be measured before deploying`;
  if (measured.unit === "fraction") return `free or add ${measured.name} capacity`;
  if (status === "DEGRADED") return `look at the load on ${measured.name}`;
  return `do not deploy; look at the log of ${measured.name}`;
}

const display = (measured: HealthMeasurement, value: number): string =>
  measured.unit === "fraction" ? `${Number((value * 100).toFixed(1))} %` : `${Math.round(value)} ms`;
