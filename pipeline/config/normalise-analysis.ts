import type { AnalysisCheck, CheckRules, Command, ValueLimits } from "./config.ts";
import { secretReference } from "./normalise-secrets.ts";
import type { WrittenAnalysis, WrittenAnalysisCheck } from "./schema-analysis.ts";
import { fraction, milliseconds } from "./values.ts";

/**
 * An environment's checks. The errors and the p95 beside stable's are judged always, unless the list says
 * `none`; a map holds the limits of these two.
 */
export function normaliseAnalysis(written: WrittenAnalysis | undefined): AnalysisCheck[] {
  if (written !== undefined && Array.isArray(written)) {
    const { errors, p95 } = standard({});
    return [
      ...(written.some((one) => one.errors !== undefined) ? [] : [errors]),
      ...(written.some((one) => one.p95 !== undefined) ? [] : [p95]),
      ...checks(written),
    ];
  }
  const { errors, p95 } = standard(written ?? {});
  return [errors, p95];
}

/** The checks of a list as they are, nothing added. */
export const checks = (written: WrittenAnalysisCheck[] | undefined): AnalysisCheck[] =>
  (written ?? []).filter((one) => one.errors !== "none" && one.p95 !== "none").map(check);

const standard = (written: Exclude<WrittenAnalysis, unknown[]>) => ({
  errors: check({ errors: "canary", max: written["max-errors"] }),
  p95: check({ p95: "canary", against: "stable", "max-ratio": written["max-ratio"], slack: written.slack }),
});

function check(written: WrittenAnalysisCheck): AnalysisCheck {
  const forMs = milliseconds(written.for, "0s");
  const base = { forMs, samples: written.samples ?? (forMs > 0 ? 1 : null) };
  if (written.errors !== undefined) {
    return { kind: "errors", max: fraction(textOf(written.max), "1%"), ...base, ...rules(written, "errors") };
  }
  if (written.p95 !== undefined) {
    const compared = written.against !== undefined || written.max === undefined;
    const slackMs = milliseconds(written.slack, "50ms");
    return {
      kind: "p95",
      maxMs: written.max === undefined ? null : milliseconds(textOf(written.max), "0s"),
      against: compared ? { maxRatio: written["max-ratio"] ?? 1.5, slackMs } : null,
      ...base,
      ...rules(written, "p95"),
    };
  }
  if (written.prometheus !== undefined) return prometheus(written, written.prometheus);
  if (written.probe !== undefined) return probe(written, written.probe);
  const run = written.command ?? "";
  return {
    kind: "command",
    run,
    limits: isBounded(written) ? valueLimits(written) : null,
    timeoutMs: milliseconds(written.timeout, "30s"),
    ...rules(written, shortened(commandWords(run))),
  };
}

function prometheus(written: WrittenAnalysisCheck, query: string): AnalysisCheck {
  return {
    kind: "prometheus",
    query,
    limits: valueLimits(written),
    url: written.url ?? "http://localhost:9090",
    token: written.token === undefined ? null : secretReference(written.token, "analysis.token"),
    timeoutMs: milliseconds(written.timeout, "5s"),
    ...rules(written, shortened(query)),
  };
}

function probe(written: WrittenAnalysisCheck, at: string): AnalysisCheck {
  const latency = written["max-latency"];
  return {
    kind: "probe",
    at,
    maxLatencyMs: latency === undefined ? null : milliseconds(latency, "0s"),
    maxErrors: fraction(written["max-errors"], "0%"),
    samples: written.samples ?? 1,
    timeoutMs: milliseconds(written.timeout, "5s"),
    ...rules(written, `probe ${at}`),
  };
}

function rules(written: WrittenAnalysisCheck, name: string): CheckRules {
  const forMs = milliseconds(written.for, "0s");
  return {
    name: written.name ?? name,
    forMs,
    intervalMs: interval(written, forMs),
    failureLimit: written["failure-limit"] ?? 0,
    inconclusiveLimit: written["inconclusive-limit"] ?? null,
    consecutiveErrorLimit: written["consecutive-error-limit"] ?? 4,
    consecutiveSuccessLimit: written["consecutive-success-limit"] ?? 1,
    onError: written["on-error"] ?? "return",
  };
}

function interval(written: WrittenAnalysisCheck, forMs: number): number {
  if (written.interval !== undefined) return milliseconds(written.interval, "0s");
  const usual = written.errors !== undefined || written.p95 !== undefined ? 500 : 5_000;
  return forMs > 0 ? Math.max(500, Math.min(60_000, Math.round(forMs / 10))) : usual;
}

/** Whether a check asks anything of a value. */
export const isBounded = ({ is, min, max }: WrittenAnalysisCheck): boolean =>
  is !== undefined || min !== undefined || max !== undefined;

const valueLimits = ({ is, min, max }: WrittenAnalysisCheck): ValueLimits => ({
  is: is ?? null,
  min: min ?? null,
  max: typeof max === "number" ? max : null,
});

const textOf = (bound: string | number | undefined): string | undefined =>
  typeof bound === "string" ? bound : undefined;

const commandWords = (run: Command): string => (typeof run === "string" ? run : run.join(" "));

const shortened = (words: string): string => (words.length > 60 ? `${words.slice(0, 59)}…` : words);
