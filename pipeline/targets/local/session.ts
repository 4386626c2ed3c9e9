import { fail, ok, type Result } from "../../result.ts";
import type { Core } from "./core.ts";
import { engineLost } from "./fallback.ts";
import type { Holder } from "./lease.ts";
import type { LogLine, Message } from "./protocol.ts";

/** One client's connection to the daemon. */
export class Session implements Holder {
  readonly #core: Core;
  readonly #send: (message: Message) => void;
  readonly #ended = new AbortController();
  readonly #atEnd: (() => void)[] = [];
  #token = 0;

  constructor(core: Core, send: (message: Message) => void) {
    this.#core = core;
    this.#send = send;
  }

  /** Aborts when the connection ends: what it was running is killed. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  set token(token: number) {
    this.#token = token;
  }

  giveWay(who: string): void {
    this.#send({ push: "give-way", who });
  }

  log(line: LogLine): void {
    this.#send({ push: "log", line });
  }

  atEnd(action: () => void): void {
    this.#atEnd.push(action);
  }

  holds = (): boolean => this.#core.desk.holds(this) && !this.signal.aborted;

  /** An effect: refused without the lease of this very connection (B4), and waited for when it is lost. */
  async effect<T>(work: () => Promise<Result<T>> | Result<T>): Promise<Result<T>> {
    if (!this.holds()) return this.#core.desk.lost(this.#token);
    const done = Promise.resolve(work());
    this.#core.underway.add(done);
    try {
      const result = await done;
      return this.holds() ? result : this.#core.desk.lost(this.#token);
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
    await engineLost(this.#core, this);
  }
}
