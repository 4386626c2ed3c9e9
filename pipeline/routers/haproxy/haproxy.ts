import type { Drained, RouterCounters } from "../../deploy/target.ts";
import { added } from "../../deploy/traffic.ts";
import { freePort } from "../../io/ports.ts";
import { fail, ok, type Result } from "../../result.ts";
import { sharesOf } from "../weights.ts";
import { occupy, vacate, weigh } from "./commands.ts";
import { type HaproxyOptions, HaproxyProcesses, openIn, type Serving } from "./processes.ts";
import { type Slot, Slots } from "./slots.ts";

/** Time (ms) that requests under way get when the port changes. */
const longestMoveMs = 30_000;

/** Waits (ms) before HAProxy is started again when it ended by itself: 0.1 s, 0.2 s … at most 5 s. */
const againMs = (times: number): number => Math.min(100 * 2 ** times, 5_000);

/**
 * HAProxy as the router of a local environment: one supervised process on a port of loopback. Weights, addresses and
 * states of its fixed pool of servers are set by its runtime interface, so that nothing is ever reloaded.
 */
export class Haproxy {
  readonly #options: HaproxyOptions;
  readonly #slots = new Slots();
  readonly #processes: HaproxyProcesses;
  #port: number | null = null;
  #closing = false;
  #turns: Promise<unknown> = Promise.resolve();

  constructor(options: HaproxyOptions) {
    this.#options = options;
    this.#processes = new HaproxyProcesses(options);
  }

  /** Starts HAProxy on this port, or on a free one; a second call moves over without cutting what is open. */
  listen(port: number | null): Promise<Result<number, string>> {
    return this.#turn(async () => {
      const known = this.#port;
      if (known !== null && (port === null || port === known)) return ok(known);
      const before = this.#processes.serving;
      const started = await this.#start(port ?? (await freePort()));
      if (started.ok && before) void this.#processes.retire(before, longestMoveMs);
      return started;
    });
  }

  /** Names the port on which a release listens. */
  route(release: string, port: number): void {
    this.#later(async () => {
      const slot = this.#slots.of(release);
      if (slot?.port === port) return;
      if (slot) {
        slot.port = port;
        await this.#processes.say(occupy(slot.name, port));
      } else await this.#take(release, port);
    });
  }

  /** Sends a release's traffic to another port of it, and waits until the old one has nothing open. */
  async move(release: string, port: number, drainMs: number): Promise<Drained> {
    const old = await this.#turn(async () => {
      const known = this.#slots.of(release);
      if (known?.port === port) return null;
      await this.#take(release, port, known);
      return known ?? null;
    });
    return old === null ? { leftOpen: 0 } : await this.#emptied([old], drainMs);
  }

  /** Sets all weights in one step, % by release; in force when it settles. */
  shift(shares: Record<string, number>): Promise<Result<void, string>> {
    return this.#turn(async () => {
      const before = weighed(this.#slots);
      this.#slots.share(shares);
      if (this.#port === null) return ok(undefined);
      return await this.#processes.say(weigh(before, weighed(this.#slots)));
    });
  }

  /** The weights that HAProxy has, % by release; none where it does not answer. */
  weights(): Promise<Record<string, number>> {
    return this.#turn(async () => {
      const figures = await this.#processes.figures();
      if (!figures.ok) return {};
      const taken = this.#slots.all.filter((slot) => slot.release !== null);
      const real = (slot: Slot): number => {
        const own = figures.value[slot.name];
        return own?.ready ? own.weight : 0;
      };
      const shares = Object.entries(this.#slots.shares).filter(
        ([release, share]) => share > 0 && this.#slots.of(release),
      );
      if (taken.every((slot) => real(slot) === slot.weight)) return Object.fromEntries(shares);
      const found: Record<string, number> = {};
      for (const slot of taken) found[slot.release ?? ""] = (found[slot.release ?? ""] ?? 0) + real(slot);
      return sharesOf(found);
    });
  }

  /** Cumulative counters by release. */
  statistics(): Promise<Result<Record<string, RouterCounters>, string>> {
    return this.#turn(async () => {
      const read = this.#port === null ? ok(undefined) : await this.#read();
      return read.ok ? ok(this.#slots.counters()) : read;
    });
  }

  /** Waits until a release has nothing open, at most `timeoutMs`; what is left is counted, not cut. */
  drain(release: string, timeoutMs: number): Promise<Drained> {
    return this.#emptied(this.#slots.allOf(release), timeoutMs);
  }

  /** Cuts what a release has open and forgets its counters. */
  forget(release: string): void {
    this.#later(async () => {
      for (const slot of this.#slots.allOf(release)) await this.#vacate(slot);
      this.#slots.forget(release);
    });
  }

  /** Takes nothing new, lets what is open end for at most `graceMs`, then cuts it. */
  close(graceMs: number): Promise<void> {
    this.#closing = true;
    return this.#turn(async () => {
      const { serving } = this.#processes;
      this.#processes.use(null);
      if (serving) await this.#processes.retire(serving, graceMs);
      await this.#processes.close();
    });
  }

  /** One thing at a time: what is sent to HAProxy is in the order in which it was asked for. */
  #turn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turns.then(work);
    this.#turns = done.catch(() => {});
    return done;
  }

  /** In its turn, with nobody who waits for it. */
  #later(work: () => Promise<void>): void {
    this.#turn(work).catch((error: unknown) =>
      this.#options.note(`HAProxy could not be told: ${String(error)}`),
    );
  }

  async #start(port: number): Promise<Result<number, string>> {
    const started = await this.#processes.start(port, this.#slots.all);
    if (!started.ok) return started;
    if (this.#processes.serving) await this.#read();
    this.#slots.restarted();
    const serving = started.value;
    this.#processes.use(serving);
    this.#port = port;
    void serving.child.ended.then(() => this.#ended(serving, port));
    return ok(port);
  }

  /** HAProxy ended by itself: it is started again as it was, on its port. */
  async #ended(was: Serving, port: number): Promise<void> {
    if (this.#closing || this.#processes.serving !== was) return;
    this.#processes.use(null);
    this.#options.note("HAProxy ended by itself and was started again; what it had open was cut");
    for (let times = 0; !this.#closing && this.#processes.serving === null; times++) {
      await this.#options.clock.sleep(againMs(times));
      await this.#turn(async () => {
        if (!this.#closing && this.#processes.serving === null) await this.#start(port);
      });
    }
  }

  /** Brings the counters of all slots up to now. */
  async #read(): Promise<Result<void, string>> {
    const read = await this.#processes.read();
    if (!read.ok) return read;
    for (const slot of this.#slots.all) {
      const found = read.value[slot.name];
      if (!found) return fail(`HAProxy has no server ${slot.name}`);
      slot.counted = added(found.counters, slot.before, -1);
      if (slot.leaving && found.figures.open + found.figures.queued === 0) await this.#vacate(slot);
    }
    return ok(undefined);
  }

  /**
   * Gives a release a slot, in the place of the one that it leaves: where none is free, the one that can be spared
   * best is cleared first.
   */
  async #take(release: string, port: number, leaves?: Slot): Promise<void> {
    const before = weighed(this.#slots);
    // What the slot was counted for others must not be this release's.
    if (this.#processes.serving) await this.#read();
    const slot = this.#slots.next();
    if (slot.release !== null) await this.#vacate(slot);
    // Not before: a reading clears a slot that is left and has nothing open.
    if (leaves) leaves.leaving = true;
    this.#slots.take(slot, release, port);
    if (this.#port === null) return;
    const taken = [occupy(slot.name, port), weigh(before, weighed(this.#slots))];
    const said = await this.#processes.say(taken.join("; "));
    if (!said.ok) this.#options.note(`a release could not be routed: ${said.failure}`);
  }

  async #vacate(slot: Slot): Promise<void> {
    await this.#processes.say(vacate(slot.name));
    this.#slots.leave(slot);
  }

  async #emptied(slots: readonly Slot[], timeoutMs: number): Promise<Drained> {
    const leftOpen = await this.#processes.untilEmpty(timeoutMs, async () => {
      const figures = await this.#turn(() => this.#processes.figures());
      return figures.ok ? openIn(slots.map(({ name }) => figures.value[name])) : 0;
    });
    return { leftOpen };
  }
}

const weighed = (slots: Slots): { slot: string; weight: number }[] =>
  slots.all.filter(({ release }) => release !== null).map(({ name, weight }) => ({ slot: name, weight }));
