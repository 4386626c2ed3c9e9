import type { CoverageEvidence, Covered, Evidence } from "../evidence.ts";
import { shareOf } from "../findings/coverage-rule.ts";
import { count } from "./units.ts";

/** What was read from a step's reports in a few words each, e.g. "12 tests passed", "coverage 85.1 %". */
export function evidenceWords({ tests, coverage, findings, omitted, scan, allowed }: Evidence): string[] {
  const words: string[] = [];
  if (tests) {
    const { failed, passed, skipped, total } = tests;
    words.push(
      failed > 0 ? `${failed} of ${count(total, "test")} failed` : `${count(passed, "test")} passed`,
    );
    if (skipped > 0) words.push(`${skipped} skipped`);
  }
  if (coverage) words.push(`coverage ${coveredShare(coverage.lines)}${coverageChange(coverage)}`);
  const found = findings.length + omitted;
  if (scan) words.push(`${count(scan.looked, "file or package", "files or packages")} looked at`);
  if (scan || found > 0) words.push(count(found, "finding"));
  if (allowed.length > 0) words.push(`${allowed.length} allowed`);
  return words;
}

/** A share of lines in %, rounded down: what is below a threshold is never shown as having reached it. */
export const coveredShare = ({ covered, total }: Covered): string =>
  `${Math.floor((covered / Math.max(1, total)) * 1000 + 1e-9) / 10} %`;

/** What the share of lines has changed by, in points, where there is something to compare with; with a space before it. */
export function coverageChange(now: CoverageEvidence, before?: CoverageEvidence | null): string {
  const against = [
    ...(before ? [{ lines: before.lines, place: "in", name: "the run before" }] : []),
    ...(now.base ? [{ lines: now.base, place: "on", name: "the base branch" }] : []),
  ];
  const words = against.map(({ lines, place, name }) => {
    const points = (shareOf(now.lines) - shareOf(lines)) * 100;
    if (Math.abs(points) < 0.05) return `as ${place} ${name}`;
    return `${points > 0 ? "+" : "−"}${Math.abs(points).toFixed(1)} points against ${name}`;
  });
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}
