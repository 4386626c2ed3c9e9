import type { RolloutFact } from "../run/event.ts";
import type { Rollout } from "./state.ts";
import type { RolloutStep } from "./strategy.ts";
import type { Observation } from "./target.ts";

/** What the target shows after a step of the candidate that a person wants to know, beside that it was done. */
export function factsSeen(rollout: Rollout, step: RolloutStep, seen: Observation): RolloutFact[] {
  const { release, version } = rollout.candidate;
  const components = Object.entries(seen.releases[release]?.components ?? {});
  if (step.kind === "place") {
    const scores = components.flatMap(([name, { exposure }]): [string, number][] =>
      exposure === undefined ? [] : [[name, exposure]],
    );
    return scores.length === 0 ? [] : [{ kind: "exposed", version, scores: Object.fromEntries(scores) }];
  }
  if (step.kind !== "start" || step.release !== "candidate") return [];
  const unchanged = components.filter(([name, { shared }]) => shared && step.components.includes(name));
  return unchanged.length === 0
    ? []
    : [{ kind: "unchanged", version, components: unchanged.map(([name]) => name) }];
}
