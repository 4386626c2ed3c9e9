/** A place in the rotation: `weight` is a share of the whole, `credit` what it has saved up to be chosen. */
type Place<T> = { readonly item: T; readonly weight: number; credit: number };

/** Chooses by smooth weighted round robin: over any 100 choices a weight of 10 % is chosen exactly 10 times. */
export class Rotation<T> {
  readonly #places: Place<T>[];
  readonly #sum: number;

  /** Items of weight 0 are never chosen. */
  constructor(shares: readonly (readonly [T, number])[]) {
    this.#places = shares
      .filter(([, weight]) => weight > 0)
      .map(([item, weight]) => ({ item, weight, credit: 0 }));
    this.#sum = this.#places.reduce((sum, place) => sum + place.weight, 0);
  }

  /** The next item in turn, or null where there is none. */
  next(): T | null {
    let best: Place<T> | null = null;
    for (const place of this.#places) {
      place.credit += place.weight;
      if (best === null || place.credit > best.credit) best = place;
    }
    if (best === null) return null;
    best.credit -= this.#sum;
    return best.item;
  }

  /** Another item than this one, for a second attempt; it takes nobody's turn. */
  other(than: T): T | null {
    return this.#places.find((place) => place.item !== than)?.item ?? null;
  }
}
