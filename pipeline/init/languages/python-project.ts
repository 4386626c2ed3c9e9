import { filesBelow, type Repository, type Table, tableAt, textOf, textsOf, tomlAt } from "../repository.ts";

/** What a Python project says of itself. */
export type PythonProject = {
  directory: string;
  manifest: Table;
  /** uv, poetry, pdm, hatch, setuptools or pip: what the lock or the manifest is written for. */
  manager: "uv" | "poetry" | "pdm" | "hatch" | "setuptools" | "pip";
  /** Files of the project, relative to its directory. */
  files: string[];
  /** Every package that a set-up installs, by plain name. */
  installed: Set<string>;
  /** Packages for its work alone that pip does not install by itself: groups and hatch's environments. */
  extra: string[];
  /** Requirement files, those for running first. */
  requirements: string[];
  hasLock: boolean;
};

const nameOf = (requirement: string): string =>
  (/^[A-Za-z0-9][\w.-]*/.exec(requirement.trim())?.[0] ?? "").toLowerCase().replaceAll(/[_.]+/g, "-");

export function readPython(repository: Repository, directory: string): PythonProject {
  const files = filesBelow(repository, directory);
  const text = (path: string) => repository.text(directory === "." ? path : `${directory}/${path}`);
  const manifest =
    tomlAt(repository, directory === "." ? "pyproject.toml" : `${directory}/pyproject.toml`) ?? {};
  const manager = managerOf(files, manifest);
  const requirements = files.filter((path) =>
    /^(requirements\/)?[\w.-]*requirements?[\w.-]*\.txt$|^requirements\/[\w-]+\.txt$/.test(path),
  );
  const poetry = tableAt(manifest, "tool", "poetry");
  const hasLock = ["uv.lock", "poetry.lock", "pdm.lock"].some((lock) => files.includes(lock));
  const groups = Object.values(tableAt(manifest, "dependency-groups")).flatMap(textsOf);
  const hatch = Object.values(tableAt(manifest, "tool", "hatch", "envs")).flatMap((each) => [
    ...textsOf(tableAt(each).dependencies),
    ...textsOf(tableAt(each)["extra-dependencies"]),
  ]);
  const locked = [
    ...groups,
    ...textsOf(tableAt(manifest, "tool", "uv")["dev-dependencies"]),
    ...Object.values(tableAt(manifest, "tool", "pdm", "dev-dependencies")).flatMap(textsOf),
    ...Object.keys(tableAt(poetry, "dependencies")),
    ...Object.keys(tableAt(poetry, "dev-dependencies")),
    ...Object.values(tableAt(poetry, "group")).flatMap((each) => Object.keys(tableAt(each, "dependencies"))),
  ];
  const declared = [
    ...textsOf(tableAt(manifest, "project").dependencies),
    ...Object.values(tableAt(manifest, "project", "optional-dependencies")).flatMap(textsOf),
    ...requirements.flatMap((path) => linesOf(text(path) ?? "")),
    ...quoted(text("setup.py") ?? ""),
    ...linesOf(text("setup.cfg") ?? ""),
  ];
  const extra = hasLock || requirements.length > 0 ? [] : [...groups, ...hatch, ...developing(poetry)];
  const all = [...declared, ...extra, ...(hasLock ? locked : [])];
  return {
    directory,
    manifest,
    manager,
    files,
    installed: new Set(all.map(nameOf).filter((each) => each !== "")),
    extra: [...new Set(extra)],
    requirements,
    hasLock,
  };
}

/** Packages of poetry's groups, by name: their versions are written in its own way. */
const developing = (poetry: Table): string[] => [
  ...Object.keys(tableAt(poetry, "dev-dependencies")),
  ...Object.values(tableAt(poetry, "group")).flatMap((each) => Object.keys(tableAt(each, "dependencies"))),
];

function managerOf(files: string[], manifest: Table): PythonProject["manager"] {
  const has = (name: string) => files.includes(name);
  if (has("uv.lock")) return "uv";
  if (has("poetry.lock") || Object.keys(tableAt(manifest, "tool", "poetry")).length > 0) return "poetry";
  if (has("pdm.lock") || Object.keys(tableAt(manifest, "tool", "pdm")).length > 0) return "pdm";
  const backend = textOf(tableAt(manifest, "build-system")["build-backend"]) ?? "";
  if (backend.startsWith("hatchling")) return "hatch";
  return has("pyproject.toml") || has("setup.py") ? "setuptools" : "pip";
}

/** Requirements of a file, a line each; options and comments are none. */
const linesOf = (text: string): string[] => text.split("\n").filter((each) => /^\s*[A-Za-z0-9]/.test(each));

const quoted = (text: string): string[] =>
  [...text.matchAll(/["']([A-Za-z][\w.-]*(?:\[[\w,]+\])?\s*(?:[<>=~!].*?)?)["']/g)].map(
    ([, each]) => each ?? "",
  );

/** Directories and files with the project's own code, without its tests. */
export function packagesOf({ files }: PythonProject): string[] {
  const python = files.filter((path) => path.endsWith(".py"));
  const tops = new Set(python.filter((path) => path.includes("/")).map((path) => path.split("/")[0] ?? ""));
  const apart =
    /^(tests?|docs?|scripts|migrations|alembic|examples?|benchmarks?|load|locust|perf|tools|\..*)$/;
  return [...tops].filter((top) => !apart.test(top)).sort();
}

/** Everything with code in it that a linter should look at: the tests too. */
export function lintedOf(project: PythonProject): string[] {
  const python = project.files.filter((path) => path.endsWith(".py"));
  const tops = new Set(python.map((path) => path.split("/")[0] ?? ""));
  return [...tops].sort();
}

/** Range of versions in semver's words: ">=3.11,<3.14" → ">=3.11 <3.14", "~=3.11" → ">=3.11 <4". */
export function semverRange(written: string): string {
  return written
    .split(",")
    .map((each) => each.trim())
    .filter((each) => !each.startsWith("!="))
    .map((each) => {
      const compatible = /^~=\s*(\d+)\.(\d+)(\.\d+)?/.exec(each);
      if (compatible !== null) {
        const [, major, minor, patch] = compatible;
        const top = patch === undefined ? `<${Number(major) + 1}` : `<${major}.${Number(minor) + 1}`;
        return `>=${major}.${minor}${patch ?? ""} ${top}`;
      }
      return each.replace(/^===?\s*/, "").replace(/\s+/g, "");
    })
    .join(" ");
}
