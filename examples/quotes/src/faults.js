/**
 * The faults that a bad release is shown with (QUOTES_FAULT). `seconds` is the time since the start.
 * A null fault does nothing.
 */
export class Faults {
  #fault;
  #seconds;
  #owed = 0;

  constructor(fault, seconds) {
    this.#fault = fault;
    this.#seconds = seconds;
  }

  #is(kind) {
    return this.#fault?.kind === kind;
  }

  get crashesOnStart() {
    return this.#is("crash-on-start");
  }

  /** Seconds until the process is to crash, or null. */
  get crashAfter() {
    return this.#is("crash-after") ? this.#fault.amount : null;
  }

  /** Why the service is not ready, or null. */
  unready() {
    if (this.#is("never-ready")) return "fault: never-ready";
    return this.#expired() ? "fault: fail-after" : null;
  }

  /** Milliseconds that a request waits before it is served. */
  get delay() {
    return this.#is("slow") ? this.#fault.amount : 0;
  }

  /** Whether this request is to fail. A rate is kept exactly: 0.25 is every fourth request. */
  fails() {
    if (this.#expired()) return true;
    if (!this.#is("error-rate")) return false;
    this.#owed += this.#fault.amount;
    if (this.#owed < 1) return false;
    this.#owed -= 1;
    return true;
  }

  #expired() {
    return this.#is("fail-after") && this.#seconds() >= this.#fault.amount;
  }
}
