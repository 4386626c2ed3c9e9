import type { JournalEntry, JournalFact } from "../../deploy/journal.ts";
import type { Release } from "../../deploy/release.ts";
import { releaseCheck } from "../../deploy/release-check.ts";
import type { Lease, LeaseRequest, Promotion, Retire, Store } from "../../deploy/target.ts";
import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { JournalChoice } from "../journal/choice.ts";
import { about, filesIn } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import { FleetJournal } from "./fleet-journal.ts";
import { FleetLease } from "./fleet-lease.ts";
import type { Host } from "./host.ts";
import type { Knowledge } from "./knowledge.ts";

const soon = { timeoutMs: 30_000 };

export type StoreParts = {
  clock: Clock;
  /** Where the journal lies, for messages. */
  directory: string;
  /** Whether a release could be placed again, though its files are gone. */
  fetchable(release: Release): Promise<boolean>;
};

/** The lease, the journal and the kept releases of a fleet. */
export class SystemdStore implements Store {
  readonly #fleet: Fleet;
  readonly #known: Knowledge;
  readonly #parts: StoreParts;
  readonly #lease: FleetLease;
  readonly #journal: FleetJournal;
  /** The releases as they were told last, or will be, and how much had been placed before. */
  #told: { placed: number; isUnderWay: boolean; said: ReturnType<Host["ask"]> } | null = null;
  #retire: Retire = { warmMs: 0, drainMs: 0 };

  constructor(fleet: Fleet, known: Knowledge, parts: StoreParts) {
    this.#fleet = fleet;
    this.#known = known;
    this.#parts = parts;
    this.#lease = new FleetLease(fleet, parts.clock);
    this.#journal = new FleetJournal(fleet, parts.clock, parts.directory);
  }

  /** A journal that is not to be relied on gives no lease; one that is damaged is mended under it (B7). */
  async acquire(request: LeaseRequest): Promise<Result<Lease>> {
    const before = await this.#journal.sound();
    if (!before.ok) return before;
    const lease = await this.#lease.acquire(request);
    if (!lease.ok) return lease;
    const begun = await this.#journal.begin(lease.value.last);
    // Releases come and go by rollouts alone, and each of those is in the journal.
    if (!begun.ok || !begun.value) this.#told = null;
    if (begun.ok) return lease;
    await this.release();
    return begun;
  }

  renew(): Promise<Result<void>> {
    return this.#lease.renew();
  }

  async release(): Promise<void> {
    this.#told = null;
    await this.#lease.give(this.#retire);
    this.#journal.forget();
  }

  promote(promotion: Promotion): Promise<Result<boolean>> {
    return this.#lease.promote(promotion);
  }

  append(...facts: [JournalFact, ...JournalFact[]]): Promise<Result<JournalEntry>> {
    return this.#journal.append(...facts);
  }

  async journal(): Promise<Result<JournalEntry[]>> {
    const read = await this.#journal.read();
    return read.ok ? ok(read.value.entries) : read;
  }

  choice(): Promise<Result<JournalChoice>> {
    return this.#journal.read();
  }

  moveTo(host: string): Promise<Result<void>> {
    return this.#lease.moveTo(host);
  }

  close(): void {
    this.#lease.close();
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

  /** They stay as they are while the lease is ours and we place nothing. */
  #listing(): ReturnType<Host["ask"]> {
    const { placed } = this.#known;
    const before = this.#told;
    if (before?.placed === placed && (before.isUnderWay || this.#fleet.token > 0)) return before.said;
    const told = { placed, isUnderWay: true, said: this.#fleet.first.ask(["releases"], soon) };
    void told.said.then(({ ok: isTold }) => {
      told.isUnderWay = false;
      if (!isTold && this.#told === told) this.#told = null;
    });
    this.#told = told;
    return told.said;
  }

  async #listed(what: "kept" | "gone"): Promise<Result<Release[]>> {
    const { first: host } = this.#fleet;
    const said = await this.#listing();
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
    const looked = await this.#known.once();
    if (!looked.ok) return looked;
    // What was never seen here is not here.
    const kept = keep.flatMap((id) => this.#known.directory(id) ?? []);
    this.#told = null;
    return this.#done("prune", (host) =>
      host.ask(["prune", this.#fleet.token, ...kept], { timeoutMs: 60_000 }),
    );
  }

  async #done(action: string, work: (host: Host) => ReturnType<Host["ask"]>): Promise<Result<void>> {
    const all = await this.#fleet.forward(action, this.#fleet.hosts, work);
    return all.ok ? ok(undefined) : all;
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
