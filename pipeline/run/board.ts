import type { Plan, Stage, Step } from "../plan/plan.ts";
import type { Outcome, StepResult } from "./event.ts";
import { combined } from "./verdict.ts";

/**
 * How far a run is. A step is settled with its result; `met` says whether those that need it may go on: a step
 * that had nothing to do is skipped and met, one whose need failed is skipped and not met.
 */
export type Board = {
  plan: Plan;
  /** Ids of all steps that are due. */
  planned: Set<string>;
  running: Set<string>;
  settled: Map<string, { result: StepResult; met: boolean }>;
};

/** What can be done now: steps that may start, and steps that never will, with the reason. */
export type Moves = {
  start: { stage: Stage; step: Step }[];
  /** `whole` where a stage before this one did not pass, so that none of its steps will start. */
  skip: { stage: Stage; step: Step; reason: string; whole: boolean }[];
};

/** Nothing has been done yet. */
export const emptyBoard = (plan: Plan): Board => ({
  plan,
  planned: new Set(plan.stages.flatMap((stage) => (stage.due ? stage.steps.map((step) => step.id) : []))),
  running: new Set(),
  settled: new Map(),
});

/** The steps that are open and can move, in the plan's order; no moves and nothing running means the end. */
export function moves(board: Board): Moves {
  const found: Moves = { start: [], skip: [] };
  for (const stage of board.plan.stages) {
    if (!stage.due) continue;
    const before = stageGate(board, stage);
    for (const step of stage.steps) {
      if (board.running.has(step.id) || board.settled.has(step.id)) continue;
      const gate = before.kind === "open" ? stepGate(board, step) : before;
      if (gate.kind === "open") found.start.push({ stage, step });
      if (gate.kind === "shut")
        found.skip.push({ stage, step, reason: gate.reason, whole: before.kind === "shut" });
    }
  }
  return found;
}

/** Whether every step of the stage has its result. */
export const isSettled = (board: Board, stage: Stage): boolean =>
  stage.steps.every((step) => board.settled.has(step.id));

/** Outcome of a settled stage; one that could not do all its steps has not passed. */
export function stageOutcome(board: Board, stage: Stage): Outcome {
  const settled = stage.steps.map((step) => board.settled.get(step.id));
  const outcome = combined(settled.map((each) => each?.result.outcome ?? "skipped"));
  return outcome === "passed" && settled.some((each) => each?.met === false) ? "skipped" : outcome;
}

type Gate = { kind: "open" } | { kind: "wait" } | { kind: "shut"; reason: string };

const open: Gate = { kind: "open" };
const wait: Gate = { kind: "wait" };

function stageGate(board: Board, stage: Stage): Gate {
  let waits = false;
  for (const id of stage.needs) {
    const needed = board.plan.stages.find((each) => each.id === id);
    if (needed === undefined || !needed.due) continue;
    if (!isSettled(board, needed)) waits = true;
    else if (needed.steps.some((step) => board.settled.get(step.id)?.met === false))
      return { kind: "shut", reason: `${needed.id} ${past(stageOutcome(board, needed))}` };
  }
  return waits ? wait : open;
}

function stepGate(board: Board, step: Step): Gate {
  let waits = false;
  for (const id of step.needs) {
    const settled = board.settled.get(id);
    if (settled === undefined) {
      if (!board.planned.has(id)) return { kind: "shut", reason: `${id} is not in the plan` };
      waits = true;
    } else if (!settled.met) return { kind: "shut", reason: `${id} ${past(settled.result.outcome)}` };
  }
  return waits ? wait : open;
}

const past = (outcome: Outcome): string =>
  outcome === "skipped" ? "was skipped" : outcome === "interrupted" ? "was interrupted" : outcome;
