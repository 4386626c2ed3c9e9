import type { Failure } from "../failure.ts";

/** One entry of an environment's journal. `hash` is sha256 (hex) over the entry without it; `previous` chains. */
export type JournalEntry = {
  format: 1;
  sequence: number;
  /** ms since the epoch, by the target's clock. */
  at: number;
  previous: string;
  hash: string;
  fact: JournalFact;
};

/** What can stand in a journal: intent, then outcome. Never a secret's value. */
export type JournalFact =
  | {
      kind: "rollout-began";
      rollout: string;
      cause: "deploy" | "rollback";
      version: string;
      release: string;
      digests: string[];
      stable: string | null;
      strategy: string;
      actor: string;
      tool: string;
      approvals: ApprovalMark[];
      configDigest: string;
    }
  | { kind: "intent"; rollout: string; step: string }
  | { kind: "outcome"; rollout: string; step: string; ok: boolean; detail: string }
  | { kind: "measured"; rollout: string; weight: number; verdict: string; reason: string }
  | { kind: "committed"; rollout: string; version: string; release: string }
  | {
      kind: "rollout-ended";
      rollout: string;
      version: string;
      release: string;
      outcome: "completed" | "returned" | "aborted" | "recovery-failed";
      live: string | null;
      failure: Failure["kind"] | null;
      reason: string;
    }
  /** Written by the target itself when the engine ended without a word. */
  | { kind: "engine-lost"; rollout: string; live: string | null; reason: string }
  | { kind: "operated"; action: "start" | "stop" | "restart"; component: string | null; actor: string };

export type ApprovalMark = { by: string; at: number; how: "prompt" | "recorded" };
