import { validRange } from "semver";
import { requirementFiles } from "../../config/toolchain-python.ts";
import type { Part } from "../part.ts";
import { at, type Table, tableAt, textOf } from "../repository.ts";
import { pythonChecks } from "./python-checks.ts";
import { pythonComponent } from "./python-component.ts";
import { type PythonProject, readPython, semverRange } from "./python-project.ts";
import { type Surroundings, versionOfImage } from "./surroundings.ts";

/** A Python project: its interpreter, set-up, checks, and what it runs. */
export function lookAtPython(around: Surroundings): Part {
  const project = readPython(around.repository, around.directory);
  around.say({
    kind: "found",
    what: `Python (${project.manager})`,
    where: at(around.directory, manifestOf(project)),
  });
  const component = pythonComponent(project, around);
  return {
    language: "python",
    directory: around.directory,
    toolchain: toolchainOf(project, around),
    ...pythonChecks(project, around),
    components: component === null ? [] : [component],
  };
}

const manifestOf = ({ files, requirements }: PythonProject): string =>
  ["uv.lock", "poetry.lock", "pdm.lock", ...requirements, "pyproject.toml", "setup.py"].find((path) =>
    files.includes(path),
  ) ?? "pyproject.toml";

function toolchainOf(project: PythonProject, around: Surroundings): Table {
  const install = installOf(project);
  return {
    version: versionOf(project, around),
    ...(install === null ? {} : { install }),
  };
}

/** What pip would not find by itself. */
function installOf({ extra, requirements, hasLock, files }: PythonProject): string[] | null {
  if (hasLock) return null;
  if (extra.length > 0) return [...(files.includes("pyproject.toml") ? ["."] : []), ...extra];
  // A file of dependencies that goes by another name would be overlooked.
  return requirements.some((path) => requirementFiles.includes(path)) || requirements.length === 0
    ? null
    : requirements;
}

function versionOf({ manifest, directory }: PythonProject, around: Surroundings): string {
  const { repository } = around;
  const written = [
    textOf(tableAt(manifest, "project")["requires-python"]),
    textOf(tableAt(manifest, "tool", "poetry", "dependencies").python),
    (repository.text(at(directory, ".python-version")) ?? "").trim().replace(/^(\d+\.\d+).*$/s, ">=$1"),
  ].map((each) => semverRange(each ?? ""));
  const known = written.find((each) => each !== "" && validRange(each) !== null);
  if (known !== undefined) return known;
  return versionOfImage(around, { language: "Python", image: /python:(3\.\d+)/, usual: ">=3.10" });
}
