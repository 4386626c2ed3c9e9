import type { Reading } from "../../pipeline/deploy/measurement.ts";
import type { Metrics, SourceLook } from "../../pipeline/deploy/metrics.ts";

/** Sources that say what a test wants, by the check and by how long the analysis has lasted (ms). */
export const fakeMetrics = (read: (look: SourceLook) => Reading | Promise<Reading>): Metrics => ({
  read: async (look) => read(look),
  ask: async () => ({ kind: "answer", status: 200, headers: {}, body: "", ms: 1 }),
});

/** One value, now. */
export const oneValue = (value: number | null): Reading => ({
  kind: "series",
  series: [[[0, value]]],
  stepMs: 0,
});
