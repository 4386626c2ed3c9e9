import { shellWord } from "../../shell-word.ts";
import type { CheckDraft } from "../part.ts";
import { at, isTable, tableAt, textOf, yamlAt } from "../repository.ts";
import { settingsIn } from "./python-files.ts";
import { codeOf, lintedOf, type PythonProject } from "./python-project.ts";
import type { Surroundings } from "./surroundings.ts";

type Linter = { run: string; configured: boolean };

/** Linters that the project asks for, by configuration or by dependency; one that no set-up installs is only told. */
export function pythonLinters(project: PythonProject, around: Surroundings): Record<string, CheckDraft> {
  if (lintedOf(project).length === 0) return {};
  const { installed, directory } = project;
  const text = (path: string) => around.repository.text(at(directory, path)) ?? "";
  const hooks = hooksOf(project, around);
  const found: Record<string, CheckDraft> = {};
  for (const [name, { run, configured }] of Object.entries(known(project, text))) {
    if (installed.has(name)) found[name] = { run };
    else if (configured || hooks.has(name)) {
      const place = directory === "." ? "the repository" : directory;
      around.say({
        kind: "unknown",
        what: configured
          ? `${name} is configured in ${place}, but no dependency brings it`
          : `${name} runs before commits in ${place} (.pre-commit-config.yaml), but no dependency brings it`,
        remedy: `add ${name} to the development dependencies, then \`${name}: ${run}\` to checks.lint`,
      });
    }
  }
  if (installed.has("pyright"))
    around.say({
      kind: "guessed",
      what: "pyright as a linter",
      because:
        "a dependency brings it; at its first run it fetches its own program from npm, which takes a network",
    });
  if (installed.has("ruff") && !installed.has("black") && usesRuffFormat(project, hooks))
    found["ruff-format"] = { run: "ruff format --check ." };
  return found;
}

function known(project: PythonProject, text: (path: string) => string): Record<string, Linter> {
  const { files, manifest } = project;
  const sources = lintedOf(project).map(shellWord).join(" ");
  const packages = codeOf(project).map(shellWord).join(" ") || sources;
  const has = (...names: string[]) => names.some((name) => files.includes(name));
  const tool = (name: string) => Object.keys(tableAt(manifest, "tool", name)).length > 0;
  const sections = ["setup.cfg", "tox.ini"].flatMap((path) => Object.keys(settingsIn(text(path))));
  const section = (name: string) => sections.some((each) => each.startsWith(name));
  const included = "include" in tableAt(manifest, "tool", "pyright") || has("pyrightconfig.json");
  return {
    ruff: { run: "ruff check .", configured: tool("ruff") || has("ruff.toml", ".ruff.toml") },
    flake8: { run: `flake8 ${sources}`, configured: has(".flake8") || section("flake8") },
    black: { run: `black --check ${sources}`, configured: tool("black") },
    isort: {
      run: `isort --check-only ${sources}`,
      configured: tool("isort") || has(".isort.cfg") || section("isort") || section("tool:isort"),
    },
    pylint: { run: `pylint ${packages}`, configured: tool("pylint") || has(".pylintrc", "pylintrc") },
    bandit: {
      run: `bandit -q -r ${packages}${tool("bandit") ? " -c pyproject.toml" : ""}`,
      configured: tool("bandit") || has(".bandit", "bandit.yaml"),
    },
    mypy: {
      run: typesFiles(project) ? "mypy" : `mypy ${packages}`,
      configured: tool("mypy") || has("mypy.ini", ".mypy.ini") || section("mypy"),
    },
    pyright: {
      run: included ? "pyright" : `pyright ${sources}`,
      configured: !project.installed.has("basedpyright") && (tool("pyright") || has("pyrightconfig.json")),
    },
    basedpyright: {
      run:
        "include" in tableAt(manifest, "tool", "basedpyright") || included
          ? "basedpyright"
          : `basedpyright ${sources}`,
      configured: tool("basedpyright"),
    },
  };
}

/** Whether mypy's own settings name its files. */
const typesFiles = ({ manifest }: PythonProject): boolean =>
  "files" in tableAt(manifest, "tool", "mypy") || "packages" in tableAt(manifest, "tool", "mypy");

const usesRuffFormat = ({ manifest }: PythonProject, hooks: Set<string>): boolean =>
  "format" in tableAt(manifest, "tool", "ruff") || hooks.has("ruff-format");

/** Names of what pre-commit runs, here or in the root; its hook ruff-check is ruff. */
function hooksOf({ directory }: PythonProject, { repository }: Surroundings): Set<string> {
  const ids = [...new Set([directory, "."])].flatMap((each) => {
    const repos = yamlAt(repository, at(each, ".pre-commit-config.yaml"))?.repos;
    return (Array.isArray(repos) ? repos : [])
      .flatMap((repo) => (isTable(repo) && Array.isArray(repo.hooks) ? repo.hooks : []))
      .map((hook) => textOf(tableAt(hook).id) ?? "");
  });
  return new Set(ids.flatMap((id) => (id === "ruff-check" || id === "ruff-format" ? ["ruff", id] : [id])));
}
