import type { Failure } from "../../failure.ts";
import { explain, explainLines } from "../failure.ts";
import type { Report, RolloutReport, StageReport } from "../report.ts";
import { tableRows } from "../table.ts";
import { count, duration } from "../units.ts";
import { type Line, line, outcomeMark } from "./line.ts";

/**
 * The last block of a run: stages with times, what was rolled out, what failed and what to do next. Failures that
 * were `shown` in full before are only named.
 */
export function summaryLines(report: Report, shown: (failure: Failure) => boolean, columns: number): Line[] {
  return [
    line(""),
    ...stageLines(report.stages, columns),
    ...report.rollouts.map(rolloutLine),
    ...report.failures.flatMap(({ detail }) => failureLines(detail, shown(detail))),
    line(""),
    lastLine(report),
  ];
}

function stageLines(stages: StageReport[], columns: number): Line[] {
  const words = stages.map((stage) => (waits(stage) ? "waits" : stage.outcome));
  const rows = stages.map((stage, index) => {
    const outcome = words[index] ?? stage.outcome;
    return [
      `${outcomeMark[outcome].mark} ${stage.title}`,
      outcome,
      stage.steps.length === 0 ? "" : duration(stage.ms),
      remark(stage),
    ];
  });
  return tableRows(rows, columns).flatMap((lines, index) =>
    lines.map((text) => line(text, outcomeMark[words[index] ?? "skipped"].style)),
  );
}

/** A stage that only misses an approval has not gone wrong. */
export const waits = (stage: StageReport): boolean =>
  stage.outcome === "failed" &&
  stage.steps.every((step) => step.failure === undefined || step.failure.kind === "approval-missing");

/** What a stage did in a few words, or why it did nothing. */
export function remark({ reason, steps }: StageReport): string {
  if (reason !== null) return reason;
  const skipped = steps.find((step) => step.outcome === "skipped");
  const cached = steps.filter((step) => step.cached).length;
  return [
    count(steps.length, "step"),
    ...(cached > 0 ? [`${cached} from the cache`] : []),
    ...(skipped === undefined ? [] : [`${skipped.id} skipped: ${skipped.reason}`]),
  ].join(", ");
}

function rolloutLine({ environment, version, outcome, url, reason, stable }: RolloutReport): Line {
  if (outcome === "completed")
    return line(`${environment}: ${version} is live${url ? ` at ${url}` : ""}`, "green");
  if (outcome === "returned")
    return line(
      `${environment}: ${version} was withdrawn, ${stable ?? "nothing"} stays live: ${reason}`,
      "red",
    );
  if (outcome === "refused") return line(`${environment}: the rollout of ${version} did not begin`, "red");
  return line(`${environment}: the rollout of ${version} did not end`, "red");
}

function failureLines(failure: Failure, shown: boolean): Line[] {
  const { what, next } = explain(failure);
  const [first, ...others] = shown ? [what, `  next: ${next}`] : explainLines(failure);
  const { mark, style } = outcomeMark[failure.kind === "approval-missing" ? "waits" : "failed"];
  return [line(""), line(`${mark} ${first}`, style), ...others.map((text) => line(text))];
}

function lastLine(report: Report): Line {
  const { app, version, outcome, exitCode, startedAt, finishedAt, cacheHits, stages } = report;
  const steps = stages.reduce((sum, stage) => sum + stage.steps.length, 0);
  const onlyWaits = outcome === "failed" && report.failures.every((each) => each.kind === "approval-missing");
  const word = onlyWaits ? "waits" : outcome;
  const text = [
    `${app} ${version} ${word} in ${duration((finishedAt ?? startedAt) - startedAt)}`,
    `${cacheHits === 0 ? "" : `${cacheHits} of `}${count(steps, "step")}${cacheHits === 0 ? "" : " from the cache"}`,
    `exit code ${exitCode}`,
  ].join(", ");
  return line(text, outcomeMark[word].style);
}
