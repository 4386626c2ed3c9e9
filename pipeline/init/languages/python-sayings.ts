import { parse as parseToml, TomlError } from "smol-toml";
import { readManifest } from "../../config/toolchain-python-manifest.ts";
import { at, type Saying, tableAt, textOf } from "../repository.ts";
import { type Bundle, toolsOf } from "./python-bundles.ts";
import { scriptOf } from "./python-files.ts";
import { membersOf, type PythonProject } from "./python-project.ts";
import type { Surroundings } from "./surroundings.ts";

/** What was found of a Python project, what its set-up asks for or leaves out, and what nobody could read. */
export function sayPython(project: PythonProject, around: Surroundings): void {
  const unread = unreadable(project, around);
  if (unread === null) around.say(found(project, around));
  for (const each of [
    ...(unread === null ? [] : [unread]),
    ...sayAsked(project),
    ...sayLeft(project),
    ...sayUnlocked(project),
    ...sayOpen(project, around),
  ])
    around.say(each);
}

function found(project: PythonProject, { repository, directory }: Surroundings): Saying {
  const members = membersOf(repository, directory).length;
  const words = [
    project.manager === "setuptools" ? builderOf(project) : project.manager,
    ...(members === 0 ? [] : [`${members} ${members === 1 ? "member" : "members"} of its workspace`]),
  ];
  return { kind: "found", what: `Python (${words.join(", ")})`, where: at(directory, manifestOf(project)) };
}

/** What builds a project that no manager's lock or table names. */
function builderOf({ manifest }: PythonProject): string {
  const backend = textOf(tableAt(manifest, "build-system")["build-backend"]) ?? "";
  const known: [start: string, name: string][] = [
    ["maturin", "maturin"],
    ["scikit_build_core", "scikit-build-core"],
    ["mesonpy", "meson-python"],
    ["flit", "flit"],
  ];
  return known.find(([start]) => backend.startsWith(start))?.[1] ?? "setuptools";
}

const locks = ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "Pipfile"];
const manifests = ["pyproject.toml", "setup.py", "setup.cfg"];

function manifestOf({ files, requirements, manager }: PythonProject): string {
  const names =
    manager === "pip" ? [...requirements, ...locks, ...manifests] : [...locks, ...manifests, ...requirements];
  const running = names.find((path) => path === "requirements.txt" && files.includes(path));
  return (
    (manager === "pip" ? running : undefined) ??
    names.find((path) => files.includes(path)) ??
    "pyproject.toml"
  );
}

/** A manifest that is no TOML counts as empty, so whatever else is said of the project may be wrong. */
function unreadable({ directory, files }: PythonProject, { repository }: Surroundings): Saying | null {
  const broken = ["pyproject.toml", "Pipfile"].flatMap((name) => {
    const path = at(directory, name);
    const reason = files.includes(name) ? tomlProblem(repository.text(path) ?? "") : null;
    return reason === null ? [] : [{ path, reason }];
  })[0];
  return broken === undefined
    ? null
    : {
        kind: "unknown",
        what: `what ${broken.path} says: it cannot be read: ${broken.reason}`,
        remedy: "mend it, then run `bellwether init --force` again",
      };
}

function tomlProblem(text: string): string | null {
  try {
    parseToml(text);
    return null;
  } catch (error) {
    if (!(error instanceof TomlError)) return "no TOML";
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "");
    return `line ${error.line}, column ${error.column}: ${reason}`;
  }
}

const listed = (bundles: Bundle[]): string =>
  [...new Set(bundles.map(({ kind, name }) => (kind === "file" ? name : `${kind} ${name}`)))].join(", ");

const inPlace = ({ directory }: PythonProject): string => (directory === "." ? "" : ` in ${directory}`);

function sayAsked(project: PythonProject): Saying[] {
  const { asked } = project.setUp;
  if (asked.length === 0) return [];
  const tools = [...new Set(asked.flatMap(({ requirements }) => toolsOf(requirements)))];
  return [
    {
      kind: "guessed",
      what: `the set-up${inPlace(project)} installs ${listed(asked)} as well`,
      because: `${tools.length === 0 ? "its name is that of work on the code" : `it brings ${tools.join(", ")}`}, and it is not installed unless it is asked for`,
    },
  ];
}

const sayLeft = (project: PythonProject): Saying[] =>
  project.setUp.left.length === 0
    ? []
    : [
        {
          kind: "guessed",
          what: `the set-up${inPlace(project)} leaves out ${listed(project.setUp.left)}`,
          because: "no check needs it",
        },
      ];

const sayUnlocked = (project: PythonProject): Saying[] =>
  project.setUp.unlocked.length === 0
    ? []
    : [
        {
          kind: "unknown",
          what: `how ${listed(project.setUp.unlocked)}${inPlace(project)} is installed: pdm.lock does not hold it`,
          remedy: "run `pdm lock -G :all`, commit pdm.lock, then run `bellwether init --force` again",
        },
      ];

/** What only running or resolving would tell. */
function sayOpen(project: PythonProject, { repository, directory }: Surroundings): Saying[] {
  const { hasLock, files, manifest } = project;
  const script = scriptOf(repository.text(at(directory, "setup.py")) ?? "");
  const poetry = Object.keys(tableAt(manifest, "tool", "poetry")).length > 0;
  const lock = poetry ? "poetry lock" : files.includes("Pipfile") ? "pipenv lock" : null;
  const { native } = readManifest(
    (path) => repository.text(at(directory, path)),
    (path) => files.includes(path),
  );
  return [
    ...(native === null || native.inside
      ? []
      : [
          {
            kind: "guessed" as const,
            what: `the set-up${inPlace(project)} is done anew in each run`,
            because: "what it compiles may lie beside the sources, where no cache keeps it",
          },
        ]),
    ...(script.extras === null || script.requires === null
      ? [
          {
            kind: "unknown" as const,
            what: `what ${at(directory, "setup.py")} requires: it says so in code that only running it would tell`,
            remedy:
              'where an extra brings the tools of the checks, add `install: [".[EXTRA]"]` to the toolchain',
          },
        ]
      : []),
    ...(hasLock || lock === null
      ? []
      : [
          {
            kind: "unknown" as const,
            what: `which versions the packages${inPlace(project)} have: there is no lock`,
            remedy: `run \`${lock}\` and commit what it writes; without it pip takes the newest that the manifest allows`,
          },
        ]),
  ];
}
