import type { Clock } from "../io/clock.ts";

/** Time between two signs of life of a step that goes on. */
const heartbeatMs = 30_000;

/** Calls `beat` with the ms since now, every 30 s until it is stopped (B48). */
export function startHeartbeat(clock: Clock, beat: (ms: number) => void): { stop(): void } {
  const stopped = new AbortController();
  const began = clock.now();
  const go = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(heartbeatMs, stopped.signal);
      if (stopped.signal.aborted) return;
      beat(clock.now() - began);
    }
  };
  void go();
  // A reason of its own: without one an error is made, with its stack, at the end of each step.
  return { stop: () => stopped.abort("the step has ended") };
}
