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

/** Tells what was seen at a weight, where the router's statistics could be read. */
export function tellMeasured(
  session: Session,
  rollout: Rollout,
  measured: Measured,
  looks: RouterLooks,
): void {
  const reading = looks.reading(null);
  if (reading.kind !== "traffic") return;
  const { candidate, stable } = rollout;
  const of = (version: string, one: Window): TrafficFact => ({ version, ...one });
  session.fact({
    kind: "measured",
    ...measured,
    canary: of(candidate.version, reading.canary),
    stable: stable && reading.stable ? of(stable.version, reading.stable) : null,
    verdict: measured.verdict.verdict,
  });
}
