import type { Lease, LeaseRequest } from "../../pipeline/deploy/target.ts";
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
};

/** One lease: a holder at a time, a token that rises, and the memory of a holder that was lost. */
export class SimulatedLease {
  readonly #clock: VirtualClock;
  #holder: Holder | null = null;
  #token = 0;
  #previous: Lease["previous"] = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** What the holder asked it for, or null. */
  get request(): LeaseRequest | null {
    return this.#holder?.request ?? null;
  }

  holds(session: SimulatedSession): boolean {
    return this.#holder?.session === session;
  }

  refusal(session: SimulatedSession): Failure {
    const current = this.#holder ? this.#token : null;
    return { kind: "lease-lost", environment: "production", token: session.token, current };
  }

  async acquire(session: SimulatedSession, request: LeaseRequest): Promise<Result<Lease>> {
    const held = this.#holder;
    if (held && request.cause === "rollback" && held.request.cause === "deploy") {
      held.ask.abort(`rollback by ${request.actor}`);
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
    this.#holder = { session, request, since, ask, freed, free };
    session.token = ++this.#token;
    const previous = this.#previous;
    this.#previous = null;
    return ok({ token: this.#token, previous, asked: ask.signal });
  }

  /** Whether it was this session's to give back. */
  give(session: SimulatedSession): boolean {
    if (!this.holds(session)) return false;
    this.#holder?.freed();
    this.#holder = null;
    return true;
  }

  /** Ends without a word: the rollout that it was held for, or null where it was not this session's. */
  lose(session: SimulatedSession): string | null {
    const held = this.#holder;
    if (!held || !this.give(session)) return null;
    const { rollout, version, actor } = held.request;
    this.#previous = { rollout, version, actor, since: held.since };
    return rollout;
  }
}
