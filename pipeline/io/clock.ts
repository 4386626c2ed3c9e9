import { setTimeout as wait } from "node:timers/promises";

/** Time as a value that can be handed in: tests use a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch, by the machine's clock: it may jump. For dates, never for durations. */
  now(): number;
  /** Milliseconds since some moment: it never jumps. For durations and time limits. */
  monotonic(): number;
  /** Resolves after `ms` of monotonic time, or at once when the signal aborts (it does not throw then). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  },
};
