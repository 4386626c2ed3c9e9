import type { Failure } from "../failure.ts";
import type { HermeticStep, Plan } from "../plan/plan.ts";
import type { Result } from "../result.ts";

/** Runs hermetic steps: in containers (dagger) or as child processes in the checkout (host). */
export interface Executor {
  readonly name: "host" | "dagger";
  /** Asked before the first step, for the due steps: everything it cannot do, and tools that are missing. */
  supports(plan: Plan, steps: HermeticStep[]): Promise<Failure[]>;
  run(step: HermeticStep, options: StepOptions): Promise<StepOutcome>;
  /** A report file that the step wrote, whether it passed or not; a failure is one sentence. */
  read(step: HermeticStep, path: string): Promise<Result<string, string>>;
  /** Hides the secrets that it knows: what is parsed from a report may show one that its text did not. */
  hide(text: string): string;
  /** Ends what it started: services, processes. Called once, whatever happened. */
  close(): Promise<void>;
}

export type StepOptions = {
  signal: AbortSignal;
  /** Output lines, redacted, without line end. */
  output(stream: "out" | "err", line: string): void;
};

export type StepOutcome =
  | {
      ok: true;
      cached: boolean;
      /** The cache key (sha256, hex), or null for a step that is not cacheable. Image keys are made of these. */
      key: string | null;
      notes: string[];
    }
  | { ok: false; failure: Failure };

/** The steps with effects, handed to the loop by the door; each is written once and serves every executor. */
export interface Effects {
  /** Asked before the first step, for the environments whose rollout is due: all that their targets would not hold. */
  supports?(environments: string[]): Promise<Failure[]>;
  image(name: string, facts: RunFacts, options: StepOptions): Promise<Result<ImageMade>>;
  approval(environment: string, facts: RunFacts, options: StepOptions): Promise<Result<EffectDone>>;
  rollout(environment: string, facts: RunFacts, options: EffectOptions): Promise<Result<EffectDone>>;
  rollback(environment: string, to: string | null, options: EffectOptions): Promise<Result<EffectDone>>;
}

export type EffectOptions = StepOptions & { fact(fact: import("./event.ts").RolloutFact): void };

/** What earlier steps of this run found: keys of hermetic steps, digests of images. */
export type RunFacts = { keys: Record<string, string | null>; digests: Record<string, string> };

/** `built` false: the image of the same inputs was found. */
export type ImageMade = { digest: string; built: boolean; notes: string[] };

/** `skipped` is a reason where nothing had to be done, e.g. staging has this digest already. */
export type EffectDone = { skipped: string | null; notes: string[]; url?: string };
