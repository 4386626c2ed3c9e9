import { digestOf } from "../canonical.ts";
import type { Failure, GateMark } from "../failure.ts";
import type { Traffic } from "../run/event.ts";
import type { Drift } from "./drift.ts";

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
      /** What a person said it is for, e.g. of a rollback. */
      why?: string;
      /** Commit of the release, null where it is not known; entries of before do not say it. */
      revision?: string | null;
      tool: string;
      approvals: ApprovalMark[];
      configDigest: string;
      /** What the rollout is judged by, as the configuration has it. */
      limits: Record<string, unknown>;
      /** What the release's components may use at most, by component and name; entries of before do not say it. */
      resources?: Record<string, string>;
    }
  /** The go/no-go matrix, drawn under the lease before the rollout began, whatever it says. */
  | {
      kind: "gates";
      rollout: string;
      version: string;
      go: boolean;
      gates: GateMark[];
    }
  | { kind: "intent"; rollout: string; step: string }
  | {
      kind: "outcome";
      rollout: string;
      step: string;
      ok: boolean;
      detail: string;
      /** Of a shift that was done: % by version. */
      weights?: Record<string, number>;
    }
  | {
      kind: "measured";
      rollout: string;
      weight: number;
      verdict: string;
      reason: string;
      /** What each check said at that moment. */
      checks?: { name: string; verdict: string; reason: string }[];
      /** What was served at that weight; entries of before do not say it. Durations are ms. */
      seen?: { heldMs: number; holdMs: number; canary: Traffic; stable: Traffic | null };
    }
  /** A person let it go on: out of a pause, or without further holds and pauses (`full`). */
  | { kind: "promoted"; rollout: string; by: string; full: boolean }
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
  /** A release went past gates that did not let it pass; `id` names the follow-up that this opens. */
  | {
      kind: "break-glass";
      id: string;
      rollout: string;
      version: string;
      release: string;
      digests: string[];
      actor: string;
      reason: string;
      /** The gates that were overridden; entries of before name none. */
      overridden?: GateMark[];
    }
  | { kind: "follow-up-closed"; id: string; actor: string; what: string }
  /** Nobody approved in time (B29). Times are ms since the epoch; `given` is how many of how many. */
  | {
      kind: "approval-expired";
      version: string;
      digests: string[];
      requestedBy: string;
      askedAt: number;
      expiredAt: number;
      given: string;
    }
  /** Written by the target itself when the engine ended without a word; `since` is ISO 8601. */
  | {
      kind: "engine-lost";
      rollout: string;
      version: string;
      actor: string;
      since: string;
      live: string | null;
      reason: string;
    }
  /** Somebody changed something by hand: found before the rollout changed anything. */
  | { kind: "drift"; rollout: string; found: Drift[] }
  /** A rollback runs with the secrets that were placed with its release, and these were rotated since. */
  | { kind: "rotated-secrets"; rollout: string; version: string; secrets: RotatedSecret[] }
  /** Written by the target itself: a damaged journal was replaced by its copy, whose last entry this follows. */
  | { kind: "journal-restored"; reason: string }
  /** Written by the target itself: a component held more memory (bytes) than its release allows, and was ended. */
  | {
      kind: "over-limit";
      version: string;
      release: string;
      component: string;
      limit: "memory";
      used: number;
      allowed: number;
    }
  /** Written by the target itself at the end of a warm window: drained and stopped (B20). */
  | { kind: "retired"; version: string; release: string; leftOpen: number }
  /** A person ran a command with the live release's code and environment; what it was is not kept, it may name secrets. */
  | { kind: "executed"; version: string; component: string; actor: string; exitCode: number | null }
  | { kind: "operated"; action: "start" | "stop" | "restart"; component: string | null; actor: string };

export type ApprovalMark = { by: string; at: number; how: "prompt" | "recorded" | "signed" | "github" };

/** Versions of a secret: the one that a rollback uses, and the one that was live before it. */
export type RotatedSecret = { name: string; used: string; live: string };

/** The end of a journal. Who knows it notices a cut tail and a rewritten past. */
export type JournalHead = { sequence: number; hash: string };

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
export function verify(
  entries: JournalEntry[],
): { ok: true; head: string } | { ok: false; altered: number; reason: string } {
  let previous: JournalEntry | null = null;
  for (const [i, entry] of entries.entries()) {
    const reason = flaw(previous, entry);
    if (reason !== null) return { ok: false, altered: i + 1, reason };
    previous = entry;
  }
  return { ok: true, head: previous?.hash ?? genesis };
}

/** Why an entry cannot follow `previous` (null: the first one), or null where it does. */
export function flaw(previous: JournalEntry | null, entry: JournalEntry): string | null {
  const { hash, ...body } = entry;
  if (hash !== digestOf(body)) return "it is not what was written: its hash does not fit its content";
  const expected = (previous?.sequence ?? 0) + 1;
  if (entry.sequence !== expected) return `entry ${entry.sequence} stands in the place of entry ${expected}`;
  if (entry.previous !== (previous?.hash ?? genesis)) return "it does not follow the entry before it";
  return null;
}

/** The end of a journal; the sequence 0 of one that is empty. */
export const headOf = (entries: JournalEntry[]): JournalHead => ({
  sequence: entries.at(-1)?.sequence ?? 0,
  hash: entries.at(-1)?.hash ?? genesis,
});

/** Why a head that was known once is not part of this journal, or null where it is. */
export function missingHead(entries: JournalEntry[], known: JournalHead): string | null {
  const { sequence, hash } = known;
  if (sequence > entries.length) return `it ends with entry ${entries.length}: what came after is cut off`;
  const found = sequence === 0 ? genesis : entries[sequence - 1]?.hash;
  return found === hash ? null : "another entry stands there: the journal was rewritten";
}

/** A head as people pass it on: SEQUENCE:HASH. */
export const headText = ({ sequence, hash }: JournalHead): string => `${sequence}:${hash}`;

/** Reads such a text; null where it is none. */
export function headFrom(text: string): JournalHead | null {
  const found = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim());
  return found ? { sequence: Number(found[1]), hash: found[2] ?? "" } : null;
}
