import { digestOf } from "../canonical.ts";
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
  /** Written by the target itself at the end of a warm window: drained and stopped (B20). */
  | { kind: "retired"; version: string; release: string; leftOpen: number }
  | { kind: "operated"; action: "start" | "stop" | "restart"; component: string | null; actor: string };

export type ApprovalMark = { by: string; at: number; how: "prompt" | "recorded" };

const genesis = "0".repeat(64);

/** The entry that follows `previous` (null: the first one), written at `at`. */
export function chain(previous: JournalEntry | null, at: number, fact: JournalFact): JournalEntry {
  const body = {
    format: 1 as const,
    sequence: (previous?.sequence ?? 0) + 1,
    at,
    previous: previous?.hash ?? genesis,
    fact,
  };
  return { ...body, hash: digestOf(body) };
}

/** Whether the chain is whole. `altered` is the sequence number at which the first broken entry should stand. */
export function verify(entries: JournalEntry[]): { ok: true; head: string } | { ok: false; altered: number } {
  let head = genesis;
  for (const [i, entry] of entries.entries()) {
    const { hash, ...body } = entry;
    const whole = entry.sequence === i + 1 && entry.previous === head && hash === digestOf(body);
    if (!whole) return { ok: false, altered: i + 1 };
    head = hash;
  }
  return { ok: true, head };
}
