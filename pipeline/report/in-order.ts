import type { StageReport } from "./report.ts";

/** Stages in the plan's order: they were told as they ended. */
export function inOrder(stages: StageReport[], planned: { id: string }[]): StageReport[] {
  const place = new Map(planned.map(({ id }, index) => [id, index]));
  return stages.toSorted((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0));
}
