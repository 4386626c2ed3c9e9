import type { CheckDraft, Part } from "../part.ts";
import { at, tableAt } from "../repository.ts";
import { lintedOf, type PythonProject, packagesOf } from "./python-project.ts";
import type { Surroundings } from "./surroundings.ts";

type Checks = Pick<Part, "lint" | "unit" | "integration">;

export function pythonChecks(project: PythonProject, around: Surroundings): Checks {
  return { lint: linters(project, around), ...tests(project, around) };
}

type Linter = { run: string; configured: boolean };

/** Linters that the project asks for, by configuration or by dependency; one that no set-up installs is only told. */
function linters(project: PythonProject, around: Surroundings): Record<string, CheckDraft> {
  const sources = lintedOf(project).join(" ");
  const packages = packagesOf(project).join(" ") || sources;
  const { files, manifest, installed, directory } = project;
  if (sources === "") return {};
  const tool = (name: string) => Object.keys(tableAt(manifest, "tool", name)).length > 0;
  const text = (path: string) => around.repository.text(at(directory, path)) ?? "";
  const section = (name: string) => ["setup.cfg", "tox.ini"].some((path) => text(path).includes(`[${name}`));
  const has = (...names: string[]) => names.some((name) => files.includes(name));
  const own = typesFiles(project);
  const known: Record<string, Linter> = {
    ruff: { run: "ruff check .", configured: tool("ruff") || has("ruff.toml", ".ruff.toml") },
    flake8: { run: `flake8 ${sources}`, configured: has(".flake8") || section("flake8") },
    black: { run: `black --check ${sources}`, configured: tool("black") },
    pylint: { run: `pylint ${packages}`, configured: tool("pylint") || has(".pylintrc", "pylintrc") },
    mypy: {
      run: own ? "mypy" : `mypy ${packages}`,
      configured: tool("mypy") || has("mypy.ini") || section("mypy"),
    },
  };
  const found: Record<string, CheckDraft> = {};
  for (const [name, { run, configured }] of Object.entries(known)) {
    if (installed.has(name)) found[name] = { run };
    else if (configured) {
      around.say({
        kind: "unknown",
        what: `${name} is configured in ${directory === "." ? "the repository" : directory}, but no dependency brings it`,
        remedy: `add ${name} to the development dependencies, then \`${name}: ${run}\` to checks.lint`,
      });
    }
  }
  if (installed.has("ruff") && !installed.has("black") && usesRuffFormat(project, text))
    found["ruff-format"] = { run: "ruff format --check ." };
  return found;
}

/** Whether mypy's own settings name its files. */
const typesFiles = ({ manifest }: PythonProject): boolean =>
  "files" in tableAt(manifest, "tool", "mypy") || "packages" in tableAt(manifest, "tool", "mypy");

const usesRuffFormat = ({ manifest }: PythonProject, text: (path: string) => string): boolean =>
  "format" in tableAt(manifest, "tool", "ruff") || text(".pre-commit-config.yaml").includes("ruff-format");

function tests(project: PythonProject, around: Surroundings): Pick<Checks, "unit" | "integration"> {
  const { files, installed } = project;
  const own = files.filter((path) => /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(path));
  const none = { unit: null, integration: null };
  if (files.includes("manage.py") && !installed.has("pytest")) {
    return { ...none, unit: { run: "python manage.py test", tests: own } };
  }
  const shared = files.filter((path) => /(^|\/)conftest\.py$/.test(path));
  const text = (path: string) => around.repository.text(at(project.directory, path)) ?? "";
  if (own.length > 0 && !installed.has("pytest") && own.some((path) => /\bunittest\b/.test(text(path))))
    return { ...none, unit: { run: "python -m unittest discover", tests: own } };
  if (own.length === 0 || !installed.has("pytest")) {
    const where = project.directory === "." ? "the Python project" : project.directory;
    around.say({
      kind: "unknown",
      what:
        own.length === 0
          ? `no tests were found in ${where}`
          : `how the tests of ${where} run: no dependency brings pytest`,
      remedy: "name the command that runs them under checks.unit",
    });
    return none;
  }
  const far = /(^|\/)tests?\/(integration|e2e|it)\//;
  const integration = own.filter((path) => far.test(path));
  const near = own.filter((path) => !far.test(path));
  const where = /^.*?tests?\/(integration|e2e|it)(?=\/)/.exec(integration[0] ?? "")?.[0];
  return {
    unit: near.length === 0 ? null : pytest(project, "unit", near, shared, where ?? null),
    integration:
      where === undefined
        ? null
        : {
            run: `python -m pytest ${where} --junitxml=reports/integration.xml`,
            reports: { junit: "reports/integration.xml" },
            tests: [...integration, ...shared],
          },
  };
}

function pytest(
  project: PythonProject,
  name: string,
  own: string[],
  shared: string[],
  without: string | null,
): CheckDraft {
  const covered = project.installed.has("pytest-cov");
  const packages = project.files.some((path) => path.startsWith("src/")) ? ["src"] : packagesOf(project);
  const words = [
    "python -m pytest",
    ...(without === null ? [] : [`--ignore=${without}`]),
    `--junitxml=reports/${name}.xml`,
    ...(covered
      ? [
          ...(packages.length > 0 ? packages : ["."]).map((each) => `--cov=${each}`),
          "--cov-report=xml:reports/coverage.xml",
        ]
      : []),
  ];
  return {
    run: words.join(" "),
    reports: { junit: `reports/${name}.xml`, ...(covered ? { coverage: "reports/coverage.xml" } : {}) },
    tests: [...own, ...shared],
  };
}
