import type { Clock } from "../io/clock.ts";

/** Time between two signs of life of a step that goes on. */
const heartbeatMs = 30_000;

/** The signs of life of all steps of a run. */
export type Heartbeats = {
  /** Calls `beat` with the ms since now, every 30 s until the function that it gives is called (B48). */
  start(beat: (ms: number) => void): () => void;
};

type Beating = { began: number; due: number; beat(ms: number): void };

/** One timer for all steps: most of them end long before their first sign of life. */
export function createHeartbeats(clock: Clock): Heartbeats {
  const all = new Set<Beating>();
  let idle: AbortController | null = null;

  const watch = async ({ signal }: AbortController): Promise<void> => {
    for (;;) {
      const next = Math.min(...[...all].map(({ due }) => due));
      await clock.sleep(next - clock.monotonic(), signal);
      if (signal.aborted) return;
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
      if (idle === null) {
        idle = new AbortController();
        void watch(idle);
      }
      return () => {
        all.delete(one);
        if (all.size > 0) return;
        // A reason of its own: without one an error is made, with its stack.
        idle?.abort("nothing runs");
        idle = null;
      };
    },
  };
}
