import { type Clock, turn } from "../io/clock.ts";

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

/** One timer for all steps, and none where they have ended by the next turn: what is cached ends at once. */
export function createHeartbeats(clock: Clock): Heartbeats {
  const all = new Set<Beating>();
  let over: AbortController | null = null;
  let begun = false;
  let closed = false;

  const watch = async (): Promise<void> => {
    await turn();
    if (closed) return;
    over = new AbortController();
    while (!closed) {
      const next = Math.min(clock.monotonic() + heartbeatMs, ...[...all].map(({ due }) => due));
      await clock.sleep(next - clock.monotonic(), over.signal);
      const now = clock.monotonic();
      for (const one of closed ? [] : all) {
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
      if (!begun) void watch();
      begun = true;
      return () => void all.delete(one);
    },
    close() {
      closed = true;
      // A reason of its own: without one an error is made, with its stack.
      over?.abort("nothing runs");
    },
  };
}
