import { posix } from "node:path";
import picomatch from "picomatch";
import { readManifest } from "../../config/toolchain-python-manifest.ts";
import {
  at,
  filesBelow,
  type Repository,
  type Table,
  tableAt,
  textOf,
  textsOf,
  tomlAt,
} from "../repository.ts";
import { nameOf } from "./python-files.ts";
import { byPip } from "./python-pip.ts";
import { byManager, type SetUp } from "./python-setup.ts";

/** What a Python project says of itself. */
export type PythonProject = {
  directory: string;
  manifest: Table;
  /** uv, poetry, pdm, pipenv, hatch, setuptools or pip: what the lock or the manifest is written for. */
  manager: "uv" | "poetry" | "pdm" | "pipenv" | "hatch" | "setuptools" | "pip";
  /** Files of the project, relative to its directory. */
  files: string[];
  setUp: SetUp;
  /** Every package that a set-up installs, by plain name. */
  installed: Set<string>;
  /** Requirement files, those for running first. */
  requirements: string[];
  hasLock: boolean;
  /** Directories of a uv workspace's members, relative to its own. */
  members: string[];
  /** The workspace that it is a member of. */
  root?: PythonProject;
};

const locks = ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"];

export function readPython(repository: Repository, directory: string): PythonProject {
  const files = filesBelow(repository, directory);
  const manifest = tomlAt(repository, at(directory, "pyproject.toml")) ?? {};
  const requirements = files.filter((path) =>
    /^(requirements\/)?[\w.-]*requirements?[\w.-]*\.txt$|^requirements\/[\w-]+\.txt$/.test(path),
  );
  const members = membersOf(repository, directory);
  const sources = {
    repository,
    directory,
    files,
    manifest,
    members: members.map((each) => tomlAt(repository, at(directory, `${each}/pyproject.toml`)) ?? {}),
    requirementFiles: requirements,
  };
  const setUp = byManager(sources) ?? byPip(sources);
  const text = (path: string) => repository.text(at(directory, path));
  const { installable } = readManifest(text, (path) => files.includes(path));
  return {
    directory,
    manifest,
    manager: managerOf(files, manifest, installable),
    files,
    setUp,
    installed: namesOf(setUp.requirements),
    requirements,
    hasLock: locks.some((lock) => files.includes(lock)),
    members,
  };
}

/** Names of packages, with those that plug-ins bring. */
function namesOf(requirements: string[]): Set<string> {
  const names = requirements.map(nameOf).filter((each) => each !== "");
  const plugged = names.map((each) => /^(pytest|flake8|pylint)-/.exec(each)?.[1] ?? each);
  return new Set([...names, ...plugged]);
}

/** Directories of the members of a uv workspace, relative to its own. */
export function membersOf(repository: Repository, directory: string): string[] {
  const workspace = tableAt(tomlAt(repository, at(directory, "pyproject.toml")), "tool", "uv", "workspace");
  const plain = (globs: unknown) =>
    textsOf(globs).map((each) => each.replace(/^\.\//, "").replace(/\/$/, ""));
  const wanted = plain(workspace.members);
  if (wanted.length === 0) return [];
  const matches = picomatch(wanted, { ignore: plain(workspace.exclude) });
  return filesBelow(repository, directory)
    .filter((path) => path.endsWith("/pyproject.toml") && matches(posix.dirname(path)))
    .map((path) => posix.dirname(path));
}

/**
 * Members of the workspace that a project needs, and that those need, relative to it. pip is given them by path: it would
 * look for their names on an index, where anyone may have taken them.
 */
export function siblingsOf(project: PythonProject, repository: Repository): string[] {
  const root = project.root ?? project;
  const all = root.members.map((member) => {
    const directory = at(root.directory, member);
    return { directory, manifest: tomlAt(repository, at(directory, "pyproject.toml")) ?? {} };
  });
  const needed = new Set<string>();
  const visit = (manifest: Table) => {
    const names = Object.entries(tableAt(manifest, "tool", "uv", "sources"))
      .filter(([, source]) => tableAt(source).workspace === true)
      .map(([name]) => nameOf(name));
    for (const each of all) {
      const name = nameOf(textOf(tableAt(each.manifest, "project").name) ?? "");
      if (!names.includes(name) || each.directory === project.directory || needed.has(each.directory))
        continue;
      needed.add(each.directory);
      visit(each.manifest);
    }
  };
  visit(project.manifest);
  return [...needed]
    .map((each) => posix.relative(project.directory, each))
    .map((each) => (each.startsWith(".") ? each : `./${each}`));
}

function managerOf(files: string[], manifest: Table, installable: boolean): PythonProject["manager"] {
  const has = (name: string) => files.includes(name);
  if (has("uv.lock")) return "uv";
  if (has("poetry.lock") || Object.keys(tableAt(manifest, "tool", "poetry")).length > 0) return "poetry";
  if (has("pdm.lock") || Object.keys(tableAt(manifest, "tool", "pdm")).length > 0) return "pdm";
  if (has("Pipfile.lock")) return "pipenv";
  const backend = textOf(tableAt(manifest, "build-system")["build-backend"]) ?? "";
  if (backend.startsWith("hatchling")) return "hatch";
  if (installable) return "setuptools";
  return has("Pipfile") ? "pipenv" : "pip";
}

/** Directories and files with the project's own code, without its tests. */
export function packagesOf({ files, members }: Pick<PythonProject, "files" | "members">): string[] {
  const python = files.filter(
    (path) => path.endsWith(".py") && !members.some((member) => path.startsWith(`${member}/`)),
  );
  const tops = new Set(python.filter((path) => path.includes("/")).map((path) => path.split("/")[0] ?? ""));
  const apart =
    /^(tests?|docs?|scripts|migrations|alembic|examples?|benchmarks?|load|locust|perf|tools|\..*)$/;
  return [...tops].filter((top) => !apart.test(top)).sort();
}

/** The same, with the code of a workspace's members. */
export function codeOf(project: PythonProject): string[] {
  const { files, members } = project;
  const below = members.flatMap((member) => {
    const own = files.filter((path) => path.startsWith(`${member}/`));
    const relative = own.map((path) => path.slice(member.length + 1));
    return packagesOf({ files: relative, members: [] }).map((each) => `${member}/${each}`);
  });
  return [...packagesOf(project), ...below];
}

/** Everything with code in it that a linter should look at: the tests too. */
export function lintedOf(project: PythonProject): string[] {
  const python = project.files.filter((path) => path.endsWith(".py"));
  const tops = new Set(python.map((path) => path.split("/")[0] ?? ""));
  return [...tops].sort();
}
