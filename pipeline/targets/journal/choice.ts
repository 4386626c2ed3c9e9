import type { JournalEntry } from "../../deploy/journal.ts";
import type { Failure } from "../../failure.ts";
import { type JournalRead, journalBroken } from "./read.ts";

/** The two files of a journal: every entry is written to both. */
export type JournalFiles = { environment: string; file: string; copy: string };

/** What the two files say together. */
export type JournalChoice = {
  entries: JournalEntry[];
  /** Why it is not to be relied on, or null; `entries` is then the part that is whole. */
  broken: Failure | null;
  /** The file does not hold these entries: it is to be replaced by them; from which line on, and why. */
  restored: { line: number; reason: string } | null;
  file: string;
  /** The copy does not hold them. */
  staleCopy: boolean;
  notes: string[];
};

/**
 * A journal that was damaged, cut or lost is what its copy says (B7). One that was altered is not: an entry that
 * somebody rewrote is evidence, and a person looks at it first (B46). So are two files that tell different stories.
 */
export function chooseJournal(files: JournalFiles, own: JournalRead, copy: JournalRead): JournalChoice {
  const { file } = files;
  const notes = own.cut > 0 ? [`${file}: an unfinished last line (${own.cut} bytes) was dropped`] : [];
  const refused = (broken: Failure): JournalChoice => ({
    entries: own.entries,
    broken,
    restored: null,
    file,
    staleCopy: false,
    notes,
  });
  const copied = copy.entries;
  if (own.broken?.how === "altered") return refused(journalBroken(files.environment, file, own));
  if (!agree(own.entries, copied)) return refused(different(files, own, copied));
  const longer = copied.length > own.entries.length;
  if (own.broken === null && !longer) {
    const stale = copied.length < own.entries.length || copy.broken !== null || copy.cut > 0;
    const told = copy.broken === null ? [] : [`${files.copy}: ${copy.broken.reason}; it was made anew`];
    return {
      entries: own.entries,
      broken: null,
      restored: null,
      file,
      staleCopy: stale,
      notes: [...notes, ...told],
    };
  }
  // Up to where the copy is whole, it is what was written; where it says no more than the file, nobody knows the rest.
  if (!longer) return refused(journalBroken(files.environment, file, own));
  const missing = copied.length - own.entries.length;
  const because =
    own.broken?.reason ?? `${missing} ${missing === 1 ? "entry was" : "entries were"} missing at its end`;
  return {
    entries: copied,
    broken: null,
    restored: { line: own.entries.length + 1, reason: because },
    file,
    staleCopy: copy.broken !== null || copy.cut > 0,
    notes: [...notes, `${file}: ${because}; its copy was used`],
  };
}

/** Whether one of the two is the beginning of the other. */
function agree(a: JournalEntry[], b: JournalEntry[]): boolean {
  const last = Math.min(a.length, b.length) - 1;
  return last < 0 || a[last]?.hash === b[last]?.hash;
}

function different(
  { environment, file, copy }: JournalFiles,
  own: JournalRead,
  copied: JournalEntry[],
): Failure {
  const at = own.entries.findIndex((entry, i) => entry.hash !== copied[i]?.hash);
  const entry = own.entries[at]?.fact.kind ?? null;
  const reason = `${copy} has another entry there`;
  return { kind: "journal-broken", environment, file, line: at + 1, sequence: at + 1, entry, reason };
}
