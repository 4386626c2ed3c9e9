import { stripVTControlCharacters } from "node:util";

type Counts = { ran: number; skipped: number };

/** How runners that end well without any test sum up, and what their numbers come to. */
const runners: [summary: RegExp, counts: (...numbers: number[]) => Counts][] = [
  // Python's own, and Django's above it; what it calls skipped may be classes and parts of tests that ran.
  [/^Ran (\d+) tests? in \d+(?:\.\d+)?s$/gm, (ran = 0) => ({ ran, skipped: 0 })],
  // cargo, for each program and the documentation (see `hasOwnHarness`).
  [
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured;/gm,
    (passed = 0, failed = 0, skipped = 0, measured = 0) => ({ ran: passed + failed + measured, skipped }),
  ],
  // node --test.
  [
    /^[#ℹ] tests (\d+)$[\s\S]{0,200}?^[#ℹ] skipped (\d+)$/gm,
    (total = 0, skipped = 0) => ({ ran: total - skipped, skipped }),
  ],
  // Mocha.
  [
    /^ {2}(\d+) passing \([^)]*\)$(?:\n {2}(\d+) pending$)?(?:\n {2}(\d+) failing$)?/gm,
    (passed = 0, skipped = 0, failed = 0) => ({ ran: passed + failed, skipped }),
  ],
];

/** A program of tests with a harness of its own sums up as it likes, or not at all: cargo names more than say something. With
 * `--quiet` it names none, and nothing is known. */
const hasOwnHarness = (plain: string): boolean =>
  [...plain.matchAll(/^test result: /gm)].length !==
  [...plain.matchAll(/^ +(Running .+ \(.+\)|Doc-tests .+)$/gm)].length;

/** From this many lines on a log may have been cut, here or in a cache: what ran may stand in the rest. */
const whole = 20_000;

/** What test runners printed of themselves, all together; null where none did, or where nobody knows. */
export function printedTests(log: string): Counts | null {
  const plain = stripVTControlCharacters(log).replaceAll("\r", "");
  const found = runners.flatMap(([summary, counts]) =>
    [...plain.matchAll(summary)].map((match) => counts(...match.slice(1).map((text) => Number(text ?? 0)))),
  );
  if (found.length === 0 || hasOwnHarness(plain) || plain.split("\n", whole).length === whole) return null;
  const sum = (name: keyof Counts) => found.reduce((all, each) => all + each[name], 0);
  return { ran: sum("ran"), skipped: sum("skipped") };
}
