import type { Evidence } from "../evidence.ts";
import type { Failure, FailureKind, GateSeen } from "../failure.ts";
import type { Outcome, RolloutFact } from "../run/event.ts";
import type { RunExit } from "../run/verdict.ts";

/** The version of the report's JSON. */
export const reportFormat = 1;

/** What happened in a run: one versioned JSON value. Times are ms since the epoch, durations ms. */
export type Report = {
  format: typeof reportFormat;
  run: string;
  app: string;
  version: string;
  ref: string;
  executor: string;
  startedAt: number;
  /** Null where the run was cut off before its end. */
  finishedAt: number | null;
  outcome: Outcome;
  exitCode: RunExit;
  /** Steps whose result came from the cache. */
  cacheHits: number;
  stages: StageReport[];
  rollouts: RolloutReport[];
  failures: FailureReport[];
  /** Notes of the run that belong to no step. */
  notes: string[];
};

export type StageReport = {
  id: string;
  title: string;
  outcome: Outcome;
  /** Why it was skipped, or null. */
  reason: string | null;
  ms: number;
  steps: StepReport[];
  /** Stages that it needs, by id; reports of before do not say it. */
  needs?: string[];
};

export type StepReport = {
  id: string;
  title: string;
  outcome: Outcome;
  reason: string | null;
  cached: boolean;
  ms: number;
  notes: string[];
  /** ms since the epoch; missing for what never started. */
  startedAt?: number;
  failure?: FailureReport;
  /** What its reports say. */
  evidence?: Evidence;
  digests?: Record<string, string>;
  url?: string;
};

/** A failure as a value (`kind` and `detail`) and in words. */
export type FailureReport = {
  kind: FailureKind;
  exitCode: Exclude<RunExit, 0>;
  what: string;
  where: string | null;
  expected: string | null;
  next: string;
  detail: Failure;
};

export type RolloutReport = {
  environment: string;
  version: string;
  stable: string | null;
  strategy: string;
  /** The go/no-go matrix that was drawn before it; empty where the environment has no gates. */
  gates: GateSeen[];
  /** Who sent it past gates that did not pass, why, and the follow-up that is owed for it; null: nobody did. */
  breakGlass: Omit<Extract<RolloutFact, { kind: "break-glass" }>, "kind" | "version"> | null;
  /** `refused`: it never began. */
  outcome: "completed" | "returned" | "unfinished" | "refused";
  /** Why it went back, or null. */
  reason: string | null;
  url: string | null;
  /** Each change of weights, % by version. */
  weights: { at: number; weights: Record<string, number> }[];
  /** The last measurement of each weight. */
  measured: ({ at: number } & Omit<Extract<RolloutFact, { kind: "measured" }>, "kind">)[];
  /** End of the environment's journal after it: who keeps it notices a cut tail and a rewritten past. */
  journal: { sequence: number; hash: string } | null;
  /** What somebody had changed by hand. */
  drift: { version: string; what: string; expected: string; found: string }[];
  /** Secrets that run in an older version again. */
  rotated: { version: string; name: string; used: string; live: string }[];
  /** Who let it go on, out of a pause or in full. */
  continued: { at: number; by: string; full: boolean }[];
  /** Components of which nothing had changed: they were not restarted. */
  unchanged: string[];
  /** How exposed `systemd-analyze security` finds each component's unit, 0 to 10; nothing where no systemd runs it. */
  exposure: Record<string, number>;
  /** Connections still open when an old release had to end (B20). */
  leftOpen: number;
};
