import type { RolloutFact } from "../run/event.ts";
import type { RolloutReport } from "./report.ts";

/** Adds a fact to the rollout that began last, in place. */
export function addFact(rollouts: RolloutReport[], fact: RolloutFact, at: number): void {
  if (fact.kind === "began") {
    const { environment, version, stable, strategy } = fact;
    rollouts.push({ environment, version, stable, strategy, ...fresh() });
    return;
  }
  const rollout = rollouts.at(-1);
  if (rollout === undefined) return;
  switch (fact.kind) {
    case "shifted":
      rollout.weights.push({ at, weights: fact.weights });
      return;
    case "measured": {
      const { kind: _kind, ...measured } = fact;
      if (rollout.measured.at(-1)?.weight === fact.weight) rollout.measured.pop();
      rollout.measured.push({ at, ...measured });
      return;
    }
    case "committed":
      rollout.outcome = "completed";
      rollout.url = fact.url;
      return;
    case "returned":
      rollout.outcome = "returned";
      rollout.reason = fact.reason;
      return;
    case "drained":
      rollout.leftOpen += fact.leftOpen;
      return;
    default:
      return;
  }
}

const fresh = (): Pick<
  RolloutReport,
  "outcome" | "reason" | "url" | "weights" | "measured" | "leftOpen"
> => ({
  outcome: "unfinished",
  reason: null,
  url: null,
  weights: [],
  measured: [],
  leftOpen: 0,
});
