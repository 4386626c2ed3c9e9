import type { HealthCheck } from "../../config/config.ts";
import type { HealthMeasurement } from "../../deploy/health.ts";
import type { EnvironmentStatus } from "../../deploy/inspect.ts";

/**
 * What needs no configuration to be judged: the live release's components, which must run, and the accessories
 * that no check names, which must answer.
 */
export function localMeasurements(
  { observation, accessories }: EnvironmentStatus,
  checks: HealthCheck[],
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
  const named = checks.flatMap((check) => ("url" in check ? [check.url] : []));
  const others = accessories.filter(({ name }) => !named.includes(`\${accessories.${name}.url}`));
  return [
    ...components,
    ...others.map(
      ({ name, answerMs, state }): HealthMeasurement => ({
        name,
        unit: "ms",
        value: answerMs,
        problem: answerMs === null ? { failed: true, reason: `it is ${state} and does not answer` } : null,
        thresholds: null,
      }),
    ),
  ];
}
