/** `weights`: each host splits its own traffic. `hosts`: a share of the fleet's hosts, the first one first, has it whole. */
export type Split = "weights" | "hosts";

/**
 * The shares (%) of one host, the `at`-th of `of`, when the fleet has these. With `hosts` the release that is not the
 * live one gets as many hosts as its share asks for, at least one.
 */
export function hostShares(
  split: Split,
  shares: Record<string, number>,
  { live, at, of }: { live: string | null; at: number; of: number },
): Record<string, number> {
  const some = Object.entries(shares).filter(([, share]) => share > 0);
  const candidate = some.find(([release]) => release !== live);
  const stable = some.find(([release]) => release === live);
  if (split === "weights" || !candidate || !stable) return shares;
  const whole = Math.min(of - 1, Math.max(1, Math.round((candidate[1] / 100) * of)));
  return of < 2 ? shares : { [(at < whole ? candidate : stable)[0]]: 100 };
}
