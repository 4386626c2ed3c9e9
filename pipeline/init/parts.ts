import { posix } from "node:path";
import { readNode, workspacesOf } from "./languages/node-project.ts";
import { membersOf } from "./languages/python-project.ts";
import type { Part } from "./part.ts";
import { filesBelow, type Repository, tableAt, tomlAt } from "./repository.ts";

/** A project by its language and directory. */
export type Place = { language: Part["language"]; directory: string };

/** Directories whose projects are not what the repository ships. */
const apart =
  /(^|\/)(node_modules|vendor|fixtures?|testdata|__fixtures__|examples?|samples?|templates?|docs?|tests?|\..+)(\/|$)/;

/** Deepest directory, in names, that a project of its own is looked for in. */
const deepest = 6;

/** The projects of a repository, the root's first, then by directory. */
export function placesOf(repository: Repository): Place[] {
  const manifests = repository.files
    .map((path) => ({ directory: posix.dirname(path), name: posix.basename(path) }))
    .filter(({ directory }) => directory.split("/").length <= deepest && !apart.test(directory));
  const withAny = (names: RegExp) => [
    ...new Set(manifests.filter(({ name }) => names.test(name)).map(({ directory }) => directory)),
  ];
  const places: Place[] = [
    ...pythonDirectories(repository, withAny).map((directory) => ({
      language: "python" as const,
      directory,
    })),
    ...nodeDirectories(repository, withAny(/^package\.json$/)).map((directory) => ({
      language: "node" as const,
      directory,
    })),
    ...outermost(withAny(/^Cargo\.toml$/)).map((directory) => ({ language: "rust" as const, directory })),
  ];
  return places.sort(
    (one, other) =>
      depth(one) - depth(other) ||
      (one.directory < other.directory ? -1 : one.directory > other.directory ? 1 : 0),
  );
}

const depth = ({ directory }: Place): number => (directory === "." ? 0 : directory.split("/").length);

/** What is in the directory of another one is a member of it. */
const outermost = (directories: string[]): string[] =>
  directories.filter(
    (each) => !directories.some((other) => other !== each && (other === "." || each.startsWith(`${other}/`))),
  );

/** A manifest that only sets tools, above the real projects, is none itself; nor is a member of a uv workspace. */
function pythonDirectories(repository: Repository, withAny: (names: RegExp) => string[]): string[] {
  const directories = withAny(/^(pyproject\.toml|setup\.py|requirements[\w.-]*\.txt|Pipfile)$/).filter(
    (each) => posix.basename(each) !== "requirements",
  );
  const members = new Set(
    directories.flatMap((each) => membersOf(repository, each).map((member) => posix.join(each, member))),
  );
  const real = directories.filter((directory) => {
    if (members.has(directory)) return false;
    const files = filesBelow(repository, directory);
    const manifest = tomlAt(repository, posix.join(directory, "pyproject.toml"));
    const others = files.some((path) => /^(setup\.py|requirements[\w.-]*\.txt|Pipfile)$/.test(path));
    // One that cannot be read may be anything: it is told.
    if (manifest === null) return others || files.includes("pyproject.toml");
    const poetry = Object.keys(tableAt(manifest, "tool", "poetry")).length > 0;
    const workspace = "workspace" in tableAt(manifest, "tool", "uv");
    return "project" in manifest || poetry || workspace || others;
  });
  return real.length > 0 ? real : directories.length === 1 ? directories : [];
}

function nodeDirectories(repository: Repository, directories: string[]): string[] {
  const members = new Set(
    directories.flatMap((each) =>
      workspacesOf(repository, readNode(repository, each)).map(({ directory }) => directory),
    ),
  );
  return directories.filter((each) => !members.has(each));
}
