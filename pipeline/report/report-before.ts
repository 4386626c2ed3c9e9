import { reportFormat } from "./report.ts";
import type { ReadReport } from "./schema.ts";

/**
 * The report of the run before, for a page to compare with; null where the text is none of this format. Only the
 * parts that can be compared are looked at, by hand: a run of cached steps would take longer for the schemas than for
 * the steps. What is no report costs the comparison, never the run.
 */
export function reportBefore(text: string): ReadReport | null {
  try {
    const value: unknown = JSON.parse(text);
    return isReport(value) ? value : null;
  } catch {
    return null;
  }
}

const isReport = (value: unknown): value is ReadReport =>
  isMap(value) &&
  value.format === reportFormat &&
  ["run", "app", "version", "ref", "executor", "outcome"].every((name) => isText(value[name])) &&
  isTime(value.startedAt) &&
  (value.finishedAt === null || isTime(value.finishedAt)) &&
  ["cacheHits", "exitCode"].every((name) => isNumber(value[name])) &&
  ["rollouts", "failures", "notes"].every((name) => Array.isArray(value[name])) &&
  isListOf(isStage)(value.stages);

const isStage = (value: unknown): boolean =>
  isMap(value) &&
  isText(value.id) &&
  isText(value.title) &&
  isText(value.outcome) &&
  isListOf(isStep)(value.steps);

const isStep = (value: unknown): boolean =>
  isMap(value) &&
  isText(value.id) &&
  isText(value.outcome) &&
  typeof value.cached === "boolean" &&
  isNumber(value.ms) &&
  (value.evidence === undefined || isEvidence(value.evidence));

const isEvidence = (value: unknown): boolean =>
  isMap(value) &&
  isListOf((finding) => isMap(finding) && isText(finding.fingerprint))(value.findings) &&
  (value.tests === null || isTests(value.tests)) &&
  (value.coverage === null || isCoverage(value.coverage));

const isTests = (value: unknown): boolean =>
  isMap(value) &&
  ["total", "passed", "failed", "skipped", "ms"].every((name) => isNumber(value[name])) &&
  ["failures", "slowest"].every((name) => isListOf(isMap)(value[name]));

const isCoverage = (value: unknown): boolean =>
  isMap(value) &&
  isCovered(value.lines) &&
  isListOf((file) => isCovered(file) && isMap(file) && isText(file.path))(value.files);

const isCovered = (value: unknown): boolean =>
  isMap(value) && isNumber(value.covered) && isNumber(value.total);

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
/** ms since the epoch that a calendar knows (ECMA-262 §21.4.1.1). */
const isTime = (value: unknown): boolean => isNumber(value) && Math.abs(value) <= 8.64e15;
const isListOf =
  (is: (one: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(is);
