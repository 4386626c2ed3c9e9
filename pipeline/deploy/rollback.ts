import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { completed } from "./history.ts";
import type { JournalEntry } from "./journal.ts";
import type { Release } from "./release.ts";

/** How a form says that no version is named. */
export const lastCompleted = "the last completed";

export type RollbackFacts = {
  environment: string;
  journal: JournalEntry[];
  /** Releases that can be started again: kept ones, and before them those that can be fetched again. */
  kept: Release[];
  /** Release that is live. */
  live: string | null;
  /** The version asked for, or null: the one before. */
  to: string | null;
};

/**
 * The release to go back to (B13): the one that completed before the live one, never one that was only
 * attempted. A rollback takes what it left off the line: after v1.0 → v1.1 → rollback to v1.0, what comes before
 * v1.0 is next. A named version is its newest release that completed. What is not kept any more is
 * `version-not-kept`, with what is (B12).
 */
export function rollbackTarget(facts: RollbackFacts): Result<Release> {
  const { environment, kept, live, to } = facts;
  if (live === null) return fail({ kind: "nothing-live", environment });
  const line = completedLine(facts.journal);
  const ids = to === null ? [beforeLive(line, live)] : versionsNamed(facts.journal, kept, to);
  const found = kept.find((release) => ids.includes(release.id));
  if (found) return ok(found);
  if (to === null && ids[0] === undefined) {
    const version = kept.find((release) => release.id === live)?.version ?? null;
    return fail({ kind: "nothing-to-roll-back-to", environment, live: version });
  }
  const wanted = completed(facts.journal).find((record) => record.release === ids[0])?.version;
  return fail(notKept(facts, to ?? wanted ?? ""));
}

/** Ids of completed releases, oldest first, as a rollback would walk back along them. */
export function completedLine(journal: JournalEntry[]): string[] {
  const line: string[] = [];
  for (const { cause, release } of completed(journal)) {
    const known = line.lastIndexOf(release);
    if (cause === "rollback" && known >= 0) line.length = known + 1;
    else if (line.at(-1) !== release) line.push(release);
  }
  return line;
}

function beforeLive(line: string[], live: string): string | undefined {
  const at = line.lastIndexOf(live);
  const before = at >= 0 ? line.slice(0, at) : line;
  return before.filter((release) => release !== live).at(-1);
}

/** Newest completed release of a version that is still kept. */
function versionsNamed(journal: JournalEntry[], kept: Release[], version: string): string[] {
  const newest = completed(journal)
    .filter((record) => record.version === version && kept.some((release) => release.id === record.release))
    .at(-1);
  return newest ? [newest.release] : [];
}

function notKept(facts: RollbackFacts, version: string): Failure {
  const ids = new Set(completed(facts.journal).map((record) => record.release));
  const available = facts.kept
    .filter((release) => ids.has(release.id) && release.id !== facts.live)
    .map((release) => release.version);
  return {
    kind: "version-not-kept",
    environment: facts.environment,
    version,
    available: [...new Set(available)],
  };
}
