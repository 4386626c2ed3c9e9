import type { Clock } from "../../pipeline/io/clock.ts";

type Sleeper = { at: number; order: number; wake: () => void };

/** Time that moves only in `run`, and only when nothing else can go on: from sleeper to sleeper. */
export class VirtualClock implements Clock {
  #now = 1_000_000;
  /** What the machine's clock is ahead of the time that passed. */
  #ahead = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now + this.#ahead;
  }

  monotonic(): number {
    return this.#now;
  }

  /** The machine's clock jumps, forward or (negative) back; no time passes. */
  jump(ms: number): void {
    this.#ahead += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const leave = () => {
        signal?.removeEventListener("abort", leave);
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake: leave };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", leave);
    });
  }

  /** Does something once `ms` have passed. */
  after(ms: number, act: () => void): void {
    void this.sleep(ms).then(act);
  }

  /** Lets time pass until the work has settled. */
  async run<T>(work: Promise<T>): Promise<T> {
    await this.runUntil(work, () => false);
    return work;
  }

  /** The same, but gives up on the work once `over` holds; tells whether the work has settled. */
  async runUntil(work: Promise<unknown>, over: () => boolean): Promise<boolean> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    work.then(mark, mark);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled || over()) return settled;
      const next = this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order).shift();
      if (!next) throw new Error("everything waits, and nobody for a time");
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }
}
