/** Time as a value that can be handed in: tests use a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch, by the machine's clock: it may jump. For dates, never for durations. */
  now(): number;
  /** Milliseconds since some moment: it never jumps. For durations and time limits. */
  monotonic(): number;
  /** Resolves after `ms` of monotonic time, or at once when the signal aborts (it does not throw then). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Settles when other work of this process has had its turn. */
export const turn = (): Promise<void> => new Promise((settle) => setImmediate(settle));

export const systemClock: Clock = {
  now: () => Date.now(),
  // Not `performance`, which is loaded with all that it can observe.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end);
    }),
};
