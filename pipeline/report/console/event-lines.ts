import type { RolloutFact, RunEvent, StepResult } from "../../run/event.ts";
import { evidenceWords } from "../evidence-words.ts";
import { factWords } from "../fact.ts";
import { explainLines } from "../failure.ts";
import { gatesTable } from "../gates-view.ts";
import { duration } from "../units.ts";
import { indented, type Line, line, outcomeMark, type Style } from "./line.ts";

/** An event as plain lines, each with the step's id before it: for logs, where nothing is redrawn. */
export function eventLines(event: RunEvent, columns = Number.POSITIVE_INFINITY): Line[] {
  switch (event.kind) {
    case "run-started":
      return [line(`${event.app} ${event.version} (${event.ref}) on the ${event.executor} executor`, "bold")];
    case "stage-started":
      return [line(`▶ ${event.title}`, "bold")];
    case "stage-skipped":
      return [line(`○ ${event.title}: skipped, ${event.reason}`, "dim")];
    case "stage-finished": {
      const { mark, style } = outcomeMark[event.outcome];
      return [line(`${mark} ${event.title}: ${event.outcome} in ${duration(event.ms)}`, style)];
    }
    case "step-started":
      return [line(`[${event.step}] started`, "dim")];
    case "step-output":
      return [line(`[${event.step}] ${event.line}`)];
    case "heartbeat": {
      const limit = event.limitMs === null ? "" : `, limit ${duration(event.limitMs)}`;
      return [line(`[${event.step}] still running after ${duration(event.ms)}${limit}`, "dim")];
    }
    case "step-finished":
      return finishedLines(event.step, event.result, event.ms);
    case "rollout":
      return factLines(event.step, event.fact, columns);
    case "note":
      return [
        line(`${event.level === "warning" ? "warning: " : "note: "}${event.text}`, noteStyle(event.level)),
      ];
    case "run-finished":
      return [];
  }
}

/** How a step ended, its last lines where it failed, and its notes. */
export function finishedLines(step: string, result: StepResult, ms: number): Line[] {
  switch (result.outcome) {
    case "passed":
      return [
        line(`[${step}] passed ${passedHow(result, ms)}`, "green"),
        ...result.notes.map((note) => line(`[${step}] note: ${note}`, "dim")),
      ];
    case "failed": {
      const style = result.failure.kind === "approval-missing" ? "yellow" : "red";
      return explainLines(result.failure).map((text, index) =>
        line(`[${step}] ${text}`, index === 0 ? style : "plain"),
      );
    }
    case "skipped":
      return [line(`[${step}] skipped, ${result.reason}`, "dim")];
    case "interrupted":
      return [line(`[${step}] interrupted`, "yellow")];
  }
}

/** A rollout's fact; the go/no-go matrix is a table below its line, and fits `columns`. */
export const factLines = (step: string, fact: RolloutFact, columns: number): Line[] => [
  line(`[${step}] ${factWords(fact)}`, factStyle(fact)),
  ...(fact.kind === "gates" ? indented(gatesTable(fact.gates, columns - 4), 4) : []),
];

function factStyle(fact: RolloutFact): Style {
  if (fact.kind === "returning" || fact.kind === "returned" || fact.kind === "break-glass") return "red";
  if (fact.kind === "gates") return fact.go ? "green" : "red";
  if (fact.kind === "committed") return "green";
  if (fact.kind === "shifted" || fact.kind === "began") return "cyan";
  return "plain";
}

const noteStyle = (level: "info" | "warning"): Style => (level === "warning" ? "yellow" : "dim");

function passedHow({ cached, evidence }: Extract<StepResult, { outcome: "passed" }>, ms: number): string {
  const how = cached ? "from the cache" : `in ${duration(ms)}`;
  const words = evidence ? evidenceWords(evidence) : [];
  return words.length === 0 ? how : `${how}: ${words.join(", ")}`;
}
