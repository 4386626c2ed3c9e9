import type { Failure } from "../../pipeline/failure.ts";
import type { Clock } from "../../pipeline/io/clock.ts";
import type { HermeticStep } from "../../pipeline/plan/plan.ts";
import type { Result } from "../../pipeline/result.ts";
import type { Effects, Executor, StepOptions, StepOutcome } from "../../pipeline/run/executor.ts";

/** What a step does: how long it takes, and how it ends. */
export type Act = { ms?: number; failure?: Failure; throws?: string; cached?: boolean; says?: string[] };

/** Does each step as its act says, by the clock; records what was started, and what ran at the same time. */
export class FakeExecutor implements Executor {
  readonly name = "host";
  readonly started: string[] = [];
  refusals: Failure[] = [];
  asked: string[] = [];
  mostAtOnce = 0;
  closed = 0;
  readonly #clock: Clock;
  readonly #acts: Record<string, Act>;
  #running = 0;

  constructor(clock: Clock, acts: Record<string, Act> = {}) {
    this.#clock = clock;
    this.#acts = acts;
  }

  async supports(_plan: unknown, steps: HermeticStep[]): Promise<Failure[]> {
    this.asked = steps.map((step) => step.id);
    return this.refusals;
  }

  async run(step: HermeticStep, { signal, output }: StepOptions): Promise<StepOutcome> {
    const { ms = 1000, failure, throws, cached = false, says = [] } = this.#acts[step.id] ?? {};
    this.started.push(step.id);
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    for (const line of says) output("out", line);
    await this.#clock.sleep(ms, signal);
    this.#running -= 1;
    if (throws !== undefined) throw new Error(throws);
    if (signal.aborted) return { ok: false, failure: { kind: "interrupted", by: "SIGINT" } };
    return failure ? { ok: false, failure } : { ok: true, cached, key: `key of ${step.id}`, notes: [] };
  }

  async read(): Promise<Result<string, string>> {
    return { ok: false, failure: "there is no such file" };
  }

  hide(text: string): string {
    return text;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** Effects that all go well and record what they were given. */
export class FakeEffects implements Effects {
  readonly calls: unknown[][] = [];

  image: Effects["image"] = async (name, facts) => {
    this.calls.push(["image", name, structuredClone(facts)]);
    return { ok: true, value: { digest: `sha256:${name}`, built: true, notes: [] } };
  };

  approval: Effects["approval"] = async (environment, facts) => {
    this.calls.push(["approval", environment, structuredClone(facts)]);
    return { ok: true, value: { skipped: null, notes: [] } };
  };

  rollout: Effects["rollout"] = async (environment, facts) => {
    this.calls.push(["rollout", environment, structuredClone(facts)]);
    return { ok: true, value: { skipped: null, notes: [], url: `http://${environment}.test` } };
  };

  rollback: Effects["rollback"] = async (environment, to) => {
    this.calls.push(["rollback", environment, to]);
    return { ok: true, value: { skipped: null, notes: [] } };
  };
}
