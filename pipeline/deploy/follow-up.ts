import type { Failure, GateMark, OpenFollowUp } from "../failure.ts";
import type { JournalEntry } from "./journal.ts";

/** What a break-glass left to be done; times are ms since the epoch. */
export type FollowUp = {
  /** Of the rollout that opened it. */
  id: string;
  version: string;
  actor: string;
  reason: string;
  /** Gates that it went past; empty where the journal does not name them. */
  overridden: GateMark[];
  at: number;
  closed: { actor: string; what: string; at: number } | null;
};

/** Every follow-up that a journal tells of, oldest first. */
export function followUps(entries: JournalEntry[]): FollowUp[] {
  const found = new Map<string, FollowUp>();
  for (const { at, fact } of entries) {
    if (fact.kind === "break-glass") {
      const { id, version, actor, reason, overridden = [] } = fact;
      found.set(id, { id, version, actor, reason, overridden, at, closed: null });
    }
    const open = fact.kind === "follow-up-closed" ? found.get(fact.id) : undefined;
    if (open && !open.closed && fact.kind === "follow-up-closed")
      open.closed = { actor: fact.actor, what: fact.what, at };
  }
  return [...found.values()];
}

export const openFollowUps = (entries: JournalEntry[]): FollowUp[] =>
  followUps(entries).filter(({ closed }) => closed === null);

/** Refuses an ordinary deploy while something is owed for a break-glass; null: nothing is. */
export function followUpRefusal(environment: string, entries: JournalEntry[]): Failure | null {
  const open = openFollowUps(entries);
  if (open.length === 0) return null;
  return { kind: "follow-up-open", environment, followUps: open.map(summary) };
}

const summary = ({ at, closed: _, ...owed }: FollowUp): OpenFollowUp => ({
  ...owed,
  since: new Date(at).toISOString(),
});

/** Words that a reason, or what was done, must have at least. */
const leastWords = 3;

/** Whether a text says something: three words at least. */
export const saysSomething = (text: string): boolean =>
  text.split(/\s+/).filter((word) => /\p{L}|\p{N}/u.test(word)).length >= leastWords;
