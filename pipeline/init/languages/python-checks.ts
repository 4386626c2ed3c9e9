import { shellWord } from "../../shell-word.ts";
import type { CheckDraft, Part } from "../part.ts";
import { at } from "../repository.ts";
import { djangoTests } from "./python-django.ts";
import { pythonLinters } from "./python-linters.ts";
import { codeOf, type PythonProject } from "./python-project.ts";
import { isByHand, placesOfTests, sameNames, testFilesOf } from "./python-tests.ts";
import { unittestOf } from "./python-unittest.ts";
import type { Surroundings } from "./surroundings.ts";

type Checks = Pick<Part, "lint" | "unit" | "integration">;

export function pythonChecks(project: PythonProject, around: Surroundings): Checks {
  return { lint: pythonLinters(project, around), ...tests(project, around) };
}

function tests(project: PythonProject, around: Surroundings): Pick<Checks, "unit" | "integration"> {
  const { files, installed } = project;
  const none = { unit: null, integration: null };
  const text = (path: string) => around.repository.text(at(project.directory, path)) ?? "";
  const own = testFilesOf(project, around.repository);
  if (files.includes("manage.py") && (!installed.has("pytest") || own.length === 0))
    return { ...none, unit: djangoTests(files, around) };
  const shared = files.filter((path) => /(^|\/)conftest\.py$/.test(path));
  const cases = own.filter((path) => !isByHand(path) && /\bunittest\b|\bTestCase\b/.test(text(path)));
  if (cases.length > 0 && !installed.has("pytest"))
    return { ...none, unit: { run: unittestOf(cases, files), tests: cases } };
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
  const looked = placesOfTests(own, project, around.repository);
  if (looked !== null)
    around.say({
      kind: "guessed",
      what: `pytest looks into ${looked.places.join(", ")}, and not at ${looked.apart.join(", ")}`,
      because: "pytest would take what is run by hand for tests by its name",
    });
  const near = own.filter((path) => !far.test(path) && looked?.apart.includes(path) !== true);
  const where = /^.*?tests?\/(integration|e2e|it)(?=\/)/.exec(integration[0] ?? "")?.[0];
  return {
    unit:
      near.length === 0
        ? null
        : pytest(project, near, shared, { places: looked?.places ?? [], without: where ?? null }),
    integration:
      where === undefined
        ? null
        : {
            run: `python -m pytest ${where}${sameNames(integration, files) ? " --import-mode=importlib" : ""} --junitxml=reports/integration.xml`,
            reports: { junit: "reports/integration.xml" },
            tests: [...integration, ...shared],
          },
  };
}

function pytest(
  project: PythonProject,
  own: string[],
  shared: string[],
  { places, without }: { places: string[]; without: string | null },
): CheckDraft {
  const covered = project.installed.has("pytest-cov");
  const packages = project.files.some((path) => path.startsWith("src/")) ? ["src"] : codeOf(project);
  const words = [
    "python -m pytest",
    ...places.map(shellWord),
    ...(sameNames(own, project.files) ? ["--import-mode=importlib"] : []),
    ...(without === null ? [] : [`--ignore=${without}`]),
    "--junitxml=reports/unit.xml",
    ...(covered
      ? [
          ...(packages.length > 0 ? packages : ["."]).map((each) => `--cov=${each}`),
          "--cov-report=xml:reports/coverage.xml",
        ]
      : []),
  ];
  return {
    run: words.join(" "),
    reports: { junit: "reports/unit.xml", ...(covered ? { coverage: "reports/coverage.xml" } : {}) },
    tests: [...own, ...shared],
  };
}
