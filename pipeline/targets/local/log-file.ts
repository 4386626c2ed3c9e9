import { appendFile, mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** A line that a component printed; `at` is ms since the epoch. */
export type LoggedLine = { at: number; line: string };

/** Lines in memory. */
const ringSize = 50;
/** Characters that may wait for the disk: a component that prints faster loses lines, and is told so. */
const waitingLimit = 1024 * 1024;

/** A component's log: a file of limited size (the one before it is kept as `.1`) and the last lines in memory. */
export class LogFile {
  readonly #file: string;
  readonly #sizeLimit: number;
  readonly #ring: LoggedLine[] = [];
  readonly #followers = new Set<(line: LoggedLine) => void>();
  #waiting = "";
  #dropped = 0;
  #writing: Promise<void> | null = null;
  #size: number | null = null;

  constructor(file: string, sizeLimit = 10 * 1024 * 1024) {
    this.#file = file;
    this.#sizeLimit = sizeLimit;
  }

  /** At most the last 50 lines. */
  get last(): LoggedLine[] {
    return [...this.#ring];
  }

  write(entry: LoggedLine): void {
    this.#ring.push(entry);
    if (this.#ring.length > ringSize) this.#ring.shift();
    for (const follower of this.#followers) follower(entry);
    if (this.#waiting.length > waitingLimit) this.#dropped++;
    else this.#waiting += `${new Date(entry.at).toISOString()} ${entry.line}\n`;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null;
    });
  }

  /** Calls with each new line until the returned function is called. */
  follow(follower: (line: LoggedLine) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Settles when everything written so far is in the file. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    this.#size ??= await stat(this.#file).then(
      (found) => found.size,
      () => 0,
    );
    while (this.#waiting !== "") {
      if (this.#size > this.#sizeLimit) {
        await rename(this.#file, `${this.#file}.1`);
        this.#size = 0;
      }
      const text = this.#dropped > 0 ? `${this.#waiting}(${this.#dropped} lines lost)\n` : this.#waiting;
      this.#waiting = "";
      this.#dropped = 0;
      await appendFile(this.#file, text, { mode: 0o600 });
      this.#size += Buffer.byteLength(text);
    }
  }
}

/** Bytes read from the end of a log file for its last lines. */
const tailBytes = 512 * 1024;

/** The last lines of a log file; none where there is no file. */
export async function tailOf(file: string, lines: number): Promise<LoggedLine[]> {
  const handle = await open(file, "r").catch(() => null);
  if (!handle) return [];
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - tailBytes);
    const buffer = Buffer.alloc(size - from);
    await handle.read(buffer, 0, buffer.length, from);
    const text = buffer.toString("utf8").split("\n");
    const whole = from > 0 ? text.slice(1) : text;
    return whole.flatMap((line) => parseLine(line)).slice(-lines);
  } finally {
    await handle.close();
  }
}

function parseLine(text: string): LoggedLine[] {
  const at = Date.parse(text.slice(0, 24));
  return Number.isNaN(at) ? [] : [{ at, line: text.slice(25) }];
}
