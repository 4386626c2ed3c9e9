import type { Failure } from "../failure.ts";
import type { HermeticStep, Stage, Step } from "../plan/plan.ts";
import { type Board, emptyBoard, isSettled, moves, stageOutcome } from "./board.ts";
import type { Outcome, RunFact, StepResult } from "./event.ts";
import type { RunFacts } from "./executor.ts";
import { createHeartbeats, type Heartbeats } from "./heartbeat.ts";
import type { RunOptions } from "./run-options.ts";
import { runStep } from "./run-step.ts";
import { combined } from "./verdict.ts";

/** Tells the listener a fact, at the clock's time. */
export type Emit = (fact: RunFact) => void;

/** `facts` and `failures` are filled on the way. */
export type WalkOptions = RunOptions & { facts: RunFacts; failures: Failure[]; emit: Emit };

export const isHermetic = (step: Step): step is HermeticStep => step.kind === "hermetic";

/** Does all that is due, as early as needs and lanes allow; settles when nothing runs and nothing can start. */
export function walk(options: WalkOptions): Promise<Outcome> {
  return new Walk(options).toTheEnd();
}

class Walk {
  readonly #options: WalkOptions;
  readonly #board: Board;
  /** When each stage started. */
  readonly #started = new Map<string, number>();
  readonly #outcomes: Outcome[] = [];
  readonly #heartbeats: Heartbeats;
  #busyLanes = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#board = emptyBoard(options.plan);
    this.#heartbeats = createHeartbeats(options.clock);
  }

  async toTheEnd(): Promise<Outcome> {
    for (const stage of this.#options.plan.stages)
      if (!stage.due || stage.steps.length === 0)
        this.#skipStage(stage, stage.due ? "it has no steps" : stage.reason);
    const running = new Set<Promise<void>>();
    const advance = (): void => {
      for (const step of this.#advance()) {
        const tracked: Promise<void> = step.finally(() => running.delete(tracked));
        running.add(tracked);
      }
    };
    try {
      for (advance(); running.size > 0; advance()) await Promise.race(running);
    } finally {
      this.#heartbeats.close();
    }
    return combined(this.#outcomes);
  }

  /** Skips what cannot be done any more and starts what can be done now. */
  #advance(): Promise<void>[] {
    if (this.#options.signal.aborted) this.#stopOpen();
    // A skip can make further skips possible, so ask again until there is none.
    let found = moves(this.#board);
    for (; found.skip.length > 0; found = moves(this.#board))
      for (const { stage, step, reason, whole } of found.skip) {
        if (!whole) this.#open(stage);
        this.#settle(stage, step, { outcome: "skipped", reason }, { met: false, ms: 0 });
      }
    return found.start
      .filter(({ step }) => this.#takeLane(step))
      .map(({ stage, step }) => this.#run(stage, step));
  }

  async #run(stage: Stage, step: Step): Promise<void> {
    const { clock, signal, emit } = this.#options;
    this.#open(stage);
    this.#board.running.add(step.id);
    const at = { stage: stage.id, step: step.id };
    const began = clock.now();
    const limitMs = isHermetic(step) ? step.timeoutMs : null;
    emit({ kind: "step-started", ...at, title: step.title });
    const stopHeartbeat = this.#heartbeats.start((ms) => emit({ kind: "heartbeat", ...at, ms, limitMs }));
    const result = await runStep(
      step,
      this.#options,
      { signal, output: (stream, line) => emit({ kind: "step-output", ...at, stream, line }) },
      (fact) => emit({ kind: "rollout", ...at, fact }),
    );
    stopHeartbeat();
    this.#board.running.delete(step.id);
    if (isHermetic(step)) this.#busyLanes -= 1;
    const met = result.outcome === "passed" || result.outcome === "skipped";
    this.#settle(stage, step, result, { met, ms: clock.now() - began });
  }

  #takeLane(step: Step): boolean {
    if (!isHermetic(step)) return true;
    if (this.#busyLanes >= Math.max(1, this.#options.lanes)) return false;
    this.#busyLanes += 1;
    return true;
  }

  #settle(stage: Stage, step: Step, result: StepResult, { met, ms }: { met: boolean; ms: number }): void {
    const { clock, emit, failures } = this.#options;
    this.#board.settled.set(step.id, { result, met });
    if (result.outcome === "failed") failures.push(result.failure);
    const began = this.#started.get(stage.id);
    if (began !== undefined)
      emit({ kind: "step-finished", stage: stage.id, step: step.id, title: step.title, result, ms });
    if (!isSettled(this.#board, stage)) return;
    if (began === undefined) this.#skipStage(stage, whyNeverStarted(result));
    else this.#finishStage(stage, clock.now() - began);
  }

  #finishStage(stage: Stage, ms: number): void {
    const outcome = stageOutcome(this.#board, stage);
    this.#outcomes.push(outcome);
    this.#options.emit({ kind: "stage-finished", stage: stage.id, title: stage.title, outcome, ms });
  }

  #open(stage: Stage): void {
    if (this.#started.has(stage.id)) return;
    this.#started.set(stage.id, this.#options.clock.now());
    this.#options.emit({ kind: "stage-started", stage: stage.id, title: stage.title });
  }

  #skipStage(stage: Stage, reason: string): void {
    this.#options.emit({ kind: "stage-skipped", stage: stage.id, title: stage.title, reason });
  }

  #stopOpen(): void {
    for (const stage of this.#options.plan.stages)
      for (const step of stage.due ? stage.steps : [])
        if (!this.#board.running.has(step.id) && !this.#board.settled.has(step.id))
          this.#settle(stage, step, { outcome: "interrupted" }, { met: false, ms: 0 });
  }
}

const whyNeverStarted = (result: StepResult): string =>
  result.outcome === "skipped" ? result.reason : "the run was interrupted";
