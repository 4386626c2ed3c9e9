import type { CoverageEvidence, Covered } from "../evidence.ts";
import type { Failure } from "../failure.ts";
import type { HermeticStep } from "../plan/plan.ts";

/** Most files below the threshold that are named. */
const mostFiles = 10;

/** What fractions of floating point are off by. */
const tiny = 1e-9;

/** What the coverage falls short of, or null. Without a run of the base branch at hand, no drop can be told. */
export function coverageFailure(
  step: HermeticStep,
  coverage: CoverageEvidence | null,
  base: CoverageEvidence | undefined,
): Failure | null {
  const rule = step.rules.coverage;
  if (!rule || !coverage) return null;
  const shortfalls: string[] = [];
  const share = shareOf(coverage.lines);
  if (share < rule.min - tiny)
    shortfalls.push(`in total ${percent(share)}, expected at least ${percent(rule.min)}`);
  const { minFile, maxDrop } = rule;
  if (minFile !== null) {
    const low = coverage.files.filter((file) => file.total > 0 && shareOf(file) < minFile - tiny);
    const worst = low.sort((a, b) => shareOf(a) - shareOf(b)).slice(0, mostFiles);
    for (const file of worst)
      shortfalls.push(`${file.path} ${percent(shareOf(file))}, expected at least ${percent(minFile)}`);
    if (low.length > worst.length) shortfalls.push(`and ${low.length - worst.length} more files`);
  }
  if (maxDrop !== null && base) {
    const before = shareOf(base.lines);
    if (before - share > maxDrop + tiny)
      shortfalls.push(
        `${percent(share)} after ${percent(before)} on the base branch, expected a drop of at most ${percent(maxDrop)}`,
      );
  }
  return shortfalls.length > 0 ? { kind: "coverage-low", step: step.id, shortfalls } : null;
}

/** Fraction of what is covered; of nothing it is all. */
export const shareOf = ({ covered, total }: Covered): number => (total === 0 ? 1 : covered / total);

/** Rounded down, so that what is below a threshold is never shown as having reached it. */
const percent = (share: number): string => `${Math.floor(share * 1000 + tiny) / 10} %`;
