import { askerOf, hasPrecedence } from "../../deploy/precedence.ts";
import type { Lease, LeaseRequest, Promotion } from "../../deploy/target.ts";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { LocalState, StateKeeper } from "./state.ts";

/** A client's connection: its end is the end of its lease. */
export interface Holder {
  /** Tells the holder that somebody with precedence waits (B5). */
  giveWay(who: string): void;
  /** Tells the holder a person's word. */
  promote(promotion: Promotion): void;
  /** Its lease has ended without its doing: what it has running ends. */
  lose(): void;
}

type Held = {
  by: Holder;
  token: number;
  request: LeaseRequest;
  since: string;
  asked: boolean;
  /** Monotonic time at which it is over, unless it is renewed. */
  until: number;
  ended: AbortController;
};

/** Longest wait (ms) for a deploy that was asked to give way. */
const giveWayMs = 120_000;

/**
 * Gives the lease of one environment to one connection at a time, each time with a higher token (B3, B4). A lease
 * lives as long as there are signs of life, by our own clock, which does not jump; `expired` is told when it is over.
 */
export class LeaseDesk {
  readonly #environment: string;
  readonly #state: StateKeeper;
  readonly #clock: Clock;
  readonly #expired: (by: Holder, silentMs: number) => void;
  #held: Held | null = null;
  #freed: (() => void)[] = [];

  constructor(
    environment: string,
    state: StateKeeper,
    clock: Clock,
    expired: (by: Holder, silentMs: number) => void,
  ) {
    this.#environment = environment;
    this.#state = state;
    this.#clock = clock;
    this.#expired = expired;
  }

  get holder(): (LeaseRequest & { since: string; token: number }) | null {
    const held = this.#held;
    return held ? { ...held.request, since: held.since, token: held.token } : null;
  }

  /** Whether it may act now: it has the lease, and the lease's time is not over. */
  holds(by: Holder): boolean {
    const held = this.#held;
    return held?.by === by && this.#clock.monotonic() < held.until;
  }

  /** Whether the lease is in its name, in time or not. */
  isIts(by: Holder): boolean {
    return this.#held?.by === by;
  }

  /** Refusal of an effect by somebody who does not hold the lease. */
  lost(token: number): Failure {
    const held = this.#held;
    const current = held && held.token !== token ? held.token : null;
    return { kind: "lease-lost", environment: this.#environment, token, current };
  }

  refusal() {
    const held = this.#held;
    if (!held) return null;
    const { actor, version } = held.request;
    const { since, token } = held;
    return fail({
      kind: "lease-held" as const,
      environment: this.#environment,
      actor,
      version,
      since,
      token,
    });
  }

  async acquire(by: Holder, request: LeaseRequest): Promise<Result<Pick<Lease, "token" | "previous">>> {
    this.#endOverdue();
    const until = this.#clock.monotonic() + giveWayMs;
    for (let held = this.#held; held && held.by !== by; held = this.#held) {
      const patient = this.#clock.monotonic() < until;
      const refusal = this.refusal();
      if (refusal && !(patient && hasPrecedence(request, held.request))) return refusal;
      await this.#wait(held, askerOf(request), until);
    }
    const token = this.#state.value.token + 1;
    const since = new Date(this.#clock.now()).toISOString();
    this.#held?.ended.abort();
    const mine: Held = {
      by,
      token,
      request,
      since,
      asked: false,
      until: this.#clock.monotonic() + request.ttlMs,
      ended: new AbortController(),
    };
    this.#held = mine;
    void this.#watch(mine);
    const { rollout, version, actor } = request;
    await this.#state.change({ token, holder: { rollout, version, actor, since } });
    return ok({ token, previous: this.#state.value.lost });
  }

  /** Passes a person's word on to the holder; false: there is none. */
  promote(promotion: Promotion): boolean {
    this.#held?.by.promote(promotion);
    return this.#held !== null;
  }

  /** A sign of life; false where it came too late. */
  renew(by: Holder): boolean {
    const held = this.#held;
    if (!held || !this.holds(by)) return false;
    held.until = this.#clock.monotonic() + held.request.ttlMs;
    return true;
  }

  /** Given back in order: what an earlier engine left has been seen to. */
  async giveBack(by: Holder): Promise<boolean> {
    if (!this.holds(by)) return false;
    this.#end();
    await this.#state.change({ holder: null, lost: null });
    return true;
  }

  /** The holder is gone without a word; what it was doing is kept for the next (B2). */
  async abandon(by: Holder): Promise<NonNullable<LocalState["lost"]> | null> {
    const held = this.#held;
    if (held?.by !== by) return null;
    this.#end();
    const { rollout, version, actor } = held.request;
    const lost = { rollout, version, actor, since: held.since };
    await this.#state.change({ holder: null, lost });
    return lost;
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.#held?.ended.abort();
  }

  /** Tells of the end of a lease when its time is over. */
  async #watch(held: Held): Promise<void> {
    for (;;) {
      const leftMs = held.until - this.#clock.monotonic();
      if (leftMs <= 0) break;
      await this.#clock.sleep(leftMs, held.ended.signal);
      if (held.ended.signal.aborted) return;
    }
    this.#endOverdue();
  }

  #endOverdue(): void {
    const held = this.#held;
    if (held && this.#clock.monotonic() >= held.until) this.#expired(held.by, held.request.ttlMs);
  }

  #end(): void {
    this.#held?.ended.abort();
    this.#held = null;
    const freed = this.#freed;
    this.#freed = [];
    for (const wake of freed) wake();
  }

  async #wait(held: Held, who: string, until: number): Promise<void> {
    if (!held.asked) held.by.giveWay(who);
    held.asked = true;
    const limit = new AbortController();
    const free = new Promise<void>((resolve) => this.#freed.push(resolve));
    await Promise.race([free, this.#clock.sleep(until - this.#clock.monotonic(), limit.signal)]);
    limit.abort();
  }
}
