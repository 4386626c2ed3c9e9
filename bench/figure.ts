import type { Children } from "./children.ts";

/** One line of the table: what was measured, what it is held against, and whether it holds. */
export type Measured = {
  /** Name of the figure, and of the part of it where it has several, e.g. `proxy-throughput p95`. */
  figure: string;
  measured: string;
  bound: string;
  pass: boolean;
};

/** What a figure found; `detail` is the numbers behind it, for results.json. */
export type Findings = {
  rows: Measured[];
  /** One short line each, printed below the table. */
  notes: string[];
  detail: Record<string, unknown>;
};

/** What every figure gets: a directory of its own that is removed afterwards, and the processes it may start. */
export type Bench = {
  directory: string;
  children: Children;
  /** Absolute path of the program that is measured, dist/main.cjs. */
  program: string;
  /** Absolute path of the repository. */
  repository: string;
};

export type Figure = {
  name: string;
  /** What it measures, as half a sentence. */
  about: string;
  measure(bench: Bench): Promise<Findings>;
};

/** A row for a figure that may be at most `bound`; `unit` follows both numbers. */
export const atMost = (figure: string, measured: number, bound: number, unit: string): Measured => ({
  figure,
  measured: `${shown(measured)} ${unit}`,
  bound: `≤ ${shown(bound)} ${unit}`,
  pass: measured <= bound,
});

/** A row for a figure that must be at least `bound`. */
export const atLeast = (figure: string, measured: number, bound: number, unit: string): Measured => ({
  figure,
  measured: `${shown(measured)} ${unit}`,
  bound: `≥ ${shown(bound)} ${unit}`,
  pass: measured >= bound,
});

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));
