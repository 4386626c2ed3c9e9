import type { Act, Life } from "./life.ts";

/** The life as one JSON value: `.bellwether/reports/start.json`. Times are ms. */
export type StartReport = {
  format: 1;
  outcome: "passed" | "failed" | "interrupted";
  ms: number;
  /** Any answer that was not 2xx, any reset, any time-out. */
  failedRequests: number;
  requests: number;
  /** Requests answered, by the version that answered. */
  served: Record<string, number>;
  failures: string[];
  /** Steps that came from the cache, over all runs. */
  cacheHits: number;
  acts: { title: string; exitCode: number | null; expected: number; ms: number; cacheHits: number }[];
  /** Every stage that ran, by act. */
  stages: { act: string; id: string; outcome: string; ms: number; cached: number }[];
};

export function startReport(life: Life, planned: number, interrupted: boolean, ms: number): StartReport {
  const seen = life.traffic?.seen;
  const complete = life.acts.length === planned && life.acts.every((act) => act.exitCode === act.expected);
  const passed = complete && seen !== undefined && seen.failed === 0 && seen.requests > 0;
  return {
    format: 1,
    outcome: interrupted ? "interrupted" : passed ? "passed" : "failed",
    ms,
    failedRequests: seen?.failed ?? 0,
    requests: seen?.requests ?? 0,
    served: seen?.served ?? {},
    failures: seen?.failures ?? [],
    cacheHits: life.acts.reduce((sum, act) => sum + (act.report?.cacheHits ?? 0), 0),
    acts: life.acts.map((act) => ({
      title: act.title,
      exitCode: act.exitCode,
      expected: act.expected,
      ms: Math.round(act.ms),
      cacheHits: act.report?.cacheHits ?? 0,
    })),
    stages: life.acts.flatMap(stagesOf),
  };
}

const stagesOf = (act: Act): StartReport["stages"] =>
  (act.report?.stages ?? [])
    .filter((stage) => stage.outcome !== "skipped")
    .map((stage) => ({
      act: act.title,
      id: stage.id,
      outcome: stage.outcome,
      ms: Math.round(stage.ms),
      cached: stage.steps.filter((step) => step.cached).length,
    }));

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The end of the life for a person; `kept` is the repository whose environments go on, or null. */
export function summaryLines(report: StartReport, kept: string | null): string[] {
  const width = Math.max(...report.acts.map((act) => act.title.length), 0);
  return [
    "",
    ...report.acts.map((act) => {
      const mark = act.exitCode === act.expected ? "✔" : "✖";
      const cached = act.cacheHits === 0 ? "" : `, ${act.cacheHits} cached`;
      return `${mark} ${act.title.padEnd(width)}  exit ${act.exitCode}  ${seconds(act.ms)}${cached}`;
    }),
    "",
    ...Object.entries(report.served).map(([version, count]) => `${version} answered ${count} requests`),
    ...report.failures.map((failure) => `failed: ${failure}`),
    `${report.failedRequests} failed of ${report.requests} requests`,
    `${report.outcome} in ${seconds(report.ms)}, ${report.cacheHits} cache hits; the figures are in .bellwether/reports/start.json`,
    ...(kept === null ? [] : keptLines(kept)),
  ];
}

const keptLines = (directory: string): string[] => [
  "",
  "The environments go on running. Look at them:",
  ...["status", "history production", "logs production --follow"].map(
    (command) => `  npx bellwether ${command} -C ${directory}`,
  ),
  "End them:",
  `  npx bellwether stop staging -C ${directory}; npx bellwether stop production -C ${directory}; rm -r ${directory}`,
];
