import { forWork } from "../../config/toolchain-python-manifest.ts";
import { type Repository, type Table, tableAt, textOf, textsOf, tomlAt } from "../repository.ts";
import { requirementsOf } from "./python-constraints.ts";
import { nameOf, type Script, type Settings } from "./python-files.ts";

/** Dependencies that a project names together, beside those for running. */
export type Bundle = {
  kind: "group" | "extra" | "file";
  name: string;
  requirements: string[];
  /** Its manager leaves it out unless it is asked for. */
  optional: boolean;
};

/** Packages that checks and tests are run by. */
const tools = /^(pytest(-.+)?|ruff|flake8|black|isort|mypy|pyright|basedpyright|bandit|pylint)$/;

export const toolsOf = (requirements: string[]): string[] =>
  requirements.map(nameOf).filter((name) => tools.test(name));

/** Names of groups and files for work on the code, though not of what pip and uv are asked to take by themselves. */
const ofWork = (name: string): boolean =>
  forWork(name) ||
  (/(^|[-_/.])(dev|tests?|testing|lint|qa|checks?|types?|typing|format)([-_.]|$)/.test(name) &&
    !/(^|[-_/.])docs?([-_.]|$)/.test(name));

/** Those that checks need: all for work, and of the others those with a tool that nothing else brings. */
export function chosenOf(bundles: Bundle[], have: string[]): Bundle[] {
  const filled = lackingIn(bundles, have);
  const work = filled.filter(({ name }) => ofWork(name));
  const brought = new Set([...have, ...work.flatMap(({ requirements }) => requirements.map(nameOf))]);
  const more = filled.filter((bundle) => {
    if (work.includes(bundle)) return false;
    const missing = toolsOf(bundle.requirements).filter((tool) => !brought.has(tool));
    for (const tool of missing) brought.add(tool);
    return missing.length > 0;
  });
  return bundles.filter((each) => work.includes(each) || more.includes(each));
}

/** Those with something that is not among these names. */
export const lackingIn = (bundles: Bundle[], have: string[]): Bundle[] =>
  bundles.filter(({ requirements }) => requirements.some((each) => !have.includes(nameOf(each))));

/** Groups of a manifest as PEP 735 writes them, and as the manager does; null: as any of them does. */
export function groupsOf(manifest: Table, manager: "uv" | "poetry" | "pdm" | null): Bundle[] {
  const standard = tableAt(manifest, "dependency-groups");
  const poetry = tableAt(manifest, "tool", "poetry");
  const extras = tableAt(manifest, "project", "optional-dependencies");
  const group = (name: string, requirements: string[]): Bundle => ({
    kind: "group",
    name,
    requirements,
    optional: tableAt(poetry, "group", name).optional === true,
  });
  const own = {
    uv: () => [group("dev", textsOf(tableAt(manifest, "tool", "uv")["dev-dependencies"]))],
    pdm: () =>
      Object.entries(tableAt(manifest, "tool", "pdm", "dev-dependencies")).map(([name, value]) =>
        group(name, textsOf(value)),
      ),
    poetry: () => [
      group("dev", requirementsOf(tableAt(poetry, "dev-dependencies"))),
      ...Object.entries(tableAt(poetry, "group")).map(([name, value]) =>
        group(name, requirementsOf(tableAt(value, "dependencies"))),
      ),
    ],
    hatch: () =>
      Object.entries(tableAt(manifest, "tool", "hatch", "envs")).map(([name, env]) =>
        group(name === "default" ? "dev" : name, [
          ...textsOf(tableAt(env).dependencies),
          ...textsOf(tableAt(env)["extra-dependencies"]),
          ...textsOf(tableAt(env).features).flatMap((extra) => textsOf(extras[extra])),
        ]),
      ),
  };
  return [
    ...Object.keys(standard).map((name) => group(name, included(standard, name))),
    ...(manager === null ? Object.values(own).flatMap((each) => each()) : own[manager]()),
  ].filter(({ requirements }) => requirements.length > 0);
}

/** What tox installs into its environments; files of requirements are found as such, and its own words are none. */
export function toxOf(settings: Settings): Bundle[] {
  const environments = Object.entries(settings).filter(([name]) => /^testenv(:|$)/.test(name));
  const seen = new Set<string>();
  return environments
    .map(([name, { deps = [] }]): Bundle => {
      // Environments may ask for versions that exclude each other: the first one is taken.
      const requirements = deps
        .map((line) => line.replace(/\s+#.*$/, ""))
        .filter((line) => /^[A-Za-z0-9][\w.-]*\s*([[<>=!~;@]|$)/.test(line) && !seen.has(nameOf(line)));
      for (const line of requirements) seen.add(nameOf(line));
      return { kind: "group", name, requirements, optional: true };
    })
    .filter(({ requirements }) => requirements.length > 0);
}

/** A group's requirements with those of the groups that it includes. */
function included(groups: Table, name: string, seen: string[] = []): string[] {
  const value = groups[name];
  if (!Array.isArray(value) || seen.includes(name)) return [];
  return value.flatMap((each) => {
    if (typeof each === "string") return [each];
    const other = tableAt(each)["include-group"];
    return typeof other === "string" ? included(groups, other, [...seen, name]) : [];
  });
}

/** Extras of a manifest, of setup.cfg and of setup.py. */
export function extrasOf(manifest: Table, settings: Settings, script: Script): Bundle[] {
  const poetry = tableAt(manifest, "tool", "poetry");
  const extra = (name: string, requirements: string[]): Bundle => ({
    kind: "extra",
    name,
    requirements,
    optional: true,
  });
  const all = [
    ...Object.entries(tableAt(manifest, "project", "optional-dependencies")),
    ...Object.entries(tableAt(poetry, "extras")),
    ...Object.entries(settings["options.extras_require"] ?? {}),
    ...Object.entries(script.extras ?? {}),
  ].map(([name, value]) => extra(name, textsOf(value)));
  // A table of setup.cfg and the same one in setup.py name one extra.
  const once = all.filter(({ name }, at) => all.findIndex((other) => other.name === name) === at);
  const own = nameOf(textOf(tableAt(manifest, "project").name) ?? settings.metadata?.name?.[0] ?? "");
  return once.map((each) => ({ ...each, requirements: unfolded(each, once, own) }));
}

/** An extra's requirements, with those of the project's own extras that it names: `calc[test,lint]`. */
function unfolded(extra: Bundle, all: Bundle[], own: string, seen: string[] = []): string[] {
  if (seen.includes(extra.name)) return [];
  return extra.requirements.flatMap((each) => {
    if (own === "" || nameOf(each) !== own) return [each];
    const names = (/\[([^\]]*)\]/.exec(each)?.[1] ?? "").split(",").map((name) => name.trim());
    const named = all.filter(({ name }) => names.includes(name));
    return named.flatMap((other) => unfolded(other, all, own, [...seen, extra.name]));
  });
}

/** Groups that pdm.lock holds, or null where it does not say. */
export function lockedGroups(repository: Repository, lock: string): string[] | null {
  const written = tableAt(tomlAt(repository, lock), "metadata").groups;
  return Array.isArray(written) ? textsOf(written) : null;
}
