import type { Failure } from "../failure.ts";

/** `at` is ms since the epoch. One union for everything that can happen in a run; words are made in `report/`. */
export type RunEvent = { at: number } & RunFact;

export type RunFact =
  | { kind: "run-started"; run: string; app: string; version: string; ref: string; executor: string }
  | { kind: "stage-started"; stage: string; title: string }
  | { kind: "stage-skipped"; stage: string; title: string; reason: string }
  | { kind: "stage-finished"; stage: string; title: string; outcome: Outcome; ms: number }
  | { kind: "step-started"; stage: string; step: string; title: string }
  /** Redacted already; `line` has no line end. */
  | { kind: "step-output"; stage: string; step: string; stream: "out" | "err"; line: string }
  /** Every 30 s of a step that goes on. */
  | { kind: "heartbeat"; stage: string; step: string; ms: number; limitMs: number | null }
  | { kind: "step-finished"; stage: string; step: string; title: string; result: StepResult; ms: number }
  | { kind: "rollout"; stage: string; step: string; fact: RolloutFact }
  | { kind: "note"; stage: string | null; text: string; level: "info" | "warning" }
  | { kind: "run-finished"; run: string; outcome: Outcome; ms: number; failures: Failure[] };

export type Outcome = "passed" | "failed" | "skipped" | "interrupted";

export type StepResult =
  | { outcome: "passed"; cached: boolean; notes: string[]; digests?: Record<string, string>; url?: string }
  | { outcome: "failed"; failure: Failure }
  | { outcome: "skipped"; reason: string }
  | { outcome: "interrupted" };

/** What a rollout says while it goes on. Versions name releases; weights are %. */
export type RolloutFact =
  /** An unfinished rollout of an engine that was lost has been put right; `since` is ISO 8601. */
  | { kind: "recovered"; version: string; live: string | null; actor: string; since: string }
  | { kind: "began"; environment: string; version: string; stable: string | null; strategy: string }
  | { kind: "acting"; action: string; version: string }
  | { kind: "acted"; action: string; version: string; ms: number }
  | { kind: "waiting-ready"; version: string; component: string; seen: string }
  | { kind: "shifted"; weights: Record<string, number> }
  | {
      kind: "measured";
      weight: number;
      heldMs: number;
      holdMs: number;
      canary: Traffic;
      stable: Traffic | null;
      verdict: string;
    }
  | { kind: "committed"; version: string; url: string }
  | { kind: "watching"; version: string; watchMs: number }
  | { kind: "returning"; version: string; to: string | null; reason: string }
  | { kind: "returned"; version: string; live: string | null; reason: string }
  | { kind: "drained"; version: string; leftOpen: number }
  | { kind: "warm"; version: string; ms: number }
  | { kind: "output"; version: string; line: string };

/** p95 in ms, null where there were no requests. */
export type Traffic = { version: string; requests: number; failed: number; p95Ms: number | null };

export type Listener = (event: RunEvent) => void;
