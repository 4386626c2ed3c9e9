import type { Plan, Stage, Step } from "../plan/plan.ts";
import { count, listed } from "./units.ts";

/** A plan drawn for a person: stages in order with what they need and why, steps below, and a last line. */
export function planView(plan: Plan): string[] {
  const { app, context, stages } = plan;
  const due = stages.filter((stage) => stage.due);
  const dueIds = new Set(due.map((stage) => stage.id));
  const steps = due.reduce((sum, stage) => sum + stage.steps.length, 0);
  return [
    `${app} ${context.version}`,
    `${eventWords[context.event]}, ${context.ref}${context.sha === null ? "" : ` at ${context.sha.slice(0, 12)}`}${context.dirty ? ", with changes that are not committed" : ""}`,
    "",
    ...stages.flatMap((stage) => stageLines(stage, dueIds)),
    "",
    due.length === 0
      ? "Nothing is due."
      : `${count(due.length, "stage")} of ${stages.length} due, ${count(steps, "step")}.`,
  ];
}

const eventWords: Record<Plan["context"]["event"], string> = {
  push: "a push",
  pull_request: "a pull request",
  release: "a release",
  dispatch: "a dispatch",
  schedule: "a run by schedule",
  local: "a local run",
};

function stageLines(stage: Stage, dueIds: Set<string>): string[] {
  if (!stage.due) return [`○ ${stage.title}: not due, ${stage.reason}`];
  const needs = stage.needs.filter((id) => dueIds.has(id));
  const after = needs.length === 0 ? "" : `, after ${listed(needs)}`;
  return [`● ${stage.title}: ${stage.reason}${after}`, ...stage.steps.map((step) => `    ${stepLine(step)}`)];
}

function stepLine(step: Step): string {
  const needs = step.needs.length === 0 ? "" : `  ← ${step.needs.join(", ")}`;
  return `${step.id}${step.kind === "hermetic" ? `  ${commandWords(step.commands)}` : ""}${needs}`;
}

/** Lines of a shell as one: after what asks for more there is no `;`. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replace(/\s*\\\n\s*/g, " ")
    .replace(/(&&|\|\|?|[;{(]|\b(?:then|do|else))\s*\n\s*/g, "$1 ")
    .replace(/\s*\n\s*/g, "; ");

const commandWords = (commands: (string | string[])[]): string =>
  commands
    .map((command) => (typeof command === "string" ? oneLine(command) : command.join(" ")))
    .join(" && ");
