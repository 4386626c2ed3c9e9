import type { JournalEntry, JournalFact } from "./journal.ts";
import { stepName } from "./strategy.ts";

type Began = Extract<JournalFact, { kind: "rollout-began" }>;
type Ended = Extract<JournalFact, { kind: "rollout-ended" }>;

/** One rollout as its journal tells it. Times are ms since the epoch, by the target's clock. */
export type RolloutRecord = Omit<Began, "kind" | "configDigest" | "limits"> & {
  /** What it was judged by; entries of before do not say it. */
  limits?: Began["limits"];
  beganAt: number;
  endedAt: number | null;
  /** Null while it goes on, or where its engine was lost and nobody has reconciled it yet. */
  outcome: Ended["outcome"] | null;
  reason: string;
  /** Its commit stands in the journal. */
  committed: boolean;
  /** A step of it failed that is not its commit: its candidate is not to be returned to. */
  failed: boolean;
  /** Its commit was begun: everything before it had succeeded. */
  commitTried: boolean;
  /** Last intent without an outcome. */
  openStep: string | null;
};

/** As the journal names the candidate's commit. */
const commitStep = stepName({ kind: "commit", release: "candidate" });

/** A record for each rollout, in the order in which they began. */
export function history(entries: JournalEntry[]): RolloutRecord[] {
  const records = new Map<string, RolloutRecord>();
  for (const { at, fact } of entries) {
    if (fact.kind === "rollout-began") records.set(fact.rollout, began(fact, at));
    const record = "rollout" in fact ? records.get(fact.rollout) : undefined;
    if (!record) continue;
    if (fact.kind === "intent") record.openStep = fact.step;
    if (fact.kind === "intent" && fact.step === commitStep) record.commitTried = true;
    if (fact.kind === "outcome") record.openStep = null;
    if (fact.kind === "outcome" && !fact.ok && fact.step !== commitStep) record.failed = true;
    if (fact.kind === "committed") record.committed = true;
    if (fact.kind === "rollout-ended") {
      record.endedAt = at;
      record.outcome = fact.outcome;
      record.reason = fact.reason;
    }
  }
  return [...records.values()];
}

/** The rollout that began last and has no end, or null. */
export const unfinished = (entries: JournalEntry[]): RolloutRecord | null => {
  const last = history(entries).at(-1);
  return last && last.outcome === null ? last : null;
};

/** The last rollout where it has no end, or where its way back failed: the next engine brings it to one. */
export const toBePutRight = (entries: JournalEntry[]): RolloutRecord | null => {
  const last = history(entries).at(-1);
  return last && (last.outcome === null || last.outcome === "recovery-failed") ? last : null;
};

/** Rollouts that completed, in the order of their end; only attempted ones are not among them. */
export const completed = (entries: JournalEntry[]): RolloutRecord[] =>
  history(entries).filter((record) => record.outcome === "completed");

/** What a release was judged by when it was deployed: a way back to it brings them back (B11). Null: not known. */
export const limitsOfRelease = (entries: JournalEntry[], release: string): Began["limits"] | null =>
  completed(entries).findLast((record) => record.release === release && record.cause === "deploy")?.limits ??
  null;

/** Whether one completed rollout had exactly these image digests: what a promotion asks of the earlier environment. */
export const hasCompleted = (entries: JournalEntry[], digests: string[]): boolean => {
  const wanted = [...new Set(digests)].sort().join();
  return completed(entries).some((record) => [...new Set(record.digests)].sort().join() === wanted);
};

function began(fact: Began, at: number): RolloutRecord {
  const { kind: _, configDigest: __, ...rest } = fact;
  return {
    ...rest,
    beganAt: at,
    endedAt: null,
    outcome: null,
    reason: "",
    committed: false,
    failed: false,
    commitTried: false,
    openStep: null,
  };
}
