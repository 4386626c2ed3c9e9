import type { Clock } from "../io/clock.ts";

/** Time between two signs of life of a step that goes on. */
const heartbeatMs = 30_000;

/** The signs of life of all steps of a run. */
export type Heartbeats = {
  /** Calls `beat` with the ms since now, every 30 s until the function that it gives is called (B48). */
  start(beat: (ms: number) => void): () => void;
  /** Ends the timer: no step will start any more. */
  close(): void;
};

type Beating = { began: number; due: number; beat(ms: number): void };

/** One timer for all steps: most of them end long before their first sign of life. */
export function createHeartbeats(clock: Clock): Heartbeats {
  const all = new Set<Beating>();
  const over = new AbortController();
  let watching = false;

  const watch = async (): Promise<void> => {
    for (;;) {
      const next = Math.min(clock.monotonic() + heartbeatMs, ...[...all].map(({ due }) => due));
      await clock.sleep(next - clock.monotonic(), over.signal);
      if (over.signal.aborted) return;
      const now = clock.monotonic();
      for (const one of all) {
        if (one.due > now) continue;
        one.due += heartbeatMs;
        one.beat(now - one.began);
      }
    }
  };

  return {
    start(beat) {
      const began = clock.monotonic();
      const one: Beating = { began, due: began + heartbeatMs, beat };
      all.add(one);
      if (!watching) void watch();
      watching = true;
      return () => void all.delete(one);
    },
    // A reason of its own: without one an error is made, with its stack.
    close: () => over.abort("nothing runs"),
  };
}
