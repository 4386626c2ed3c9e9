import type { Failure } from "../failure.ts";
import { serves } from "./party.ts";
import type { Rollout } from "./state.ts";
import type { Observation } from "./target.ts";

/** The candidate's end is its failure; that of a stable it is compared with is one of the target, and recovery knows. */
export function whoDied(
  rollout: Rollout,
  seen: Observation,
  weight: number,
  afterMs: number,
): Failure | null {
  const { candidate, stable, compared } = rollout;
  const { version } = candidate;
  const components = seen.releases[candidate.release]?.components ?? {};
  const component = candidate.waves.flat().find((name) => components[name]?.state !== "running");
  if (component !== undefined) {
    const { end = null, log = [] } = components[component] ?? {};
    return {
      kind: "not-healthy",
      component,
      version,
      waitedMs: afterMs,
      probe: null,
      end,
      log: log.slice(-20),
    };
  }
  if (!compared || weight === 100 || !stable || serves(seen, stable)) return null;
  const reason = `${stable.version} ended while it served`;
  return { kind: "target-failed", action: `hold ${weight} %`, reason };
}
