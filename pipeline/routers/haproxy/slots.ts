import type { RouterCounters } from "../../deploy/target.ts";
import { added, noCounters } from "../../deploy/traffic.ts";
import { serverWeights } from "../weights.ts";
import type { ConfiguredSlot } from "./config.ts";

/** A place in the pool. `counted` is what its release was counted there; `before` what the slot had counted earlier. */
export type Slot = ConfiguredSlot & {
  release: string | null;
  /** Another slot has taken over: it gets nothing new, whatever its release's weight. */
  leaving: boolean;
  before: RouterCounters;
  counted: RouterCounters;
};

/** Releases that can be served or drained at one time; the oldest without weight gives way to one more. */
const poolSize = 16;

/** Which release has which slot, with what weight, and what was counted: the state that HAProxy is to have. */
export class Slots {
  readonly all: Slot[] = Array.from({ length: poolSize }, (_, index) => ({
    name: `s${index + 1}`,
    port: 0,
    weight: 0,
    release: null,
    leaving: false,
    before: noCounters(),
    counted: noCounters(),
  }));
  /** Counted in slots that a release has left, by release. */
  readonly #carried = new Map<string, RouterCounters>();
  #shares: Record<string, number> = {};
  #turn = 0;

  /** The slot in which a release gets its traffic. */
  of(release: string): Slot | undefined {
    return this.all.find((slot) => slot.release === release && !slot.leaving);
  }

  /** Every slot of a release: one that it leaves still has open requests. */
  allOf(release: string): Slot[] {
    return this.all.filter((slot) => slot.release === release);
  }

  /** The slot that is to be taken next: the free one that was left longest ago, or who has to give way. */
  next(): Slot {
    const inTurn = [...this.all.slice(this.#turn), ...this.all.slice(0, this.#turn)];
    const found =
      inTurn.find((slot) => slot.release === null) ??
      inTurn.reduce((least, slot) => (slot.weight < least.weight ? slot : least));
    this.#turn = (this.all.indexOf(found) + 1) % this.all.length;
    return found;
  }

  take(slot: Slot, release: string, port: number): void {
    slot.before = added(slot.before, slot.counted);
    slot.counted = noCounters();
    Object.assign(slot, { release, port, leaving: false, weight: 0 });
    if (!this.#carried.has(release)) this.#carried.set(release, noCounters());
    this.arrange();
  }

  /** Gives a slot back; what its release was counted there is kept unless the release is forgotten. */
  leave(slot: Slot): void {
    if (slot.release !== null) {
      const carried = this.#carried.get(slot.release);
      if (carried) this.#carried.set(slot.release, added(carried, slot.counted));
    }
    slot.before = added(slot.before, slot.counted);
    slot.counted = noCounters();
    Object.assign(slot, { release: null, port: 0, weight: 0, leaving: false });
  }

  forget(release: string): void {
    this.#carried.delete(release);
    for (const slot of this.allOf(release)) this.leave(slot);
  }

  /** A new process counts from nothing. */
  restarted(): void {
    for (const slot of this.all) {
      if (slot.release !== null) {
        const carried = this.#carried.get(slot.release) ?? noCounters();
        this.#carried.set(slot.release, added(carried, slot.counted));
      }
      slot.before = noCounters();
      slot.counted = noCounters();
    }
  }

  /** Sets the shares (%) by release; one without a slot gets nothing. */
  share(shares: Record<string, number>): void {
    this.#shares = { ...shares };
    this.arrange();
  }

  get shares(): Record<string, number> {
    return { ...this.#shares };
  }

  arrange(): void {
    const weights = serverWeights(this.#shares);
    for (const slot of this.all) {
      slot.weight = slot.release === null || slot.leaving ? 0 : (weights[slot.release] ?? 0);
    }
  }

  counters(): Record<string, RouterCounters> {
    return Object.fromEntries(
      [...this.#carried].map(([release, carried]) => [
        release,
        this.allOf(release).reduce((sum, slot) => added(sum, slot.counted), carried),
      ]),
    );
  }
}
