import type { RolloutFact } from "../run/event.ts";
import type { RolloutReport } from "./report.ts";

/** Adds a fact to the rollout that began last, in place. */
export function addFact(rollouts: RolloutReport[], fact: RolloutFact, at: number): void {
  if (fact.kind === "began") {
    const { environment, version, stable, strategy } = fact;
    const drawn = rollouts.at(-1);
    const begins = { stable, strategy, outcome: "unfinished" as const };
    if (drawn?.outcome === "refused" && drawn.environment === environment && drawn.version === version)
      Object.assign(drawn, begins);
    else rollouts.push({ ...freshRollout(), environment, version, ...begins });
    return;
  }
  if (fact.kind === "gates") {
    const { environment, version, gates } = fact;
    rollouts.push({
      ...freshRollout(),
      environment,
      version,
      stable: null,
      strategy: "",
      outcome: "refused",
      gates,
    });
    return;
  }
  const rollout = rollouts.at(-1);
  if (rollout === undefined) return;
  switch (fact.kind) {
    case "break-glass": {
      const { kind: _kind, version, ...glass } = fact;
      if (version === rollout.version) rollout.breakGlass = glass;
      return;
    }
    case "shifted":
      rollout.weights.push({ at, weights: fact.weights });
      return;
    case "measured": {
      const { kind: _kind, ...measured } = fact;
      if (rollout.measured.at(-1)?.weight === fact.weight) rollout.measured.pop();
      rollout.measured.push({ at, ...measured });
      return;
    }
    case "continued":
      rollout.continued.push({ at, by: fact.by, full: fact.full });
      return;
    case "committed":
      rollout.outcome = "completed";
      rollout.url = fact.url;
      return;
    case "returned":
      rollout.outcome = "returned";
      rollout.reason = fact.reason;
      return;
    case "journalled":
      rollout.journal = { sequence: fact.sequence, hash: fact.hash };
      return;
    case "drift": {
      const { kind: _kind, ...drift } = fact;
      rollout.drift.push(drift);
      return;
    }
    case "rotated": {
      const { kind: _kind, ...rotated } = fact;
      rollout.rotated.push(rotated);
      return;
    }
    case "unchanged":
      rollout.unchanged = [...new Set([...rollout.unchanged, ...fact.components])];
      return;
    case "exposed":
      rollout.exposure = fact.scores;
      return;
    case "drained":
      rollout.leftOpen += fact.leftOpen;
      return;
    default:
      return;
  }
}

/** A rollout of which nothing is known yet. */
export const freshRollout = () => ({
  gates: [],
  breakGlass: null,
  reason: null,
  url: null,
  weights: [],
  measured: [],
  continued: [],
  leftOpen: 0,
  journal: null,
  drift: [],
  rotated: [],
  unchanged: [],
  exposure: {},
});
