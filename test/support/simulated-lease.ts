import { askerOf, hasPrecedence } from "../../pipeline/deploy/precedence.ts";
import type { Lease, LeaseRequest, Promotion } from "../../pipeline/deploy/target.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { fail, ok, type Result } from "../../pipeline/result.ts";
import type { SimulatedSession } from "./simulated-session.ts";
import type { VirtualClock } from "./virtual-clock.ts";

type Holder = {
  session: SimulatedSession;
  request: LeaseRequest;
  since: string;
  ask: AbortController;
  freed: () => void;
  free: Promise<void>;
  /** Monotonic time at which it is lost, unless it is renewed. */
  until: number;
  ended: AbortController;
  promote: (promotion: Promotion) => void;
};

/** One lease: a holder at a time, a token that rises, and the memory of a holder that was lost. */
export class SimulatedLease {
  readonly #clock: VirtualClock;
  readonly #expired: (session: SimulatedSession) => void;
  #holder: Holder | null = null;
  #token = 0;
  #previous: Lease["previous"] = null;

  constructor(clock: VirtualClock, expired: (session: SimulatedSession) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** What the holder asked it for, or null. */
  get request(): LeaseRequest | null {
    return this.#holder?.request ?? null;
  }

  /** Passes a person's word on; false where nobody holds it. */
  promote(promotion: Promotion): boolean {
    this.#holder?.promote(promotion);
    return this.#holder !== null;
  }

  holds(session: SimulatedSession): boolean {
    const held = this.#holder;
    return held?.session === session && this.#clock.monotonic() < held.until;
  }

  /** A sign of life; false where it came too late. */
  renew(session: SimulatedSession): boolean {
    const held = this.#holder;
    if (!held || !this.holds(session)) return false;
    held.until = this.#clock.monotonic() + held.request.ttlMs;
    return true;
  }

  refusal(session: SimulatedSession): Failure {
    const current = this.#holder ? this.#token : null;
    return { kind: "lease-lost", environment: "production", token: session.token, current };
  }

  async acquire(session: SimulatedSession, request: LeaseRequest): Promise<Result<Lease>> {
    const held = this.#holder;
    if (held && hasPrecedence(request, held.request)) {
      held.ask.abort(askerOf(request));
      await held.free;
      return this.acquire(session, request);
    }
    if (held) {
      const { actor, version } = held.request;
      const { since } = held;
      return fail({
        kind: "lease-held",
        environment: "production",
        actor,
        version,
        since,
        token: this.#token,
      });
    }
    let freed = () => {};
    const free = new Promise<void>((resolve) => {
      freed = resolve;
    });
    const since = new Date(this.#clock.now()).toISOString();
    const ask = new AbortController();
    const until = this.#clock.monotonic() + request.ttlMs;
    const ended = new AbortController();
    const mine: Holder = { session, request, since, ask, freed, free, promote: () => {}, until, ended };
    this.#holder = mine;
    void this.#watch(mine);
    session.token = ++this.#token;
    const previous = this.#previous;
    this.#previous = null;
    const onPromote = (listener: (promotion: Promotion) => void) => {
      if (this.#holder?.session === session) this.#holder.promote = listener;
    };
    return ok({ token: this.#token, previous, asked: ask.signal, onPromote });
  }

  /** Whether it was this session's to give back. */
  give(session: SimulatedSession): boolean {
    if (!this.holds(session)) return false;
    this.#end();
    return true;
  }

  #end(): void {
    this.#holder?.ended.abort();
    this.#holder?.freed();
    this.#holder = null;
  }

  async #watch(held: Holder): Promise<void> {
    while (held.until > this.#clock.monotonic()) {
      await this.#clock.sleep(held.until - this.#clock.monotonic(), held.ended.signal);
      if (held.ended.signal.aborted) return;
    }
    this.#expired(held.session);
  }

  /** Ends without a word: what it was held for, or null where it was not this session's. */
  lose(session: SimulatedSession): Lease["previous"] {
    const held = this.#holder;
    if (held?.session !== session) return null;
    this.#end();
    const { rollout, version, actor } = held.request;
    this.#previous = { rollout, version, actor, since: held.since };
    return this.#previous;
  }
}
