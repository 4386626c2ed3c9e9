import type { Outcome, RolloutFact, RunEvent } from "../../run/event.ts";

/** What the live tree shows. Times are ms since the epoch. */
export type LiveState = { stages: LiveStage[]; running: LiveStep[] };

export type LiveStage = {
  id: string;
  title: string;
  state: "waiting" | "running" | Outcome;
  startedAt: number;
  ms: number;
  /** Why it was skipped; "" otherwise. */
  reason: string;
};

export type LiveStep = {
  id: string;
  stage: string;
  startedAt: number;
  /** Its last line of output. */
  line: string;
  weights: Record<string, number>;
  measured: Extract<RolloutFact, { kind: "measured" }> | null;
};

/** Adds an event to the state, in place. */
export function addLive(state: LiveState, event: RunEvent): void {
  switch (event.kind) {
    case "stage-started":
      Object.assign(stageOf(state, event), { state: "running", startedAt: event.at });
      return;
    case "stage-skipped":
      Object.assign(stageOf(state, event), { state: "skipped", reason: event.reason });
      return;
    case "stage-finished":
      Object.assign(stageOf(state, event), { state: event.outcome, ms: event.ms });
      return;
    case "step-started":
      state.running.push({
        id: event.step,
        stage: event.stage,
        startedAt: event.at,
        line: "",
        weights: {},
        measured: null,
      });
      return;
    case "step-finished":
      state.running = state.running.filter((step) => step.id !== event.step);
      return;
    case "step-output":
      withStep(state, event.step, (step) => {
        step.line = event.line;
      });
      return;
    case "rollout":
      withStep(state, event.step, (step) => addRollout(step, event.fact));
      return;
    default:
      return;
  }
}

function addRollout(step: LiveStep, fact: RolloutFact): void {
  switch (fact.kind) {
    case "shifted":
      step.weights = fact.weights;
      step.line = "";
      return;
    case "measured":
      step.measured = fact;
      return;
    case "acting":
      step.line = `${fact.action} ${fact.version}`;
      return;
    case "waiting-ready":
      step.line = `${fact.component} is not ready yet: ${fact.seen}`;
      return;
    case "pausing":
      step.line = `waits for a person: ${fact.command}`;
      return;
    case "continued":
      step.line = `${fact.by} lets it go on`;
      return;
    case "watching":
      step.line = `watching ${fact.version}`;
      return;
    case "returning":
      step.line = `going back: ${fact.reason}`;
      return;
    default:
      return;
  }
}

function stageOf(state: LiveState, { stage, title }: { stage: string; title: string }): LiveStage {
  const found = state.stages.find((each) => each.id === stage);
  if (found !== undefined) return found;
  const added: LiveStage = { id: stage, title, state: "waiting", startedAt: 0, ms: 0, reason: "" };
  state.stages.push(added);
  return added;
}

function withStep(state: LiveState, id: string, change: (step: LiveStep) => void): void {
  const step = state.running.find((each) => each.id === id);
  if (step !== undefined) change(step);
}
