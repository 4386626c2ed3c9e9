import type { Lease, LeaseRequest } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { LocalState, StateKeeper } from "./state.ts";

/** A client's connection, the only proof of a lease: when it ends, the lease has ended. */
export interface Holder {
  /** Tells the holder that somebody with precedence waits (B5). */
  giveWay(who: string): void;
}

type Held = { by: Holder; token: number; request: LeaseRequest; since: string; asked: boolean };

/** Longest wait (ms) of a rollback for a deploy that was asked to give way. */
const giveWayMs = 120_000;

/** Gives the lease of one environment to one connection at a time, each time with a higher token (B3, B4). */
export class LeaseDesk {
  readonly #environment: string;
  readonly #state: StateKeeper;
  readonly #now: () => number;
  #held: Held | null = null;
  #freed: (() => void)[] = [];

  constructor(environment: string, state: StateKeeper, now: () => number) {
    this.#environment = environment;
    this.#state = state;
    this.#now = now;
  }

  get holder(): (LeaseRequest & { since: string; token: number }) | null {
    const held = this.#held;
    return held ? { ...held.request, since: held.since, token: held.token } : null;
  }

  holds(by: Holder): boolean {
    return this.#held?.by === by;
  }

  /** Refusal of an effect by somebody who does not hold the lease. */
  lost(token: number) {
    const current = this.#held?.token ?? null;
    return fail({ kind: "lease-lost" as const, environment: this.#environment, token, current });
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
    const held = this.#held;
    if (held && held.by !== by) {
      const yields = request.cause === "rollback" && held.request.cause !== "rollback";
      if (yields) await this.#wait(held, request.actor);
      const refusal = this.refusal();
      if (refusal) return refusal;
    }
    const token = this.#state.value.token + 1;
    const since = new Date(this.#now()).toISOString();
    this.#held = { by, token, request, since, asked: false };
    const { rollout, version, actor } = request;
    await this.#state.change({ token, holder: { rollout, version, actor, since } });
    return ok({ token, previous: this.#state.value.lost });
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

  #end(): void {
    this.#held = null;
    const freed = this.#freed;
    this.#freed = [];
    for (const wake of freed) wake();
  }

  async #wait(held: Held, who: string): Promise<void> {
    if (!held.asked) held.by.giveWay(who);
    held.asked = true;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, giveWayMs);
      this.#freed.push(() => {
        clearTimeout(limit);
        resolve();
      });
    });
  }
}
