import { randomUUID } from "node:crypto";
import * as core from "@actions/core";
import { error, notice, warning } from "@actions/core";
import { disguisesOf } from "../disguise.ts";
import type { Failure } from "../failure.ts";
import { explainLines } from "../report/failure.ts";
import type { ReadReport } from "../report/schema.ts";
import { annotationsOf } from "./annotations.ts";

type Stage = ReadReport["stages"][number];

/** Shortest value that is hidden, in characters. */
const shortestMask = 4;

/** Ends the step with what was wrong, in words. */
export function refused(failure: Failure): number {
  core.setFailed(explainLines(failure).join("\n"));
  return 1;
}

/** Hides values from now on in what this job prints, as they are, line by line, and encoded. */
export function mask(values: (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value === "") continue;
    for (const form of disguisesOf(value, shortestMask)) for (const line of form.split("\n")) maskLine(line);
  }
}

function maskLine(line: string): void {
  if (line.trim().length >= shortestMask) core.setSecret(line);
}

/** Says what came of every stage, each as a group of the log; `output` is what failed steps printed. */
export function tellStages(report: ReadReport, output: (step: string) => string[]): void {
  for (const stage of report.stages)
    if (stage.outcome === "skipped")
      core.info(`${stage.title}: skipped, ${stage.reason ?? "no reason was given"}`);
    else tellStage(stage, output);
}

function tellStage(stage: Stage, output: (step: string) => string[]): void {
  core.startGroup(`${stage.title}: ${stage.outcome}`);
  for (const step of stage.steps) {
    core.info(`${step.id}: ${wordsOf(step)}`);
    if (step.outcome === "failed") asItIs(output(step.id));
    for (const note of step.notes) core.debug(`${step.id}: ${note}`);
  }
  core.endGroup();
}

const wordsOf = ({ outcome, cached, reason, ms }: Stage["steps"][number]): string =>
  cached
    ? "from the cache"
    : outcome === "skipped"
      ? `skipped, ${reason}`
      : `${outcome} in ${Math.round(ms)} ms`;

/** Prints lines of somebody else: what looks like a command to the runner is none (stop-commands). */
export function asItIs(lines: string[]): void {
  if (lines.length === 0) return;
  const token = randomUUID();
  core.info(`::stop-commands::${token}`);
  for (const line of lines) core.info(line);
  core.info(`::${token}::`);
}

const tellers = { error, warning, notice };

/** Puts what was found beside the lines of the change. */
export function annotate(report: ReadReport): void {
  const { annotations, left } = annotationsOf(report);
  for (const { type, message, title, file, line, column } of annotations)
    tellers[type](message, {
      title,
      ...(file === null ? {} : { file }),
      ...(line === null ? {} : { startLine: line }),
      ...(column === null || line === null ? {} : { startColumn: column }),
    });
  if (left > 0) core.info(`${left} more are in the summary and in the report of this run`);
}

/** Adds to the summary of the job. */
export async function summarise(markdown: string): Promise<void> {
  await core.summary.addRaw(markdown, true).write();
}
