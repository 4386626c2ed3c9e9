import type { Clock } from "../../io/clock.ts";
import { memoryOf } from "./usage.ts";

/** Between two looks (ms): what a component takes beyond its limit meanwhile, it has for so long. */
const lookEveryMs = 250;

/** Looks after which every process is looked at anew: no system gives so soon a number again that it gave before. */
const freshEvery = 16;

type Watched = { limitBytes: number; over(usedBytes: number): void };

/** Looks at the memory of components that have a limit, all in one go, as long as one of them runs. */
export class MemoryWatch {
  readonly #clock: Clock;
  readonly #ending: AbortSignal;
  readonly #watched = new Map<number, Watched>();
  /** Processes that belong to nobody here: what is not a component's does not become one. */
  #strangers = new Set<string>();
  #looking = false;

  constructor(clock: Clock, ending: AbortSignal) {
    this.#clock = clock;
    this.#ending = ending;
  }

  /** Tells once when the processes of `leader` hold more than they may; the returned function ends the watch. */
  watch(leader: number, limitBytes: number, over: (usedBytes: number) => void): () => void {
    const mine = { limitBytes, over };
    this.#watched.set(leader, mine);
    this.#strangers = new Set();
    if (!this.#looking) void this.#look();
    return () => {
      // The number may be somebody else's by now.
      if (this.#watched.get(leader) === mine) this.#watched.delete(leader);
    };
  }

  async #look(): Promise<void> {
    this.#looking = true;
    for (let turn = 1; this.#watched.size > 0 && !this.#ending.aborted; turn++) {
      const asked = new Map(this.#watched);
      const limits = new Map([...asked].map(([leader, { limitBytes }]) => [leader, limitBytes]));
      if (turn % freshEvery === 0) this.#strangers = new Set();
      const held = await memoryOf(limits, this.#strangers);
      for (const [leader, used] of held) {
        const one = asked.get(leader);
        if (!one || used <= one.limitBytes || this.#watched.get(leader) !== one) continue;
        this.#watched.delete(leader);
        one.over(used);
      }
      await this.#clock.sleep(lookEveryMs, this.#ending);
    }
    this.#looking = false;
  }
}
