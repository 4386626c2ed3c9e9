import type { StageReport } from "./report.ts";

/** Stages in the plan's order, with what they need where that is known: they were told as they ended. */
export function inOrder(stages: StageReport[], planned: { id: string; needs?: string[] }[]): StageReport[] {
  const known = new Map(planned.map(({ id, needs }, index) => [id, { index, needs }]));
  const placeOf = ({ id }: StageReport): number => known.get(id)?.index ?? 0;
  return stages
    .toSorted((one, other) => placeOf(one) - placeOf(other))
    .map((stage) => ({ ...stage, ...needsMark(known.get(stage.id)?.needs) }));
}

const needsMark = (needs: string[] | undefined): { needs?: string[] } =>
  needs === undefined ? {} : { needs };
