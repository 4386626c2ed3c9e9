import { posix } from "node:path";
import picomatch from "picomatch";
import { tableAt, textOf, textsOf } from "../repository.ts";
import { settingsIn } from "./python-files.ts";
import type { PythonProject } from "./python-project.ts";

/** Files that pytest collects from, by its own settings or else by its usual names. */
export function testFilesOf({ files, manifest }: PythonProject, text: (path: string) => string): string[] {
  const table = tableAt(manifest, "tool", "pytest", "ini_options").python_files;
  const written = [
    ...textsOf(table),
    ...(textOf(table)?.split(/\s+/) ?? []),
    ...["pytest.ini", "tox.ini", "setup.cfg"].flatMap((path) => {
      const settings = settingsIn(text(path));
      const section = settings[path === "setup.cfg" ? "tool:pytest" : "pytest"];
      return section?.python_files?.flatMap((each) => each.split(/\s+/)) ?? [];
    }),
  ];
  const named = picomatch(written.length > 0 ? written : ["test_*.py", "*_test.py"]);
  return files.filter((path) => path.endsWith(".py") && named(posix.basename(path)));
}

/** Whether pytest would take two files for one module: they share a name and lie in no package. */
export function sameNames(tests: string[], files: string[]): boolean {
  const loose = tests.filter((path) => !files.includes(posix.join(posix.dirname(path), "__init__.py")));
  return new Set(loose.map((path) => posix.basename(path))).size < loose.length;
}
