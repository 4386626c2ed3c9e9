import type { HermeticStep } from "./plan.ts";

/** Files that a step may write for others to read, each once: JUnit, coverage, findings, what a scan found. */
export const reportPaths = ({ reports, findings, rules }: HermeticStep): string[] => [
  ...new Set(
    [reports.junit, reports.coverage, findings?.file ?? null, rules.scan?.file ?? null].filter(
      (path) => path !== null,
    ),
  ),
];
