import type { AnalysisCheck, ValueLimits } from "../config/config.ts";
import type { Measurement, Point, Reading, Traffic } from "./measurement.ts";
import { errorWords, fraction, msWords, percentWords, type Window } from "./traffic.ts";

/** What one measurement says about its check. */
export type Assessment = {
  outcome: "successful" | "failed" | "inconclusive" | "error";
  /** The exact reason, with the figures that decided. */
  reason: string;
  /** From when on (ms since the analysis began) the value is known to have been so; null: from this measurement. */
  since: number | null;
};

/** Judges one measurement by its check; `samples` is the least number of requests where the check names none. */
export function assess(check: AnalysisCheck, { at, reading }: Measurement, samples: number): Assessment {
  const named = (assessed: Assessment): Assessment => ({
    ...assessed,
    reason: `${check.name}: ${assessed.reason}`,
  });
  if (reading.kind === "unreadable") return said("error", reading.reason);
  if (reading.kind === "empty") return named(said("inconclusive", reading.reason));
  switch (check.kind) {
    case "errors":
      return overBoth(reading, (of) => errors(check.max, check.samples ?? samples, of));
    case "p95":
      return overBoth(reading, (of) => latency(check, check.samples ?? samples, of));
    case "probe":
      return named(overBoth(reading, (of) => probed(check, of)));
    case "prometheus":
      return named(reading.kind === "series" ? series(check.limits, reading, at) : foreign(reading));
    case "command":
      return named(reading.kind === "command" ? command(check.limits, reading) : foreign(reading));
  }
}

/** Fails where the last minute alone fails, however good the time before it was. */
function overBoth(reading: Reading, judge: (of: Traffic) => Assessment): Assessment {
  if (reading.kind !== "traffic") return foreign(reading);
  const whole = judge(reading);
  if (whole.outcome === "failed" || reading.recent === null) return whole;
  const recent = judge({ ...reading, ...reading.recent });
  return recent.outcome === "failed" ? { ...recent, reason: `${recent.reason}, in the last minute` } : whole;
}

/**
 * Failed once failed > max × max(requests, samples): once the limit is broken even if all requests still to come
 * until `samples` are good. Where stable fails at the same or a higher rate it is no finding against the canary,
 * but no pass either.
 */
function errors(max: number, samples: number, { canary, stable }: Traffic): Assessment {
  const rate = fraction(canary);
  const stableAsBad = stable !== null && stable.requests > 0 && fraction(stable) >= rate;
  if (canary.failed > max * Math.max(canary.requests, samples) && !stableAsBad)
    return said("failed", `${errorWords(canary)}, limit ${percentWords(max)}`);
  const few = tooFew(samples, canary, null);
  if (few !== null) return said("inconclusive", few);
  if (rate > max) return said("inconclusive", `${errorWords(canary)}, stable is no better`);
  return said("successful", errorWords(canary));
}

function latency(
  check: Extract<AnalysisCheck, { kind: "p95" }>,
  samples: number,
  { canary, stable }: Traffic,
): Assessment {
  const { maxMs, against } = check;
  const beside = against === null ? null : stable;
  const few = tooFew(samples, canary, beside);
  if (few !== null) return said("inconclusive", few);
  const own = canary.p95Ms;
  if (own === null || !Number.isFinite(own)) return said("inconclusive", "p95 unknown");
  if (maxMs !== null && own > maxMs) return said("failed", `p95 ${msWords(own)}, limit ${msWords(maxMs)}`);
  if (against === null || beside === null) return said("successful", `p95 ${msWords(own)}`);
  const theirs = beside.p95Ms;
  if (theirs === null || !Number.isFinite(theirs)) return said("inconclusive", "p95 of stable unknown");
  const limit = theirs * against.maxRatio + against.slackMs;
  if (own <= limit) return said("successful", `p95 ${msWords(own)} (stable ${msWords(theirs)})`);
  const ground = `stable ${msWords(theirs)} × ${against.maxRatio} + ${against.slackMs} ms`;
  return said("failed", `p95 ${msWords(own)}, limit ${msWords(limit)} (${ground})`);
}

function probed(check: Extract<AnalysisCheck, { kind: "probe" }>, { canary, last }: Traffic): Assessment {
  const { samples, maxErrors, maxLatencyMs } = check;
  const { requests, failed, p95Ms } = canary;
  if (failed > maxErrors * Math.max(requests, samples)) {
    const words = last === null ? "" : ` (last: ${last})`;
    return said("failed", `${failed} of ${requests} answers bad${words}, limit ${percentWords(maxErrors)}`);
  }
  if (requests < samples) return said("inconclusive", `${requests} answers, ${samples} needed`);
  if (maxLatencyMs !== null && p95Ms === null) return said("inconclusive", "no answer was timed");
  if (maxLatencyMs !== null && p95Ms !== null && p95Ms > maxLatencyMs)
    return said("failed", `p95 ${msWords(p95Ms)}, limit ${msWords(maxLatencyMs)}`);
  return said("successful", `${failed} of ${requests} answers bad, p95 ${msWords(p95Ms)}`);
}

/** All series must be within at every moment; of a range, what counts is how it was without a break up to its end. */
function series(
  limits: ValueLimits,
  { series: all, stepMs }: Extract<Reading, { kind: "series" }>,
  at: number,
): Assessment {
  const moments = new Map<number, Point[]>();
  for (const point of all.flat()) moments.set(point[0], [...(moments.get(point[0]) ?? []), point]);
  const times = [...moments.keys()].sort((a, b) => a - b);
  const last = times.at(-1);
  const gapMs = stepMs * 1.5;
  if (last === undefined || (stepMs > 0 && at - last > gapMs)) return said("inconclusive", "no values found");
  const end = momentOf(limits, moments.get(last) ?? [], all.length);
  if (stepMs === 0) return end;
  let since = last;
  for (const time of times.reverse()) {
    const same = momentOf(limits, moments.get(time) ?? [], all.length).outcome === end.outcome;
    if (!same || since - time > gapMs) break;
    since = time;
  }
  return { ...end, since: Math.max(0, since) };
}

function momentOf(limits: ValueLimits, points: Point[], series: number): Assessment {
  const values = points.map(([, value]) => value);
  const bad = values.find((value) => value !== null && !within(limits, value));
  if (bad !== undefined && bad !== null)
    return said("failed", `value ${shown(bad)}, expected ${limitWords(limits)}`);
  if (values.includes(null)) return said("inconclusive", "value is not a number");
  if (values.length < series) return said("inconclusive", "a series has ended");
  return said("successful", `value ${values.map((value) => shown(value ?? 0)).join(", ")}`);
}

function command(
  limits: ValueLimits | null,
  { exitCode, signal, value }: Extract<Reading, { kind: "command" }>,
): Assessment {
  if (exitCode !== 0)
    return said("failed", exitCode === null ? `ended by ${signal}` : `exit code ${exitCode}`);
  if (limits === null) return said("successful", "exit code 0");
  if (value === null) return said("inconclusive", "it printed no number");
  return within(limits, value)
    ? said("successful", `value ${shown(value)}`)
    : said("failed", `value ${shown(value)}, expected ${limitWords(limits)}`);
}

function tooFew(samples: number, canary: Window, stable: Window | null): string | null {
  if (!(canary.requests >= samples) || (stable !== null && !(stable.requests >= samples))) {
    const beside = stable === null ? "" : `, ${stable.requests} of stable`;
    return `${canary.requests} requests${beside}, ${samples} needed`;
  }
  return canary.requests === 0 ? "no requests" : null;
}

const within = ({ is, min, max }: ValueLimits, value: number): boolean =>
  (is === null || value === is) && (min === null || value >= min) && (max === null || value <= max);

const limitWords = ({ is, min, max }: ValueLimits): string =>
  [
    ...(is === null ? [] : [shown(is)]),
    ...(min === null ? [] : [`at least ${shown(min)}`]),
    ...(max === null ? [] : [`at most ${shown(max)}`]),
  ].join(" and ");

/** At most six digits, without an exponent where people write none: the same on every machine. */
const shown = (value: number): string => String(Number(value.toPrecision(6)));

const said = (outcome: Assessment["outcome"], reason: string): Assessment => ({
  outcome,
  reason,
  since: null,
});

/** A reading that no source of this check gives. */
const foreign = (reading: Reading): Assessment =>
  said("error", `a ${reading.kind} reading is of no use here`);
