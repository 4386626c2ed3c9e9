import { mkdir, open, rename, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { chain, type JournalEntry, type JournalFact } from "../../deploy/journal.ts";
import type { Failure } from "../../failure.ts";
import { writeFileAtomic } from "../../io/files.ts";
import { fail, ok, type Result } from "../../result.ts";
import { chooseJournal, type JournalFiles } from "../journal/choice.ts";
import { type Break, journalBroken, readJournal } from "../journal/read.ts";

/** A file as we left it: another size or time of change is somebody else's doing. */
type Mark = { size: number; changedMs: number };

/** The journal of an environment: append-only, in two files, each entry on disk in both before `append` settles. */
export class JournalFile {
  readonly #files: JournalFiles;
  readonly #now: () => number;
  readonly #entries: JournalEntry[];
  #broken: Failure | null;
  #mark: Mark = { size: 0, changedMs: 0 };
  #copySize = 0;
  /** Somebody else changed the file, and it was not looked at since. */
  #suspect = false;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(
    files: JournalFiles,
    now: () => number,
    entries: JournalEntry[],
    broken: Failure | null,
  ) {
    this.#files = files;
    this.#now = now;
    this.#entries = entries;
    this.#broken = broken;
  }

  /** Opens it. What is damaged is mended by the copy, and `notes` says so (B7); what is broken is left as it is. */
  static async open(
    files: JournalFiles,
    now: () => number,
  ): Promise<{ journal: JournalFile; notes: string[] }> {
    const { file, copy } = files;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const read = await Promise.all([readJournal(file), readJournal(copy)]);
    const { entries, broken, restored, staleCopy, notes } = chooseJournal(files, ...read);
    const journal = new JournalFile(files, now, entries, broken);
    if (broken) return { journal, notes };
    if (restored !== null) await rename(file, `${file}.damaged-${now()}`).catch(() => {});
    if (restored !== null || read[0].cut > 0) await writeWhole(file, entries);
    if (staleCopy) await writeWhole(copy, entries);
    await journal.#remember();
    if (restored !== null) await journal.append({ kind: "journal-restored", reason: restored.reason });
    return { journal, notes };
  }

  get entries(): JournalEntry[] {
    return [...this.#entries];
  }

  /** Settles when every entry so far is on disk, or could not be written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /**
   * Why nothing may rely on it, or null: asked before a lease is given. A file that somebody changed under us is
   * read again: what was cut off or damaged is written again, what was altered is not touched.
   */
  check(): Promise<Failure | null> {
    return this.#next(async () => {
      if (this.#broken || !(await this.#isChanged())) return this.#broken;
      const { file, environment } = this.#files;
      const read = await readJournal(file);
      const altered = read.broken?.how === "altered" ? read.broken : this.#foreign(read.entries);
      if (altered) {
        const entries = read.entries.slice(0, altered.line - 1);
        return journalBroken(environment, file, { ...read, entries, broken: altered });
      }
      this.#suspect = false;
      if (read.broken !== null || read.cut > 0 || read.entries.length < this.#entries.length) {
        await writeWhole(file, this.#entries);
        await this.#remember();
        await this.#write({ kind: "journal-restored", reason: read.broken?.reason ?? "its end was cut off" });
      } else await this.#remember();
      return null;
    });
  }

  /** Fails where the journal is broken or cannot be written, and where `still` no longer holds when it is its turn. */
  append(fact: JournalFact, still: () => Failure | null = () => null): Promise<Result<JournalEntry>> {
    return this.#next(async () => {
      const refused = this.#broken ?? still();
      return refused ? fail(refused) : this.#write(fact);
    });
  }

  async #write(fact: JournalFact): Promise<Result<JournalEntry>> {
    const { file, copy } = this.#files;
    this.#suspect = await this.#isChanged();
    const before = { own: this.#mark.size, copied: this.#copySize };
    const entry = chain(this.#entries.at(-1) ?? null, this.#now(), fact);
    const line = `${JSON.stringify(entry)}\n`;
    try {
      // In this order: whoever reads the copy first never finds more in it than in the journal.
      await extend(file, line);
      await extend(copy, line);
    } catch (error) {
      // Half a line, or a line in one of the two, would be another story the next time.
      if (!this.#suspect) await truncate(file, before.own).catch(() => {});
      await truncate(copy, before.copied).catch(() => {});
      const reason = error instanceof Error ? error.message : String(error);
      return fail({ kind: "target-failed", action: "journal", reason });
    }
    this.#entries.push(entry);
    await this.#remember();
    return ok(entry);
  }

  /** An entry in the file that was not written here: another one in its place, or one too many. */
  #foreign(entries: JournalEntry[]): Break | null {
    const at = entries.findIndex((entry, i) => entry.hash !== this.#entries[i]?.hash);
    if (at < 0) return null;
    const reason = "it is not the entry that was written there";
    return { how: "altered", line: at + 1, entry: entries[at]?.fact.kind ?? null, reason };
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => {});
    return done;
  }

  async #isChanged(): Promise<boolean> {
    const seen = await markOf(this.#files.file);
    return this.#suspect || seen.size !== this.#mark.size || seen.changedMs !== this.#mark.changedMs;
  }

  async #remember(): Promise<void> {
    const [own, copy] = await Promise.all([markOf(this.#files.file), markOf(this.#files.copy)]);
    this.#mark = own;
    this.#copySize = copy.size;
  }
}

const writeWhole = (file: string, entries: JournalEntry[]): Promise<void> =>
  writeFileAtomic(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 });

async function extend(file: string, line: string): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    await handle.appendFile(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function markOf(file: string): Promise<Mark> {
  const seen = await stat(file).catch(() => null);
  return { size: seen?.size ?? 0, changedMs: seen?.ctimeMs ?? 0 };
}
