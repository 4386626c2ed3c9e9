import type { Clock } from "../io/clock.ts";
import { within } from "./engine-session.ts";
import type { Store } from "./target.ts";

/** Signs of life in one time to live: all but the last of them may be lost on the way. */
const beatsPerLife = 6;

/** `lost` aborts, with the target's answer as its reason, once the lease is somebody else's or nobody's. */
export type Heartbeat = { lost: AbortSignal; stop(): void };

/** Gives the target signs of life for as long as the lease is held; one that is not answered is only a missing one. */
export function heartbeat(clock: Clock, store: Store, ttlMs: number): Heartbeat {
  const lost = new AbortController();
  const over = new AbortController();
  const everyMs = ttlMs / beatsPerLife;
  const beat = async () => {
    for (;;) {
      await clock.sleep(everyMs, over.signal);
      if (over.signal.aborted) return;
      const renewed = await within(clock, everyMs, "renew", store.renew());
      if (renewed.ok || renewed.failure.kind !== "lease-lost" || over.signal.aborted) continue;
      lost.abort(renewed.failure);
      return;
    }
  };
  void beat();
  return { lost: lost.signal, stop: () => over.abort() };
}
