/** Greatest weight of a server that HAProxy takes; nginx takes it, too. */
const greatest = 256;

/**
 * Weights of servers in proportion to these shares (%): whole ones as they are, so that they are exact; others
 * scaled to the finest steps there are, none that is more than nothing down to 0.
 */
export function serverWeights(shares: Record<string, number>): Record<string, number> {
  const values = Object.values(shares);
  const exact = values.every((share) => Number.isInteger(share) && share <= greatest);
  const scale = exact ? 1 : greatest / Math.max(...values);
  return Object.fromEntries(
    Object.entries(shares).map(([name, share]) => [
      name,
      share <= 0 ? 0 : Math.max(1, Math.round(share * scale)),
    ]),
  );
}

/** Shares (%) of weights in force; empty where nobody has one. */
export function sharesOf(weights: Record<string, number>): Record<string, number> {
  const some = Object.entries(weights).filter(([, weight]) => weight > 0);
  const sum = some.reduce((total, [, weight]) => total + weight, 0);
  return Object.fromEntries(some.map(([name, weight]) => [name, (weight / sum) * 100]));
}
