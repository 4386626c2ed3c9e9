import { posix } from "node:path";
import type { CheckDraft } from "../part.ts";
import { at, plainName, type Repository, type Table, tableAt, textOf } from "../repository.ts";
import { launcherOf, type Manager, type NodeProject } from "./node-project.ts";
import type { Surroundings } from "./surroundings.ts";

/** A string, or what JSON with comments has beside it. */
const comments = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const trailing = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g;

/** A file of settings of TypeScript: JSON with comments and commas at ends. */
function settingsAt(repository: Repository, path: string): Table {
  const text = (repository.text(path) ?? "").replaceAll(comments, "$1").replaceAll(trailing, "$1");
  try {
    return tableAt({ settings: JSON.parse(text) }, "settings");
  } catch {
    return {};
  }
}

/** Files of settings that another one refers to, relative to the same directory. */
function referencesOf({ references }: Table, files: string[], from: string): string[] {
  const written = Array.isArray(references) ? references : [];
  return written.flatMap((each) => {
    const path = textOf(tableAt({ each }, "each").path);
    if (path === null) return [];
    const near = posix.join(from, path);
    return files.includes(near) ? [near] : [posix.join(near, "tsconfig.json")];
  });
}

const empty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Whether the settings beside package.json name no file, only other settings: `tsc` alone checks nothing then. */
export function onlyRefers({ repository, directory }: Surroundings): boolean {
  const own = settingsAt(repository, at(directory, "tsconfig.json"));
  return empty(own.files) && own.include === undefined && Array.isArray(own.references);
}

/**
 * Checks of types, where no script has them. `tsc --noEmit` follows no reference, and `tsc --build --noEmit` is refused
 * before 5.6 and wherever a project that is referred to refers to others; so each project is checked by itself, and
 * those that need one another are built.
 */
export function typeChecks(
  project: NodeProject,
  manager: Manager,
  around: Surroundings,
): Record<string, CheckDraft> {
  const { repository, directory } = around;
  const tsc = `${launcherOf(manager)} ${project.packages.has("vue-tsc") ? "vue-tsc" : "tsc"}`;
  const read = (path: string) => settingsAt(repository, at(directory, path));
  const own = read("tsconfig.json");
  const referred = referencesOf(own, project.files, ".");
  if (referred.length === 0) return { types: { run: `${tsc} --noEmit` } };
  const nested = referred.some(
    (path) => referencesOf(read(path), project.files, posix.dirname(path)).length > 0,
  );
  const alone = onlyRefers(around);
  if (nested || (!alone && referred.some((path) => path.includes("/")))) {
    around.say({
      kind: "guessed",
      what: `types are checked by \`${tsc} --build\`, which writes what it builds`,
      because:
        "projects that refer to one another are checked by what they are built to: keep that out of git",
    });
    return { types: { run: `${tsc} --build` } };
  }
  const name = (path: string) => /tsconfig\.(.+)\.json$/.exec(path)?.[1] ?? posix.dirname(path);
  return Object.fromEntries([
    ...(alone ? [] : [["types", { run: `${tsc} --noEmit` }]]),
    ...referred.map((path) => [`types-${plainName(name(path))}`, { run: `${tsc} --noEmit -p ${path}` }]),
  ]);
}
