import { chain, type JournalEntry, type JournalFact } from "../../deploy/journal.ts";
import { askerOf, hasPrecedence } from "../../deploy/precedence.ts";
import type { Release } from "../../deploy/release.ts";
import { releaseCheck } from "../../deploy/release-check.ts";
import type { Lease, LeaseRequest, Promotion, Store } from "../../deploy/target.ts";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import { chooseJournal, type JournalChoice } from "../journal/choice.ts";
import { journalIn } from "../journal/read.ts";
import { about, filesIn, first } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import { directoryOf } from "./names.ts";

import { leaseFields, textOf } from "./seen.ts";
import type { Knowledge } from "./target.ts";

/** Longest wait (ms) for a deploy that was asked to give way, and between two looks whether it has. */
const giveWayMs = 120_000;
const lookEveryMs = 500;
/** Time (ms) between two questions for what persons said. */
const listenEveryMs = 1_000;
const soon = { timeoutMs: 30_000 };

export type StoreParts = {
  clock: Clock;
  /** The host that the configuration names as the lease's. */
  leaseHost: string;
  /** Where the journal lies, for messages. */
  directory: string;
  /** Whether a release could be placed again, though its files are gone. */
  fetchable(release: Release): Promise<boolean>;
};

/** The lease, the journal and the kept releases of a fleet: on its first host, which tells the others. */
export class SystemdStore implements Store {
  readonly #fleet: Fleet;
  readonly #known: Knowledge;
  readonly #parts: StoreParts;
  #asked = new AbortController();
  #listening = new AbortController();
  #promoted: (promotion: Promotion) => void = () => {};
  #retire = { warmMs: 0, drainMs: 0 };
  #head: JournalEntry | null | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(fleet: Fleet, known: Knowledge, parts: StoreParts) {
    this.#fleet = fleet;
    this.#known = known;
    this.#parts = parts;
    fleet.first.heard = (lines) => this.#hear(lines);
  }

  async acquire(request: LeaseRequest): Promise<Result<Lease>> {
    const journal = await this.#read();
    if (!journal.ok) return journal;
    if (journal.value.broken) return fail(journal.value.broken);
    const taken = await this.#take(request);
    if (!taken.ok) return taken;
    const { token, previous } = taken.value;
    this.#fleet.token = token;
    const followed = await this.#follow(request);
    const mended = followed.ok ? await this.#mend(journal.value) : followed;
    if (!mended.ok) {
      await this.release();
      return mended;
    }
    this.#asked = new AbortController();
    this.#listening = new AbortController();
    void this.#listen(this.#listening.signal);
    return ok({
      token,
      previous,
      asked: this.#asked.signal,
      onPromote: (listener) => {
        this.#promoted = listener;
      },
    });
  }

  /** What persons say comes with any answer; where nothing else is asked, it is asked for. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(listenEveryMs, signal);
      if (!signal.aborted) await this.#fleet.first.ask(["words", this.#fleet.token], { timeoutMs: 10_000 });
    }
  }

  /** The connection goes: nothing is listened for any more. */
  close(): void {
    this.#listening.abort();
  }

  async #take(request: LeaseRequest): Promise<Result<Pick<Lease, "token" | "previous">>> {
    const { clock, leaseHost } = this.#parts;
    const { first: host } = this.#fleet;
    const until = clock.monotonic() + giveWayMs;
    const { cause, version, supersede } = request;
    const input = [
      `actor ${JSON.stringify(request.actor)}`,
      `version ${JSON.stringify(version)}`,
      `rollout ${JSON.stringify(request.rollout)}`,
      `since ${JSON.stringify(new Date(clock.now()).toISOString())}`,
      `request ${JSON.stringify({ cause, version, supersede })}`,
    ].join("\n");
    for (let asked = false; ; ) {
      const said = await host.ask(["acquire", request.ttlMs, leaseHost], { input: `${input}\n`, ...soon });
      if (said.ok) {
        const lost = leaseFields(about(said.value, "lost"));
        return ok({
          token: Number(first(said.value, "token")),
          previous: lost.rollout
            ? {
                rollout: textOf(lost.rollout),
                version: textOf(lost.version),
                actor: textOf(lost.actor),
                since: textOf(lost.since),
              }
            : null,
        });
      }
      const { failure } = said;
      if (failure.kind === "refused" && failure.what === "elsewhere")
        return fail(this.#elsewhere(failure.words));
      if (failure.kind !== "refused" || failure.what !== "held")
        return fail(this.#fleet.failureOf(host, "acquire", failure));
      const held = leaseFields(about(failure.lines, "held"));
      const isBefore = hasPrecedence(request, JSON.parse(held.request ?? "{}"));
      if (!isBefore || clock.monotonic() >= until) return fail(this.#held(failure.lines));
      if (!asked) await host.ask(["ask"], { input: `${askerOf(request)}\n`, ...soon });
      asked = true;
      await clock.sleep(lookEveryMs);
    }
  }

  #held(lines: readonly string[]): Failure {
    const held = leaseFields(about(lines, "held"));
    return {
      kind: "lease-held",
      environment: this.#fleet.environment,
      actor: textOf(held.actor),
      version: textOf(held.version),
      since: textOf(held.since),
      token: Number(held.token),
    };
  }

  #elsewhere(words: string): Failure {
    const { environment } = this.#fleet;
    return { kind: "lease-elsewhere", environment, host: words, configured: this.#parts.leaseHost };
  }

  /** The other hosts take this lease's token: no older engine changes anything there any more (B4). */
  async #follow(request: LeaseRequest): Promise<Result<void>> {
    const { token, hosts, first: own } = this.#fleet;
    const input = [
      `actor ${JSON.stringify(request.actor)}`,
      `version ${JSON.stringify(request.version)}`,
      `rollout ${JSON.stringify(request.rollout)}`,
      `since ${JSON.stringify(new Date(this.#parts.clock.now()).toISOString())}`,
    ].join("\n");
    const others = hosts.filter((host) => host !== own);
    const all = await this.#fleet.each(others, (host) =>
      host.ask(["follow", token, request.ttlMs, this.#parts.leaseHost], { input: `${input}\n`, ...soon }),
    );
    for (const { host, said } of all) {
      if (said.ok) continue;
      const { failure } = said;
      if (failure.kind === "refused" && failure.what === "elsewhere")
        return fail(this.#elsewhere(failure.words));
      return fail(this.#fleet.failureOf(host, "follow", failure));
    }
    return ok(undefined);
  }

  async renew(): Promise<Result<void>> {
    const { token, reached, first: own } = this.#fleet;
    const all = await this.#fleet.each(reached, (host) => host.ask(["renew", token], { timeoutMs: 10_000 }));
    for (const { host, said } of all) {
      if (said.ok) continue;
      if (host === own) return fail(this.#fleet.failureOf(host, "renew", said.failure));
      if (this.#fleet.isReturned(host, said.failure)) this.#fleet.lose(host, said.failure);
    }
    return ok(undefined);
  }

  async release(): Promise<void> {
    const { token, reached, first: own } = this.#fleet;
    this.#listening.abort();
    if (token === 0) return;
    const { warmMs, drainMs } = this.#retire;
    // The first one last: until then nobody else comes.
    const others = reached.filter((host) => host !== own);
    await this.#fleet.each(others, (host) => host.ask(["give", token, warmMs, drainMs], soon));
    await own.ask(["give", token, warmMs, drainMs], soon);
    this.#fleet.token = 0;
    this.#head = undefined;
  }

  async promote(promotion: Promotion): Promise<Result<boolean>> {
    const { first: host } = this.#fleet;
    const said = await host.ask(["promote"], { input: `${JSON.stringify(promotion)}\n`, ...soon });
    return said.ok
      ? ok(first(said.value, "told") === "yes")
      : fail(this.#fleet.failureOf(host, "promote", said.failure));
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
        const read = await this.#read();
        if (!read.ok) return read;
        if (read.value.broken) return fail(read.value.broken);
        this.#head = read.value.entries.at(-1) ?? null;
      }
      const entry = chain(this.#head, this.#parts.clock.now(), fact);
      const sent = ["append", token, entry.sequence - 1, this.#head?.hash ?? "none"];
      const said = await host.ask(sent, { input: `${JSON.stringify(entry)}\n`, timeoutMs: 10_000 });
      if (said.ok) {
        this.#head = entry;
        await this.#replicate(sent, entry);
        return ok(entry);
      }
      this.#head = undefined;
      // The host has written an entry of its own meanwhile, or this one came through though its answer did not.
      const { failure } = said;
      const isMoved = failure.kind === "unknown" || failure.what === "moved";
      if (!isMoved || again > 0) return fail(this.#fleet.failureOf(host, "journal", failure));
      const read = await this.#read();
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
    const whole = behind.length === 0 ? null : await this.#read();
    if (!whole?.ok) return;
    await this.#fleet.each(behind, (host) => this.#rewrite(host, whole.value.entries));
  }

  #rewrite(host: Host, entries: JournalEntry[]): ReturnType<Host["ask"]> {
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    const input = Buffer.from(text)
      .toString("base64")
      .replace(/.{1,8000}/g, "$&\n");
    return host.ask(["rewrite", this.#fleet.token], { input, ...soon });
  }

  /** From now on this host keeps the lease: every host that is reached is told; refused while somebody holds it. */
  async moveTo(name: string): Promise<Result<void>> {
    const all = await this.#fleet.each(this.#fleet.reached, (host) => host.ask(["move", name], soon));
    for (const { host, said } of all) {
      if (said.ok) continue;
      const { failure } = said;
      if (failure.kind === "refused" && failure.what === "held") return fail(this.#held(failure.lines));
      return fail(this.#fleet.failureOf(host, "move", failure));
    }
    return ok(undefined);
  }

  async journal(): Promise<Result<JournalEntry[]>> {
    const read = await this.#read();
    return read.ok ? ok(read.value.entries) : read;
  }

  async choice(): Promise<Result<JournalChoice>> {
    return this.#read();
  }

  async #read(): Promise<Result<JournalChoice>> {
    const { first: host, environment } = this.#fleet;
    const said = await host.ask(["journal"], soon);
    if (!said.ok) return fail(this.#fleet.failureOf(host, "journal", said.failure));
    const files = new Map(filesIn(said.value).map(({ name, bytes }) => [name, bytes]));
    const bytes = (name: string) => journalIn(files.get(name) ?? Buffer.alloc(0));
    const file = `${host.name}:${this.#parts.directory}/journal`;
    return ok(chooseJournal({ environment, file, copy: `${file}.copy` }, bytes("journal"), bytes("copy")));
  }

  /** What is damaged is what its copy says (B7); an unfinished line goes. */
  async #mend({ entries, restored, staleCopy, notes }: JournalChoice): Promise<Result<void>> {
    if (restored === null && !staleCopy && notes.length === 0) return ok(undefined);
    const { first: host } = this.#fleet;
    const said = await this.#rewrite(host, entries);
    if (!said.ok) return fail(this.#fleet.failureOf(host, "journal", said.failure));
    this.#head = undefined;
    if (restored === null) return ok(undefined);
    const told = await this.append({ kind: "journal-restored", reason: restored.reason });
    return told.ok ? ok(undefined) : told;
  }

  async releases(): Promise<Result<Release[]>> {
    return this.#listed("kept");
  }

  async fetchable(): Promise<Result<Release[]>> {
    const gone = await this.#listed("gone");
    if (!gone.ok) return gone;
    const there = await Promise.all(gone.value.map((release) => this.#parts.fetchable(release)));
    return ok(gone.value.filter((_, i) => there[i]));
  }

  async #listed(what: "kept" | "gone"): Promise<Result<Release[]>> {
    const { first: host } = this.#fleet;
    const said = await host.ask(["releases"], soon);
    if (!said.ok) return fail(this.#fleet.failureOf(host, "releases", said.failure));
    const times = about(said.value, "at").map(Number);
    const files = filesIn(said.value);
    const kept = files
      .filter(({ name }) => name === "kept")
      .map((file, i) => ({ ...file, at: times[i] ?? 0 }));
    const chosen =
      what === "kept" ? kept.sort((a, b) => a.at - b.at) : files.filter(({ name }) => name === "gone");
    return ok(chosen.flatMap(({ bytes }) => releaseIn(bytes) ?? []));
  }

  async commit(release: string, retire: { warmMs: number; drainMs: number }): Promise<Result<void>> {
    this.#retire = retire;
    return this.#done("commit", (host) => {
      const directory = this.#known.directory(release);
      return host.ask(
        ["commit", this.#fleet.token, directory ?? "none", retire.warmMs, retire.drainMs],
        soon,
      );
    });
  }

  async prune(keep: string[]): Promise<Result<void>> {
    const releases = await this.releases();
    if (!releases.ok) return releases;
    const kept = releases.value.filter(({ id }) => keep.includes(id)).map(directoryOf);
    return this.#done("prune", (host) =>
      host.ask(["prune", this.#fleet.token, ...kept], { timeoutMs: 60_000 }),
    );
  }

  async #done(action: string, work: (host: Host) => ReturnType<Host["ask"]>): Promise<Result<void>> {
    const all = await this.#fleet.forward(action, this.#fleet.hosts, work);
    return all.ok ? ok(undefined) : all;
  }

  #hear(lines: string[]): void {
    if (this.#fleet.token === 0) return;
    const asked = first(lines, "asked");
    if (asked !== null && !this.#asked.signal.aborted) this.#asked.abort(asked);
    for (const line of about(lines, "promotion")) {
      const promotion = promotionIn(line);
      if (promotion) this.#promoted(promotion);
    }
  }
}

function promotionIn(line: string): Promotion | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("by" in value)) return null;
    return { by: String(value.by), full: "full" in value && value.full === true };
  } catch {
    return null;
  }
}

/** A release as a host keeps it, or null where its file is damaged. */
function releaseIn(bytes: Buffer): Release | null {
  try {
    const read = releaseCheck(JSON.parse(bytes.toString("utf8")));
    return read.ok ? read.value : null;
  } catch {
    return null;
  }
}
