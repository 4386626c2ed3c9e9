import { readFile } from "node:fs/promises";
import { z } from "zod";
import { flaw, type JournalEntry } from "../../deploy/journal.ts";
import type { Failure } from "../../failure.ts";
import { isMissing } from "../../io/files.ts";
import { hasKnownForm } from "./fact-shape.ts";

const entryShape = z.object({
  format: z.literal(1),
  sequence: z.number(),
  at: z.number(),
  previous: z.string(),
  hash: z.string(),
  fact: z.looseObject({ kind: z.string() }),
});

/** The first line that is not the entry which should stand there. */
export type Break = {
  /** `damaged`: no entry at all, as after a crash of the disk; `altered`: an entry, but not the one that was written. */
  how: "damaged" | "altered";
  line: number;
  /** What the line says it is, or null. */
  entry: string | null;
  reason: string;
};

/** A journal as read: the part that is whole, in order, what follows it, and bytes of an unfinished last line. */
export type JournalRead = { entries: JournalEntry[]; broken: Break | null; cut: number };

/** Reads a journal up to the first line that is not right; it never fails. A file that is missing is empty. */
export async function readJournal(file: string): Promise<JournalRead> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (isMissing(error)) return { entries: [], broken: null, cut: 0 };
    const reason = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { entries: [], broken: { how: "damaged", line: 1, entry: null, reason }, cut: 0 };
  }
  return journalIn(bytes);
}

/** The same of bytes that are here already. */
export function journalIn(bytes: Buffer): JournalRead {
  const whole = bytes.lastIndexOf(10) + 1;
  const read = entriesOf(bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1));
  return { ...read, cut: bytes.length - whole };
}

/** The failure that a break is to whoever wanted to rely on the journal. */
export const journalBroken = (environment: string, file: string, read: JournalRead): Failure => ({
  kind: "journal-broken",
  environment,
  file,
  line: read.broken?.line ?? null,
  sequence: read.entries.length + 1,
  entry: read.broken?.entry ?? null,
  reason: read.broken?.reason ?? "it is whole",
});

function entriesOf(lines: string[]): Omit<JournalRead, "cut"> {
  const entries: JournalEntry[] = [];
  for (const [i, text] of lines.entries()) {
    const line = i + 1;
    const entry = parsed(text);
    if (entry === null) {
      const reason = `line ${line} is not a journal entry`;
      return { entries, broken: { how: "damaged", line, entry: null, reason } };
    }
    const reason = flaw(entries.at(-1) ?? null, entry);
    if (reason !== null) return { entries, broken: { how: "altered", line, entry: entry.fact.kind, reason } };
    entries.push(entry);
  }
  return { entries, broken: null };
}

function parsed(line: string): JournalEntry | null {
  try {
    const json: unknown = JSON.parse(line);
    const read = entryShape.safeParse(json);
    return read.success && hasKnownForm(read.data.fact) ? (json as JournalEntry) : null;
  } catch {
    return null;
  }
}
