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
  /** As it was read last, whoever had the lease. */
  #read: JournalChoice | null = null;
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
    this.#read = null;
  }

  /** Whether it is to be relied on, where it was not read before. */
  async sound(): Promise<Result<void>> {
    const read = this.#read ? ok(this.#read) : await this.read();
    if (!read.ok) return read;
    return read.value.broken ? fail(read.value.broken) : ok(undefined);
  }

  /**
   * The lease is held: whoever had it before may have written since the journal was read, unless `last` (sequence and
   * hash) is still its end: the value says which. What is damaged is mended (B7).
   */
  async begin(last: string | null): Promise<Result<boolean>> {
    const known = this.#read;
    const end = known?.entries.at(-1);
    this.forget();
    const isSame = known !== null && last === (end ? `${end.sequence} ${end.hash}` : "0 none");
    if (isSame) this.#whole = { ...known, entries: [...known.entries] };
    const now = isSame ? ok(known) : await this.read();
    if (!now.ok) return now;
    if (now.value.broken) return fail(now.value.broken);
    const mended = await this.#mend(now.value);
    return mended.ok ? ok(isSame) : mended;
  }

  append(...facts: [JournalFact, ...JournalFact[]]): Promise<Result<JournalEntry>> {
    const done = this.#writing.then(() => this.#append(facts));
    this.#writing = done.catch(() => {});
    return done;
  }

  async #append(facts: [JournalFact, ...JournalFact[]]): Promise<Result<JournalEntry>> {
    const { token } = this.#fleet;
    for (let again = 0; ; again++) {
      if (this.#head === undefined) {
        const read = await this.read();
        if (!read.ok) return read;
        if (read.value.broken) return fail(read.value.broken);
        this.#head = read.value.entries.at(-1) ?? null;
      }
      const entries = this.#chained(facts);
      const [entry] = entries.slice(-1) as [JournalEntry];
      const sent = ["append", token, entry.sequence - facts.length, this.#head?.hash ?? "none"];
      const input = entries.map((one) => `${JSON.stringify(one)}\n`).join("");
      const written = await this.#send(sent, input);
      if (written.said.ok) {
        this.#head = entry;
        this.#written++;
        this.#whole?.entries.push(...entries);
        await this.#catchUp(written.behind);
        return ok(entry);
      }
      this.forget();
      // The host has written an entry of its own meanwhile, or this one came through though its answer did not.
      const { failure } = written.said;
      const isMoved = failure.kind === "unknown" || failure.what === "moved";
      if (!isMoved || again > 0) return fail(this.#fleet.failureOf(this.#fleet.first, "journal", failure));
      const read = await this.read();
      if (!read.ok) return read;
      const last = read.value.entries.at(-1);
      if (last && last.hash === entry.hash) {
        this.#head = last;
        return ok(last);
      }
    }
  }

  #chained(facts: readonly JournalFact[]): JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (const fact of facts)
      entries.push(chain(entries.at(-1) ?? this.#head ?? null, this.#clock.now(), fact));
    return entries;
  }

  /**
   * To all hosts at once: where the first one is lost for good, the journal is not lost with it. One of the others that
   * has an entry which the first one refused is behind with the next.
   */
  async #send(
    sent: (string | number)[],
    input: string,
  ): Promise<{ said: Awaited<ReturnType<Host["ask"]>>; behind: Host[] }> {
    const { first, reached } = this.#fleet;
    const others = reached.filter((host) => host !== first);
    const ask = (host: Host) => host.ask(sent, { input, timeoutMs: 10_000 });
    const [said, all] = await Promise.all([ask(first), this.#fleet.each(others, ask)]);
    const isBehind = (one: (typeof all)[number]["said"]) =>
      !one.ok && one.failure.kind === "refused" && one.failure.what === "moved";
    return { said, behind: all.flatMap(({ host, said: one }) => (isBehind(one) ? [host] : [])) };
  }

  async #catchUp(behind: Host[]): Promise<void> {
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
    this.#read = read;
    // What was read while something was written may be without it.
    const isNow = token > 0 && token === this.#fleet.token && before === this.#written;
    if (isNow) this.#whole = { ...read, entries: [...read.entries] };
    return ok(read);
  }

  /** What is damaged is what its copy says; an unfinished line goes. */
  async #mend({ entries, restored, staleCopy, notes }: JournalChoice): Promise<Result<void>> {
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
