import type { Evidence } from "../evidence.ts";
import type { Failure } from "../failure.ts";
import type { HermeticStep } from "../plan/plan.ts";
import type { Result } from "../result.ts";

/** What a step left behind. */
export type StepSeen = {
  /** How it ended; null: with 0. */
  failure: Failure | null;
  /** Its output, redacted; bounded. */
  log: string;
  /** A report file that it wrote, relative to the root. A failure is one sentence. */
  read(path: string): Promise<Result<string, string>>;
};

/** What is to be thought of a step; `failure` null: it passes. */
export type Judgement = { evidence: Evidence | null; failure: Failure | null; notes: string[] };

/** Reads what a step wrote and holds it against the step's rules; it never rejects for bad content. */
export type Judge = (step: HermeticStep, seen: StepSeen) => Promise<Judgement>;
