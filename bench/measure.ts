/** What was measured several times, in ms unless said otherwise. */
export type Sample = { median: number; min: number; max: number; values: number[] };

/** One of the programs that are compared: `prepare` and `check` are not measured, `run` settles with the figure. */
export type Side = { prepare?(): Promise<void>; run(): Promise<number>; check?(): Promise<void> };

/** A clock (ms) that all processes of this machine share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function sample(values: number[]): Sample {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), values };
}

/** The value that a fraction of the sorted values does not exceed (nearest rank). */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

/**
 * Runs the sides in turn, A B A B …, so that a change of the machine's mood meets them all; `warmUp` rounds come
 * first and are not counted. The samples are in the order of the sides.
 */
export async function alternate(rounds: number, warmUp: number, sides: readonly Side[]): Promise<Sample[]> {
  const values: number[][] = sides.map(() => []);
  for (let round = -warmUp; round < rounds; round++)
    for (const [index, side] of sides.entries()) {
      await side.prepare?.();
      const value = await side.run();
      await side.check?.();
      if (round >= 0) values[index]?.push(value);
    }
  return values.map(sample);
}

/** e.g. `152 (147–171) ms`: the median, and the least and the greatest value. */
export const spread = ({ median: middle, min, max }: Sample, unit = "ms", digits = 0): string =>
  `${middle.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)}) ${unit}`;
