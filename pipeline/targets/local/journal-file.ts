import { mkdir, open, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { chain, type JournalEntry, type JournalFact } from "../../deploy/journal.ts";
import { fail, ok, type Result } from "../../result.ts";

const entryShape = z.object({
  format: z.literal(1),
  sequence: z.number(),
  at: z.number(),
  previous: z.string(),
  hash: z.string(),
  fact: z.looseObject({ kind: z.string() }),
});

/** A journal as read: entries, and how many bytes of an unfinished last line follow them. */
export type JournalRead = { entries: JournalEntry[]; cut: number };

const parsed = (line: string): JournalEntry | null => {
  try {
    const json: unknown = JSON.parse(line);
    return entryShape.safeParse(json).success ? (json as JournalEntry) : null;
  } catch {
    return null;
  }
};

/** Reads a journal. A last line that was cut short is left out; any other line that is no entry is `file-corrupt`. */
export async function readJournal(file: string): Promise<Result<JournalRead>> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const whole = bytes.lastIndexOf(10) + 1;
  const entries: JournalEntry[] = [];
  const lines = bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
  for (const [i, line] of lines.entries()) {
    const entry = parsed(line);
    if (entry === null) {
      return fail({
        kind: "file-corrupt",
        file,
        what: "journal",
        reason: `line ${i + 1} is not a journal entry`,
        remedy: "restore the journal from a copy; nothing is changed in this environment until then",
      });
    }
    entries.push(entry);
  }
  return ok({ entries, cut: bytes.length - whole });
}

/** The journal of an environment: append-only, each entry on disk before `append` settles. */
export class JournalFile {
  readonly #file: string;
  readonly #now: () => number;
  readonly #entries: JournalEntry[];
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: string, now: () => number, entries: JournalEntry[]) {
    this.#file = file;
    this.#now = now;
    this.#entries = entries;
  }

  /** Opens it; an unfinished last line (a crash in mid-write) is removed, and `notes` says so. */
  static async open(
    file: string,
    now: () => number,
  ): Promise<Result<{ journal: JournalFile; notes: string[] }>> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const read = await readJournal(file);
    if (!read.ok) return read;
    const { entries, cut } = read.value;
    const notes: string[] = [];
    if (cut > 0) {
      const { size } = await sizeOf(file);
      await truncate(file, size - cut);
      notes.push(`${file}: an unfinished last line (${cut} bytes) was dropped`);
    }
    return ok({ journal: new JournalFile(file, now, entries), notes });
  }

  get entries(): JournalEntry[] {
    return [...this.#entries];
  }

  /** Settles when every entry so far is on disk, or could not be written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  append(fact: JournalFact): Promise<JournalEntry> {
    const done = this.#writing.then(async () => {
      const entry = chain(this.#entries.at(-1) ?? null, this.#now(), fact);
      const handle = await open(this.#file, "a", 0o600);
      try {
        await handle.appendFile(`${JSON.stringify(entry)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      this.#entries.push(entry);
      return entry;
    });
    this.#writing = done.catch(() => {});
    return done;
  }
}

async function sizeOf(file: string): Promise<{ size: number }> {
  const handle = await open(file, "r");
  try {
    return await handle.stat();
  } finally {
    await handle.close();
  }
}
