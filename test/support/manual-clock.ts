import type { Clock } from "../../pipeline/io/clock.ts";

/** Time that moves only when told; `advance` wakes sleepers in the order of their times and lets them act. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        resolve();
      });
    });
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#sleepers.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#sleepers.shift();
      this.#now = next.at;
      next.wake();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets everything that is ready go on until it waits again. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
