import type { Traffic as TrafficFact } from "../run/event.ts";
import type { CheckVerdict, Verdict } from "./analysis.ts";
import type { RouterLooks } from "./engine-looks.ts";
import type { Session } from "./engine-session.ts";
import type { Rollout } from "./state.ts";
import type { Window } from "./traffic.ts";

type Measured = {
  weight: number;
  heldMs: number;
  holdMs: number;
  checks: CheckVerdict[];
  verdict: Verdict;
};

/** What the candidate and stable served. */
export type Served = { canary: TrafficFact; stable: TrafficFact | null };

/** What was served so far, or null: the router's statistics could not be read. */
export function servedBy(rollout: Rollout, looks: RouterLooks): Served | null {
  const reading = looks.reading(null);
  if (reading.kind !== "traffic") return null;
  const { candidate, stable } = rollout;
  const of = (version: string, one: Window): TrafficFact => ({ version, ...one });
  return {
    canary: of(candidate.version, reading.canary),
    stable: stable && reading.stable ? of(stable.version, reading.stable) : null,
  };
}

/** Tells what was seen at a weight, where the router's statistics could be read. */
export function tellMeasured(session: Session, measured: Measured, served: Served | null): void {
  if (served === null) return;
  session.fact({ kind: "measured", ...measured, ...served, verdict: measured.verdict.verdict });
}
