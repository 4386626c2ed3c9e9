import type { HermeticStep, Stage } from "./plan.ts";

/**
 * Puts each shared step (set-ups, builds) into the first due stage that needs it, before the stage's own steps;
 * later stages name it in `needs` and do not repeat it. What no due stage needs is left out.
 */
export function placeShared(stages: Stage[], shared: HermeticStep[]): Stage[] {
  const byId = new Map(shared.map((step) => [step.id, step]));
  const placed = new Set<string>();
  const take = (ids: string[]): HermeticStep[] =>
    ids.flatMap((id) => {
      const step = byId.get(id);
      if (step === undefined || placed.has(id)) return [];
      placed.add(id);
      return [...take(step.needs), step];
    });
  return stages.map((stage) =>
    stage.due
      ? { ...stage, steps: [...take(stage.steps.flatMap((step) => step.needs)), ...stage.steps] }
      : stage,
  );
}

/** Shared steps are those that several stages may need; their ids begin with setup: or build:. */
export const isShared = (id: string): boolean => id.startsWith("setup:") || id.startsWith("build:");
