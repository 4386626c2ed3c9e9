import type { RouterCounters } from "../../deploy/target.ts";
import { added, noCounters } from "../../deploy/traffic.ts";

/** The counters of several hosts as one. */
export function summed(all: readonly Record<string, RouterCounters>[]): Record<string, RouterCounters> {
  const sum: Record<string, RouterCounters> = {};
  for (const one of all)
    for (const [release, counters] of Object.entries(one))
      sum[release] = added(sum[release] ?? noCounters(), counters);
  return sum;
}
