import { posix } from "node:path";
import { shellWord } from "../../shell-word.ts";

/**
 * How unittest finds these tests: it only goes down into packages, so it is begun in each directory with tests that is
 * none, and looks for files called test*.py unless it is told another pattern.
 */
export function unittestOf(tests: string[], files: string[]): string {
  const all = new Set(files);
  const runs = new Set(
    tests.map((path) => {
      const pattern = /^test.*\.py$/.test(posix.basename(path)) ? "" : " -p '*_test.py'";
      return `python -m unittest discover${startOf(path, all)}${pattern}`;
    }),
  );
  return [...runs].join(" && ");
}

/** The nearest directory above that is no package. */
function startOf(path: string, files: Set<string>): string {
  let directory = posix.dirname(path);
  while (directory !== "." && files.has(`${directory}/__init__.py`)) directory = posix.dirname(directory);
  return directory === "." ? "" : ` -s ${shellWord(directory)}`;
}
