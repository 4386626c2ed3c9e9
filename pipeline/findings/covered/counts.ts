import type { CoverageEvidence, Covered } from "../../evidence.ts";

/** What is known one by one, e.g. lines by their numbers, and what only in sum; each has at least the greater of both. */
export type Counts = { each: Map<string, Covered>; sum: Covered };

/** What one place of a report tells of a file; others may tell of the same file. */
export type Part = { path: string; lines: Counts; branches: Counts };

/** A report as its format has it; `branches` null: those of its parts. */
export type Parsed = { parts: Part[]; branches: Covered | null };

export const nothing: Covered = { covered: 0, total: 0 };
export const hit: Covered = { covered: 1, total: 1 };
export const missed: Covered = { covered: 0, total: 1 };

export const noCounts = (): Counts => ({ each: new Map(), sum: nothing });
export const inSum = (sum: Covered): Counts => ({ each: new Map(), sum });

export const plus = (a: Covered, b: Covered): Covered => ({
  covered: a.covered + b.covered,
  total: a.total + b.total,
});

/** Adds what is known of one line or branch: it is covered where anybody has covered it. */
export function note({ each }: Counts, name: string, seen: Covered): void {
  const before = each.get(name);
  each.set(name, before ? greater(before, seen) : seen);
}

/**
 * Each path once, sorted, whatever number of parts tell of it: lines are united by their numbers, of sums the greater
 * is kept, which is the least that can be true. Covered never exceeds what there is.
 */
export function united(parts: Part[]): { files: CoverageEvidence["files"]; branches: Covered } {
  const byPath = new Map<string, Part>();
  for (const part of parts) {
    const before = byPath.get(part.path);
    if (before === undefined) byPath.set(part.path, part);
    else {
      before.lines = both(before.lines, part.lines);
      before.branches = both(before.branches, part.branches);
    }
  }
  const all = [...byPath.values()];
  return {
    files: all
      .map(({ path, lines }) => ({ path, ...totalOf(lines) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    branches: all.map(({ branches }) => totalOf(branches)).reduce(plus, nothing),
  };
}

function both(a: Counts, b: Counts): Counts {
  const counts = { each: a.each, sum: greater(a.sum, b.sum) };
  for (const [name, seen] of b.each) note(counts, name, seen);
  return counts;
}

function totalOf({ each, sum }: Counts): Covered {
  let counted = nothing;
  for (const one of each.values()) counted = plus(counted, one);
  const { covered, total } = greater(counted, sum);
  return { covered: Math.min(covered, total), total };
}

const greater = (a: Covered, b: Covered): Covered => ({
  covered: Math.max(a.covered, b.covered),
  total: Math.max(a.total, b.total),
});
