import type { Part } from "../part.ts";
import { at, type Table } from "../repository.ts";
import { pythonChecks } from "./python-checks.ts";
import { pythonComponent } from "./python-component.ts";
import { type PythonProject, readPython } from "./python-project.ts";
import { sayPython } from "./python-sayings.ts";
import { versionOf } from "./python-version.ts";
import type { Surroundings } from "./surroundings.ts";

/** A Python project with its uv workspace; `aroundOf` gives what the repository tells of a member. */
export function lookAtPython(around: Surroundings, aroundOf: (directory: string) => Surroundings): Part {
  const project = readPython(around.repository, around.directory);
  sayPython(project, around);
  const inMember = (path: string) => project.members.some((member) => path.startsWith(`${member}/`));
  const files = project.files.filter((path) => !inMember(path));
  const own = pythonComponent({ ...project, files }, around);
  const others = project.members.map((member) => {
    const directory = at(around.directory, member);
    const read = readPython(around.repository, directory);
    // Most members only are there for others: how such a one is started nobody asks.
    const quiet = { ...aroundOf(directory), say: () => {} };
    return pythonComponent({ ...read, installed: project.installed, root: project }, quiet);
  });
  return {
    language: "python",
    directory: around.directory,
    toolchain: toolchainOf(project, around),
    ...pythonChecks(project, around),
    components: [own, ...others].filter((each) => each !== null),
  };
}

function toolchainOf(project: PythonProject, around: Surroundings): Table {
  const { install, groups } = project.setUp;
  return {
    version: versionOf(project, around),
    ...(install === null ? {} : { install }),
    ...(groups.length === 0 ? {} : { groups }),
  };
}
