import { chain, type JournalEntry, type JournalFact } from "../../deploy/journal.ts";
import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import { chooseJournal, type JournalChoice } from "../journal/choice.ts";
import { journalIn } from "../journal/read.ts";
import { asText, filesIn } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";

const soon = { timeoutMs: 30_000 };

/** The journal of a fleet: on its first host, with a copy of it on every other one. */
export class FleetJournal {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #directory: string;
  #head: JournalEntry | null | undefined;
  /** All of it, while this connection's lease keeps everybody else from writing. */
  #whole: JournalChoice | null = null;
  #written = 0;
  #writing: Promise<unknown> = Promise.resolve();

  /** `directory` is where it lies on a host, for messages. */
  constructor(fleet: Fleet, clock: Clock, directory: string) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#directory = directory;
  }

  /** The host may have written entries of its own: what is its last one is looked up with the next. */
  forget(): void {
    this.#head = undefined;
    this.#whole = null;
  }

  append(fact: JournalFact): Promise<Result<JournalEntry>> {
    const done = this.#writing.then(() => this.#append(fact));
    this.#writing = done.catch(() => {});
    return done;
  }

  async #append(fact: JournalFact): Promise<Result<JournalEntry>> {
    const { first: host, token } = this.#fleet;
    for (let again = 0; ; again++) {
      if (this.#head === undefined) {
        const read = await this.read();
        if (!read.ok) return read;
        if (read.value.broken) return fail(read.value.broken);
        this.#head = read.value.entries.at(-1) ?? null;
      }
      const entry = chain(this.#head, this.#clock.now(), fact);
      const sent = ["append", token, entry.sequence - 1, this.#head?.hash ?? "none"];
      const said = await host.ask(sent, { input: `${JSON.stringify(entry)}\n`, timeoutMs: 10_000 });
      if (said.ok) {
        this.#head = entry;
        this.#written++;
        this.#whole?.entries.push(entry);
        await this.#replicate(sent, entry);
        return ok(entry);
      }
      this.forget();
      // The host has written an entry of its own meanwhile, or this one came through though its answer did not.
      const { failure } = said;
      const isMoved = failure.kind === "unknown" || failure.what === "moved";
      if (!isMoved || again > 0) return fail(this.#fleet.failureOf(host, "journal", failure));
      const read = await this.read();
      if (!read.ok) return read;
      const last = read.value.entries.at(-1);
      if (last && last.hash === entry.hash) {
        this.#head = last;
        return ok(last);
      }
    }
  }

  /** The other hosts have the journal, too: where the first one is lost for good, it is not lost with it. */
  async #replicate(sent: (string | number)[], entry: JournalEntry): Promise<void> {
    const others = this.#fleet.reached.filter((host) => host !== this.#fleet.first);
    const input = `${JSON.stringify(entry)}\n`;
    const all = await this.#fleet.each(others, (host) => host.ask(sent, { input, timeoutMs: 10_000 }));
    const behind = all.flatMap(({ host, said }) =>
      !said.ok && said.failure.kind === "refused" && said.failure.what === "moved" ? [host] : [],
    );
    const whole = behind.length === 0 ? null : await this.read();
    if (!whole?.ok) return;
    await this.#fleet.each(behind, (host) => this.#rewrite(host, whole.value.entries));
  }

  #rewrite(host: Host, entries: JournalEntry[]): ReturnType<Host["ask"]> {
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    return host.ask(["rewrite", this.#fleet.token], { input: asText(text), ...soon });
  }

  /** As its two files on the first host tell it together. */
  async read(): Promise<Result<JournalChoice>> {
    const { first: host, environment, token } = this.#fleet;
    if (this.#whole) return ok({ ...this.#whole, entries: [...this.#whole.entries] });
    const before = this.#written;
    const said = await host.ask(["journal"], soon);
    if (!said.ok) return fail(this.#fleet.failureOf(host, "journal", said.failure));
    const files = new Map(filesIn(said.value).map(({ name, bytes }) => [name, bytes]));
    const bytes = (name: string) => journalIn(files.get(name) ?? Buffer.alloc(0));
    const file = `${host.name}:${this.#directory}/journal`;
    const read = chooseJournal({ environment, file, copy: `${file}.copy` }, bytes("journal"), bytes("copy"));
    // What was read while something was written may be without it.
    const isNow = token > 0 && token === this.#fleet.token && before === this.#written;
    if (isNow) this.#whole = { ...read, entries: [...read.entries] };
    return ok(read);
  }

  /** What is damaged is what its copy says (B7); an unfinished line goes. */
  async mend({ entries, restored, staleCopy, notes }: JournalChoice): Promise<Result<void>> {
    if (restored === null && !staleCopy && notes.length === 0) return ok(undefined);
    const { first: host } = this.#fleet;
    const said = await this.#rewrite(host, entries);
    if (!said.ok) return fail(this.#fleet.failureOf(host, "journal", said.failure));
    this.forget();
    if (restored === null) return ok(undefined);
    const told = await this.append({ kind: "journal-restored", reason: restored.reason });
    return told.ok ? ok(undefined) : told;
  }
}
