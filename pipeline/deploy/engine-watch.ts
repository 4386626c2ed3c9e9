import { fail, ok, type Result } from "../result.ts";
import {
  type AnalysisTerms,
  add,
  type CheckState,
  errorLimit,
  judge,
  ownChecks,
  recentErrors,
  unmeasured,
  type Verdict,
  verdictsOf,
} from "./analysis.ts";
import { whoDied } from "./engine-died.ts";
import { RouterLooks } from "./engine-looks.ts";
import { abortFailure, observe, record, type Session } from "./engine-session.ts";
import { Sources } from "./engine-sources.ts";
import { type Served, servedBy, tellMeasured } from "./engine-tell.ts";
import { serves } from "./party.ts";
import type { Rollout } from "./state.ts";
import { type RolloutStep, watchTerms } from "./strategy.ts";

/** Time between two looks at processes, errors and what persons say (ms). */
const pollMs = 500;

/** Errors after a switch are judged over this time (ms). */
const recentMs = 2_000;

type Place = {
  weight: number;
  terms: AnalysisTerms;
  /** Errors of the last two seconds alone are a failure (B18). */
  swift: boolean;
  /** Waits for a person at most so long (ms); null: goes on by the verdict. */
  pauseMs: number | null;
};

/** Holds a canary at its weight until the analysis has a verdict; whatever is not successful is a failure. */
export function hold(
  session: Session,
  rollout: Rollout,
  step: Extract<RolloutStep, { kind: "hold" }>,
): Promise<Result<string>> {
  const { holdMs, limitMs, samples, weight } = step;
  const checks = comparable(rollout, [...session.environment.analysis, ...step.checks]);
  const terms = { checks, samples, holdMs, limitMs };
  return judgeUntil(session, rollout, { weight, terms, swift: false, pauseMs: null });
}

/**
 * Waits for a person, and judges meanwhile: a canary that fails goes back without being asked about (B28). Nobody
 * within the time: it goes back too (B29).
 */
export function pause(
  session: Session,
  rollout: Rollout,
  step: Extract<RolloutStep, { kind: "pause" }>,
): Promise<Result<string>> {
  const { pauseMs, samples, weight } = step;
  const checks = comparable(rollout, session.environment.analysis);
  const terms = { checks, samples, holdMs: pauseMs, limitMs: Number.MAX_SAFE_INTEGER };
  session.promotions.take();
  const command = `bellwether promote ${session.environment.name}`;
  session.fact({ kind: "pausing", version: rollout.candidate.version, weight, pauseMs, command });
  return judgeUntil(session, rollout, { weight, terms, swift: false, pauseMs });
}

/** Watches the candidate's errors over the last two seconds and its processes; at 100 also what the checks say (B18). */
export function watch(
  session: Session,
  rollout: Rollout,
  step: Extract<RolloutStep, { kind: "watch" }>,
): Promise<Result<string>> {
  const { weight, watchMs } = step;
  session.fact({ kind: "watching", version: rollout.candidate.version, watchMs });
  const terms = watchTerms(session.environment.analysis, step);
  return judgeUntil(session, rollout, { weight, terms, swift: true, pauseMs: null });
}

async function judgeUntil(session: Session, rollout: Rollout, place: Place): Promise<Result<string>> {
  const { clock, signal } = session;
  const { terms, weight } = place;
  const began = clock.monotonic();
  const looks = new RouterLooks(session, rollout, weight, terms.checks);
  const sources = new Sources(session, rollout, terms.checks);
  let states = unmeasured(terms);
  try {
    await looks.take(0);
    for (;;) {
      await clock.sleep(pollMs, signal);
      if (signal.aborted) return fail(abortFailure(session, rollout));
      const seen = await observe(session);
      if (!seen.ok) return seen;
      const heldMs = clock.monotonic() - began;
      const died = whoDied(rollout, seen.value, weight, heldMs);
      if (died) return fail(died);
      await looks.take(heldMs);
      const measured = [...looks.measurements(terms.checks, heldMs), ...sources.collect(heldMs)];
      states = measured.reduce((before, one) => add(terms, before, one), states);
      const verdict = (place.swift && swiftly(looks, terms)) || judge(terms, states, heldMs);
      const served = servedBy(rollout, looks);
      tellMeasured(session, { weight, heldMs, ...placeOf(terms, states), verdict }, served);
      const { stable, compared } = rollout;
      // A fix does not wait beside a stable that has gone: there is nothing left to share the traffic with.
      if (stable && !compared && weight < 100 && !serves(seen.value, stable))
        session.promotions.receive({ by: `the end of ${stable.version}`, full: true });
      const ended = await ending(session, rollout, place, { verdict, heldMs, states, served });
      if (ended) return ended;
    }
  } finally {
    sources.close();
  }
}

/** How things stand at one moment. */
type Standing = { verdict: Verdict; heldMs: number; states: CheckState[]; served: Served | null };

/** How the place ends now, or null: it goes on. What failed is not overruled by a person. */
async function ending(
  session: Session,
  rollout: Rollout,
  place: Place,
  { verdict, heldMs, states, served }: Standing,
): Promise<Result<string> | null> {
  const { weight, pauseMs, terms } = place;
  const bad = verdict.verdict !== "successful" && verdict.verdict !== "waiting";
  const full = weight < 100 ? session.promotions.full : null;
  if (!bad && full !== null) return ok(`promoted in full by ${full}`);
  if (!bad && pauseMs !== null) {
    const by = session.promotions.take();
    if (by !== null) return continued(session, rollout, by);
    if (heldMs < pauseMs) return null;
    const { version } = rollout.candidate;
    const environment = session.environment.name;
    return fail({ kind: "pause-expired", environment, version, weight, waitedMs: heldMs });
  }
  if (verdict.verdict === "waiting") return null;
  const checks = verdictsOf(terms, states);
  const seen = served === null ? {} : { seen: { heldMs, holdMs: terms.holdMs, ...served } };
  await record(session, { kind: "measured", rollout: rollout.id, weight, ...verdict, checks, ...seen });
  if (verdict.verdict === "successful") return ok(verdict.reason);
  return fail({ kind: "analysis-failed", verdict: verdict.verdict, weight, reason: verdict.reason });
}

async function continued(session: Session, rollout: Rollout, by: string): Promise<Result<string>> {
  const { version } = rollout.candidate;
  const noted = await record(session, { kind: "promoted", rollout: rollout.id, by, full: false });
  if (!noted.ok) return fail(noted.failure);
  session.fact({ kind: "continued", version, by, full: false });
  return ok(`continued by ${by}`);
}

function swiftly(looks: RouterLooks, terms: AnalysisTerms): Verdict | null {
  const reading = looks.reading(recentMs);
  const reason = reading.kind === "traffic" ? recentErrors(reading, errorLimit(terms.checks)) : null;
  return reason === null ? null : { verdict: "failed", reason };
}

const comparable = (rollout: Rollout, checks: AnalysisTerms["checks"]): AnalysisTerms["checks"] =>
  rollout.compared && rollout.stable ? checks : ownChecks(checks);

const placeOf = (terms: AnalysisTerms, states: CheckState[]) => ({
  holdMs: terms.holdMs,
  checks: verdictsOf(terms, states),
});
