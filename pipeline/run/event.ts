import type { Evidence } from "../evidence.ts";
import type { Failure, GateMark, GateSeen } from "../failure.ts";

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
  | {
      outcome: "passed";
      cached: boolean;
      notes: string[];
      evidence?: Evidence;
      digests?: Record<string, string>;
      url?: string;
    }
  | { outcome: "failed"; failure: Failure; evidence?: Evidence }
  | { outcome: "skipped"; reason: string }
  | { outcome: "interrupted" };

/** What a rollout says while it goes on. Versions name releases; weights are %. */
export type RolloutFact =
  /** A rollout whose engine was lost, or whose way back had failed, has been put right; `since` is ISO 8601. */
  | { kind: "recovered"; version: string; live: string | null; lost: boolean; actor: string; since: string }
  /** The go/no-go matrix, before the rollout begins; without `go` it does not, or somebody broke the glass. */
  | { kind: "gates"; environment: string; version: string; go: boolean; gates: GateSeen[] }
  | {
      kind: "began";
      environment: string;
      version: string;
      stable: string | null;
      strategy: string;
      /** What a person said it is for. */
      why?: string;
    }
  /** Past gates that did not let it pass; `followUp` is the id of what is owed for it. */
  | {
      kind: "break-glass";
      version: string;
      actor: string;
      reason: string;
      overridden: GateMark[];
      followUp: string;
    }
  | { kind: "acting"; action: string; version: string }
  | { kind: "acted"; action: string; version: string; ms: number }
  /** Components of the version that are as they were in the one before: they go on, and are not restarted. */
  | { kind: "unchanged"; version: string; components: string[] }
  /** How exposed its systemd units are by component: 0 (least) to 10. */
  | { kind: "exposed"; version: string; scores: Record<string, number> }
  | { kind: "waiting-ready"; version: string; component: string; seen: string }
  | { kind: "shifted"; weights: Record<string, number> }
  | {
      kind: "measured";
      weight: number;
      heldMs: number;
      holdMs: number;
      canary: Traffic;
      stable: Traffic | null;
      /** What each check says so far. */
      checks: CheckSaid[];
      verdict: string;
    }
  /** The canary waits for a person; `command` lets it go on. */
  | { kind: "pausing"; version: string; weight: number; pauseMs: number; command: string }
  /** A person let it go on: out of a pause, or in full, without further holds and pauses. */
  | { kind: "continued"; version: string; by: string; full: boolean }
  | { kind: "committed"; version: string; url: string; why?: string }
  | { kind: "watching"; version: string; watchMs: number }
  | { kind: "returning"; version: string; to: string | null; reason: string }
  | { kind: "returned"; version: string; live: string | null; reason: string }
  | { kind: "drained"; version: string; leftOpen: number }
  | { kind: "warm"; version: string; ms: number }
  /** Something was changed by hand on the target. */
  | { kind: "drift"; version: string; what: string; expected: string; found: string }
  /** A secret was rotated since this version was placed: `used` is the version of it that runs with it again. */
  | { kind: "rotated"; version: string; name: string; used: string; live: string }
  /** The journal ends like this after the rollout: the evidence that is kept outside the target. */
  | { kind: "journalled"; environment: string; sequence: number; hash: string }
  | { kind: "output"; version: string; line: string };

/** One check of the analysis: waiting, successful, failed, inconclusive or error, with the figures. */
export type CheckSaid = { name: string; verdict: string; reason: string };

/** p95 in ms, null where there were no requests. */
export type Traffic = { version: string; requests: number; failed: number; p95Ms: number | null };

export type Listener = (event: RunEvent) => void;
