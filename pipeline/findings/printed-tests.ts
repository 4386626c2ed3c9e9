import { stripVTControlCharacters } from "node:util";

/** What Python's own runner, and Django's above it, ends with; before Python 3.12 both end well without any test. */
const summaries = /^Ran (\d+) tests? in \d+(?:\.\d+)?s$(?:\n*^OK \(.*?skipped=(\d+))?/gm;

/** What test runners printed of themselves, all together; null where none did. */
export function printedTests(log: string): { total: number; skipped: number } | null {
  const plain = stripVTControlCharacters(log).replaceAll("\r", "");
  const found = [...plain.matchAll(summaries)];
  if (found.length === 0) return null;
  const sum = (group: number) => found.reduce((all, match) => all + Number(match[group] ?? 0), 0);
  return { total: sum(1), skipped: sum(2) };
}
