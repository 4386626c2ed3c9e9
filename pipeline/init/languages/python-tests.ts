import { posix } from "node:path";
import picomatch from "picomatch";
import { at, type Repository, tableAt, textOf, textsOf, tomlAt } from "../repository.ts";
import { settingsIn } from "./python-files.ts";
import type { PythonProject } from "./python-project.ts";

/** Files that pytest collects from, by its own settings or else by its usual names. */
export function testFilesOf(project: PythonProject, repository: Repository): string[] {
  const written = settingOf("python_files", project, repository);
  const named = picomatch(written.length > 0 ? written : ["test_*.py", "*_test.py"]);
  return project.files.filter((path) => path.endsWith(".py") && named(posix.basename(path)));
}

/** Programs that are run by hand, and what only shows something, may be called as tests are. */
const byHand = /^(scripts?|tools?|bin|examples?|notebooks?|docs?|benchmarks?|sandbox|playground)\//;

export const isByHand = (path: string): boolean => byHand.test(path);

/** Where pytest looks, and what it is kept from; null where its settings say it, or nothing lies apart. */
export function placesOfTests(
  tests: string[],
  project: PythonProject,
  repository: Repository,
): { places: string[]; apart: string[] } | null {
  const apart = tests.filter(isByHand);
  const own = tests.filter((path) => !apart.includes(path));
  if (apart.length === 0 || own.length === 0) return null;
  if (settingOf("testpaths", project, repository).length > 0) return null;
  return { places: [...new Set(own.map((path) => path.split("/")[0] ?? ""))].sort(), apart };
}

/** Words of one of pytest's settings, in whichever file it keeps them. */
function settingOf(key: string, project: PythonProject, repository: Repository): string[] {
  const { manifest, directory } = project;
  const text = (path: string) => repository.text(at(directory, path)) ?? "";
  const tables = [
    tableAt(manifest, "tool", "pytest", "ini_options"),
    tableAt(manifest, "tool", "pytest"),
    ...["pytest.toml", ".pytest.toml"].map((path) =>
      tableAt(tomlAt(repository, at(directory, path)), "pytest"),
    ),
  ];
  const inis = ["pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"].flatMap((path) => {
    const section = settingsIn(text(path))[path === "setup.cfg" ? "tool:pytest" : "pytest"];
    return section?.[key] ?? [];
  });
  const lines = [...tables.flatMap((table) => [...textsOf(table[key]), textOf(table[key]) ?? ""]), ...inis];
  return lines.flatMap((line) => line.split(/\s+/)).filter((word) => word !== "");
}

/** Whether pytest would take two files for one module: they share a name and lie in no package. */
export function sameNames(tests: string[], files: string[]): boolean {
  const loose = tests.filter((path) => !files.includes(posix.join(posix.dirname(path), "__init__.py")));
  return new Set(loose.map((path) => posix.basename(path))).size < loose.length;
}
