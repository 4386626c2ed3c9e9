import { exitCode, type Failure } from "../failure.ts";
import type { RunEvent, StepResult } from "../run/event.ts";
import { worstExit } from "../run/verdict.ts";
import { explain } from "./failure.ts";
import {
  type FailureReport,
  type Report,
  reportFormat,
  type StageReport,
  type StepReport,
} from "./report.ts";
import { addFact } from "./rollout-report.ts";

/** A report of nothing yet. */
export const emptyReport = (): Report => ({
  format: reportFormat,
  run: "",
  app: "",
  version: "",
  ref: "",
  executor: "",
  startedAt: 0,
  finishedAt: null,
  outcome: "interrupted",
  exitCode: 130,
  cacheHits: 0,
  stages: [],
  rollouts: [],
  failures: [],
  notes: [],
});

/** The report of a sequence of events. */
export function reportOf(events: Iterable<RunEvent>): Report {
  const report = emptyReport();
  for (const event of events) addEvent(report, event);
  return report;
}

/** Adds one event to the report, in place: a run may have thousands of lines. */
export function addEvent(report: Report, event: RunEvent): void {
  switch (event.kind) {
    case "run-started": {
      const { run, app, version, ref, executor, at } = event;
      Object.assign(report, { run, app, version, ref, executor, startedAt: at });
      return;
    }
    case "stage-started":
      stageOf(report, event.stage, event.title);
      return;
    case "stage-skipped":
      Object.assign(stageOf(report, event.stage, event.title), { outcome: "skipped", reason: event.reason });
      return;
    case "stage-finished":
      Object.assign(stageOf(report, event.stage, event.title), { outcome: event.outcome, ms: event.ms });
      return;
    case "step-finished": {
      const step = stepReport(event.step, event.title, event.result, event.ms);
      if (step.outcome !== "skipped") step.startedAt = event.at - event.ms;
      stageOf(report, event.stage, event.stage).steps.push(step);
      if (step.cached) report.cacheHits += 1;
      return;
    }
    case "rollout":
      addFact(report.rollouts, event.fact, event.at);
      return;
    case "note":
      report.notes.push(event.text);
      return;
    case "run-finished":
      report.finishedAt = event.at;
      report.outcome = event.outcome;
      report.exitCode = worstExit(event.failures);
      report.failures = event.failures.map(failureReport);
      return;
    case "step-started":
    case "step-output":
    case "heartbeat":
      return;
  }
}

/** A failure as a value and in words. */
function failureReport(failure: Failure): FailureReport {
  const { what, where, expected, next } = explain(failure);
  return { kind: failure.kind, exitCode: exitCode(failure), what, where, expected, next, detail: failure };
}

function stageOf(report: Report, id: string, title: string): StageReport {
  const found = report.stages.find((stage) => stage.id === id);
  if (found !== undefined) return found;
  const stage: StageReport = { id, title, outcome: "interrupted", reason: null, ms: 0, steps: [] };
  report.stages.push(stage);
  return stage;
}

function stepReport(id: string, title: string, result: StepResult, ms: number): StepReport {
  const base = { id, title, outcome: result.outcome, reason: null, cached: false, ms, notes: [] };
  switch (result.outcome) {
    case "passed": {
      const { cached, notes, evidence, digests, url } = result;
      return {
        ...base,
        cached,
        notes,
        ...(evidence ? { evidence } : {}),
        ...(digests ? { digests } : {}),
        ...(url === undefined ? {} : { url }),
      };
    }
    case "failed":
      return {
        ...base,
        failure: failureReport(result.failure),
        ...(result.evidence ? { evidence: result.evidence } : {}),
      };
    case "skipped":
      return { ...base, reason: result.reason };
    case "interrupted":
      return base;
  }
}
