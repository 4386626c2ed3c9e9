import type { LogLine } from "../../deploy/inspect.ts";
import type { Promotion } from "../../deploy/target.ts";
import type { Failure } from "../../failure.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Core } from "./core.ts";
import { engineLost } from "./fallback.ts";
import type { Holder } from "./lease.ts";
import type { Message } from "./protocol.ts";

/** One client's connection to the daemon. */
export class Session implements Holder {
  readonly #core: Core;
  readonly #send: (message: Message) => void;
  readonly #ended = new AbortController();
  readonly #atEnd: (() => void)[] = [];
  #token = 0;
  #lease = new AbortController();

  constructor(core: Core, send: (message: Message) => void) {
    this.#core = core;
    this.#send = send;
  }

  /** Aborts when the connection or the lease that it has now ends: what it was running is killed. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#ended.signal, this.#lease.signal]);
  }

  /** It has a lease from here on. */
  leased(token: number): void {
    this.#token = token;
    this.#lease = new AbortController();
  }

  lose(): void {
    this.#lease.abort();
  }

  giveWay(who: string): void {
    this.#send({ push: "give-way", who });
  }

  promote(promotion: Promotion): void {
    this.#send({ push: "promote", promotion });
  }

  log(line: LogLine): void {
    this.#send({ push: "log", line });
  }

  atEnd(action: () => void): void {
    this.#atEnd.push(action);
  }

  holds = (): boolean => this.#core.desk.holds(this) && !this.#ended.signal.aborted;

  /** Why it may not act any more, or null: for what has to wait before it acts. */
  refusal = (): Failure | null => (this.holds() ? null : this.#core.desk.lost(this.#token));

  /** An effect: refused without the lease of this very connection (B4), and waited for when it is lost. */
  async effect<T>(work: () => Promise<Result<T>> | Result<T>): Promise<Result<T>> {
    const refused = this.refusal();
    if (refused) return fail(refused);
    const done = Promise.resolve(work());
    this.#core.underway.add(done);
    try {
      const result = await done;
      const lost = this.refusal();
      return lost ? fail(lost) : result;
    } finally {
      this.#core.underway.delete(done);
    }
  }

  /** The same for an effect that gives nothing back. */
  async act(work: () => Promise<Result<void>> | Result<void>): Promise<Result<null>> {
    const done = await this.effect(work);
    return done.ok ? ok(null) : fail(done.failure);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    for (const action of this.#atEnd) action();
    await engineLost(this.#core, this, "the engine's connection ended");
  }
}
