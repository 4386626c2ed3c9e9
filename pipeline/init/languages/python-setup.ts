import { forWork } from "../../config/toolchain-python-manifest.ts";
import { at, type Repository, type Table, tableAt, textsOf, tomlAt } from "../repository.ts";
import { type Bundle, chosenOf, extrasOf, groupsOf, lackingIn, lockedGroups } from "./python-bundles.ts";
import { requirementsOf } from "./python-constraints.ts";
import { nameOf, type Script, scriptOf, settingsIn } from "./python-files.ts";

/** What a project's set-up installs, and what is written so that it does. */
export type SetUp = {
  /** Every requirement that it installs. */
  requirements: string[];
  /** Groups and extras besides those that the manager takes by itself. */
  groups: string[];
  /** What pip is told to install; null: it finds that by itself. */
  install: string[] | null;
  /** What is asked for by name, as it is not taken otherwise. */
  asked: Bundle[];
  /** What is not installed. */
  left: Bundle[];
  /** What is wanted, but no lock holds it. */
  unlocked: Bundle[];
};

export type Sources = {
  repository: Repository;
  directory: string;
  /** Relative to the directory. */
  files: string[];
  manifest: Table;
  /** Manifests of a workspace's members. */
  members: Table[];
  /** Requirement files, those for running first. */
  requirementFiles: string[];
};

/** What a manager installs by its lock; null: there is none, and pip does it. */
export function byManager(sources: Sources): SetUp | null {
  const has = (name: string) => sources.files.includes(name);
  if (has("uv.lock")) return byUv(sources);
  if (has("poetry.lock")) return byLock(sources, "poetry", null);
  if (has("pdm.lock")) {
    const lock = at(sources.directory, "pdm.lock");
    return byLock(sources, "pdm", lockedGroups(sources.repository, lock));
  }
  if (has("Pipfile.lock")) return { ...nothing, requirements: pipfileOf(sources) };
  return null;
}

export const nothing: SetUp = {
  requirements: [],
  groups: [],
  install: null,
  asked: [],
  left: [],
  unlocked: [],
};

export const textIn =
  ({ repository, directory }: Sources) =>
  (path: string): string | null =>
    repository.text(at(directory, path));

const setupScript = (sources: Sources): Script => scriptOf(textIn(sources)("setup.py") ?? "");

/** What runs in production: the project's own dependencies. */
export function runningOf(sources: Sources): string[] {
  const settings = settingsIn(textIn(sources)("setup.cfg") ?? "");
  return [
    ...[sources.manifest, ...sources.members].flatMap((each) => [
      ...textsOf(tableAt(each, "project").dependencies),
      ...requirementsOf(tableAt(each, "tool", "poetry", "dependencies")),
    ]),
    ...(settings.options?.install_requires ?? []),
    ...(setupScript(sources).requires ?? []),
  ];
}

export const ownExtras = (sources: Sources): Bundle[] =>
  extrasOf(sources.manifest, settingsIn(textIn(sources)("setup.cfg") ?? ""), setupScript(sources));

function taken(running: string[], auto: Bundle[], others: Bundle[]): SetUp {
  const first = [...running, ...auto.flatMap(({ requirements }) => requirements)];
  const asked = chosenOf(others, first.map(nameOf));
  const requirements = [...first, ...asked.flatMap((each) => each.requirements)];
  return {
    ...nothing,
    requirements,
    groups: [...new Set(asked.map(({ name }) => name))],
    asked,
    left: lackingIn(others, requirements.map(nameOf)),
  };
}

/** uv takes its default groups; the set-up names extras for work itself. */
function byUv(sources: Sources): SetUp {
  const wanted = tableAt(sources.manifest, "tool", "uv")["default-groups"];
  const usual = wanted === undefined ? ["dev"] : textsOf(wanted);
  const groups = [sources.manifest, ...sources.members].flatMap((each) => groupsOf(each, "uv"));
  const auto = ({ kind, name }: Bundle) =>
    kind === "extra" ? forWork(name) : wanted === "all" || usual.includes(name);
  const all = [...groups, ...extrasOf(sources.manifest, {}, scriptOf(""))];
  return taken(
    runningOf(sources),
    all.filter(auto),
    all.filter((each) => !auto(each)),
  );
}

/** poetry and pdm take all groups but the optional ones, and no extras. */
function byLock(sources: Sources, manager: "poetry" | "pdm", locked: string[] | null): SetUp {
  const all = [...groupsOf(sources.manifest, manager), ...extrasOf(sources.manifest, {}, scriptOf(""))];
  const held = ({ name }: Bundle) => locked === null || locked.includes(name);
  const known = all.filter(held);
  const set = taken(
    runningOf(sources),
    known.filter(({ optional }) => !optional),
    known.filter(({ optional }) => optional),
  );
  const unlocked = chosenOf(
    all.filter((each) => !held(each)),
    set.requirements.map(nameOf),
  );
  return { ...set, unlocked };
}

export function pipfileOf(sources: Sources): string[] {
  const pipfile = tomlAt(sources.repository, at(sources.directory, "Pipfile"));
  return ["packages", "dev-packages"].flatMap((key) => requirementsOf(tableAt(pipfile, key)));
}
