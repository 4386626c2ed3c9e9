import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Traffic } from "../run/event.ts";
import { judge, judgeWatch, type Measurement, type Verdict, type Window, window } from "./analysis.ts";
import { abortFailure, observe, record, type Session, within } from "./engine-session.ts";
import { serves } from "./party.ts";
import type { Rollout } from "./state.ts";
import type { RolloutStep } from "./strategy.ts";
import type { Observation, RouterCounters } from "./target.ts";

/** Time between two measurements (ms). */
const pollMs = 500;

/** Errors after the switch are judged over this time (ms). */
const recentMs = 2_000;

type Reading = { at: number; counters: Record<string, RouterCounters> };

type Measuring = {
  weight: number;
  holdMs: number;
  /** Keeps no readings but the first and those of this time. */
  verdict(measurement: Measurement, heldMs: number): Verdict;
  /** The reading that a measurement starts from. */
  from(readings: Reading[], now: number): Reading | undefined;
};

/** Holds a canary at its weight until the analysis has a verdict; whatever is not successful is a failure. */
export function hold(
  session: Session,
  rollout: Rollout,
  step: Extract<RolloutStep, { kind: "hold" }>,
): Promise<Result<string>> {
  const { holdMs, limitMs, samples, weight } = step;
  const limits = session.environment.analysis;
  return measureUntil(session, rollout, {
    weight,
    holdMs,
    verdict: (measurement, heldMs) => judge({ measurement, limits, samples, heldMs, holdMs, limitMs }),
    from: (readings) => readings[0],
  });
}

/** Watches the candidate after the switch: its errors over the last two seconds and its processes (B18). */
export function watch(
  session: Session,
  rollout: Rollout,
  step: Extract<RolloutStep, { kind: "watch" }>,
): Promise<Result<string>> {
  const { watchMs } = step;
  const { maxErrors } = session.environment.analysis;
  session.fact({ kind: "watching", version: rollout.candidate.version, watchMs });
  return measureUntil(session, rollout, {
    weight: 100,
    holdMs: watchMs,
    verdict: (measurement, heldMs) => judgeWatch({ measurement, maxErrors, heldMs, watchMs }),
    from: (readings, now) => readings.filter((one) => one.at <= now - recentMs).at(-1) ?? readings[0],
  });
}

async function measureUntil(session: Session, rollout: Rollout, how: Measuring): Promise<Result<string>> {
  const { clock, signal } = session;
  const began = clock.now();
  let readings: Reading[] = [];
  let inARow = 0;
  const first = await read(session);
  if (first.ok) readings.push(first.value);
  for (;;) {
    await clock.sleep(pollMs, signal);
    if (signal.aborted) return fail(abortFailure(session, rollout));
    const seen = await observe(session);
    if (!seen.ok) return seen;
    const died = whoDied(rollout, seen.value, how.weight, clock.now() - began);
    if (died) return fail(died);
    const after = await read(session);
    const start = how.from(readings, clock.now());
    const measured = measurement(rollout, start, after, how.weight, inARow + 1);
    inARow = measured.kind === "read" ? 0 : inARow + 1;
    const heldMs = clock.now() - began;
    const verdict = how.verdict(measured, heldMs);
    if (measured.kind === "read") tell(session, rollout, how, measured, heldMs, verdict);
    if (after.ok)
      readings = [...readings, after.value].filter(
        (one) => one === readings[0] || one.at > clock.now() - 2 * recentMs,
      );
    if (verdict.verdict === "waiting") continue;
    await record(session, { kind: "measured", rollout: rollout.id, weight: how.weight, ...verdict });
    if (verdict.verdict === "successful") return ok(verdict.reason);
    return fail({
      kind: "analysis-failed",
      verdict: verdict.verdict,
      weight: how.weight,
      reason: verdict.reason,
    });
  }
}

async function read(session: Session): Promise<Result<Reading>> {
  const got = await within(session.clock, 2_000, "statistics", session.deployment.router.statistics());
  return got.ok ? ok({ at: session.clock.now(), counters: got.value }) : got;
}

function measurement(
  rollout: Rollout,
  before: Reading | undefined,
  after: Result<Reading>,
  weight: number,
  inARow: number,
): Measurement {
  if (!after.ok) return { kind: "unreadable", reason: reasonOf(after.failure), inARow };
  if (!before) return { kind: "unreadable", reason: "no reading to start from", inARow };
  const canary = traffic(rollout.candidate.release, before, after.value);
  const beside = rollout.stable && weight < 100 ? traffic(rollout.stable.release, before, after.value) : null;
  const sound = canary !== null && (beside !== null || !rollout.stable || weight === 100);
  if (!sound) return { kind: "unreadable", reason: "counters that do not rise", inARow };
  return { kind: "read", canary, stable: beside };
}

/** A release that the router does not know yet has had no request. */
function traffic(release: string, before: Reading, after: Reading): Window | null {
  const now = after.counters[release] ?? { requests: 0, failed: 0, latency: [] };
  return window(before.counters[release], now);
}

/** The candidate's end is its failure; stable's end in mid-canary is one of the target, and recovery knows. */
function whoDied(rollout: Rollout, seen: Observation, weight: number, afterMs: number): Failure | null {
  const { candidate, stable } = rollout;
  const components = seen.releases[candidate.release]?.components ?? {};
  const dead = candidate.waves.flat().find((name) => components[name]?.state !== "running");
  if (dead !== undefined) {
    const { end = null, log = [] } = components[dead] ?? {};
    const { version } = candidate;
    return {
      kind: "not-healthy",
      component: dead,
      version,
      waitedMs: afterMs,
      probe: null,
      end,
      log: log.slice(-20),
    };
  }
  if (weight === 100 || !stable || serves(seen, stable)) return null;
  return {
    kind: "target-failed",
    action: `hold ${weight} %`,
    reason: `${stable.version} ended while it served`,
  };
}

function tell(
  session: Session,
  rollout: Rollout,
  how: Measuring,
  measured: Extract<Measurement, { kind: "read" }>,
  heldMs: number,
  verdict: Verdict,
): void {
  const of = (version: string, one: Window): Traffic => ({ version, ...one });
  session.fact({
    kind: "measured",
    weight: how.weight,
    heldMs,
    holdMs: how.holdMs,
    canary: of(rollout.candidate.version, measured.canary),
    stable: rollout.stable && measured.stable ? of(rollout.stable.version, measured.stable) : null,
    verdict: verdict.verdict,
  });
}

const reasonOf = (failure: Failure): string => ("reason" in failure ? failure.reason : failure.kind);
