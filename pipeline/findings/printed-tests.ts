import { stripVTControlCharacters } from "node:util";

/** What Python's own runner, and Django's above it, ends with; before Python 3.12 both end well without any test. */
const summaries = /^Ran (\d+) tests? in \d+(?:\.\d+)?s$/gm;

/** Whether what was printed says that test runners ran, and that none of them found a test. */
export function ranNothing(log: string): boolean {
  const plain = stripVTControlCharacters(log).replaceAll("\r", "");
  const counts = [...plain.matchAll(summaries)].map(([, count]) => Number(count));
  return counts.length > 0 && counts.every((count) => count === 0);
}
