import { canonicalJson } from "../canonical.ts";
import type { Release } from "./release.ts";
import { resourcesOf } from "./resources.ts";

/** Names that came, went, or have another value; never the values. */
export type NameChanges = { added: string[]; removed: string[]; changed: string[] };

/** One place of the configuration; values as short JSON, null where there was or is none. */
export type PathChange = { path: string; from: string | null; to: string | null };

/** What a deploy would change against what is live: a JSON value. */
export type ReleaseDiff = {
  format: 1;
  environment: string;
  /** Null: nothing is live, the deploy would be the first. */
  from: { version: string; revision: string | null } | null;
  to: { version: string; revision: string | null };
  /** It is live already, or would be the same in everything but its name. */
  same: boolean;
  code: { component: string; from: string | null; to: string | null }[];
  configuration: PathChange[];
  environmentNames: NameChanges;
  secrets: Pick<NameChanges, "added" | "removed">;
  limits: PathChange[];
  /** What components may use at most: `api memory`. */
  resources: PathChange[];
  /** The migration would run; it runs with every release that has one. */
  migration: { runs: boolean; changes: PathChange[] };
};

/** What the live release ran with, and the limits that it was judged by. */
export type Live = { release: Release; limits: Record<string, unknown> };

/** Compares a release that could be deployed with the one that is live (null: nothing is). */
export function releaseDiff(live: Live | null, next: Release, limits: Record<string, unknown>): ReleaseDiff {
  const before = live?.release ?? null;
  const names = nameChanges(before?.values ?? {}, next.values);
  const secrets = nameChanges(flags(before?.secrets ?? []), flags(next.secrets));
  const diff = {
    code: codeChanges(before, next),
    // A first release brings everything: what is in it stands in its configuration.
    configuration: before ? pathChanges(configurationOf(before), configurationOf(next)) : [],
    environmentNames: names,
    secrets: { added: secrets.added, removed: secrets.removed },
    limits: live ? pathChanges(live.limits, limits) : [],
    resources: before ? pathChanges(resourcesOf(before), resourcesOf(next)) : [],
    migration: {
      runs: next.migration !== null,
      changes: before ? pathChanges({ migration: before.migration }, { migration: next.migration }) : [],
    },
  };
  const changes = [
    ...diff.code,
    ...diff.configuration,
    ...diff.limits,
    ...diff.resources,
    ...diff.migration.changes,
    ...Object.values(names).flat(),
    ...Object.values(diff.secrets).flat(),
  ];
  return {
    format: 1,
    environment: next.environment,
    from: before && { version: before.version, revision: before.revision },
    to: { version: next.version, revision: next.revision },
    same: before !== null && (before.id === next.id || changes.length === 0),
    ...diff,
  };
}

function codeChanges(before: Release | null, next: Release): ReleaseDiff["code"] {
  const digests = (release: Release | null) =>
    new Map((release?.components ?? []).map((component) => [component.name, component.digest]));
  const [old, now] = [digests(before), digests(next)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((component) => old.get(component) !== now.get(component))
    .map((component) => ({
      component,
      from: old.get(component) ?? null,
      to: now.get(component) ?? null,
    }));
}

/** Everything of a release that is neither its name, nor code, values, secrets, resource limits or migration. */
function configurationOf(release: Release): Record<string, unknown> {
  const { components, values: _v, secrets: _s, migration: _m, ...rest } = release;
  const { id: _i, version: _n, revision: _r, configDigest: _d, format: _f, ...kept } = rest;
  const bare = components.map(
    ({ name, digest: _c, environment: _e, secrets: _t, limits: _l, ...component }) => [name, component],
  );
  return { ...kept, components: Object.fromEntries(bare) };
}

const flags = (names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, ""]));

function nameChanges(before: Record<string, string>, next: Record<string, string>): NameChanges {
  const had = Object.keys(before);
  const has = Object.keys(next);
  return {
    added: has.filter((name) => !Object.hasOwn(before, name)).sort(),
    removed: had.filter((name) => !Object.hasOwn(next, name)).sort(),
    changed: has.filter((name) => Object.hasOwn(before, name) && before[name] !== next[name]).sort(),
  };
}

/** The places at which two JSON values differ, in order: `components.api.health.withinMs`, `smoke[0].path`. */
export function pathChanges(before: unknown, next: unknown, path = ""): PathChange[] {
  if (canonicalJson(before ?? null) === canonicalJson(next ?? null)) return [];
  const [a, b] = [entries(before), entries(next)];
  if (a === null || b === null) return [{ path, from: short(path, before), to: short(path, next) }];
  const isList = Array.isArray(before);
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((key) =>
    pathChanges(a.get(key), b.get(key), isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
}

/** The parts of a map or list; null for what has none. Two of another kind have no parts in common. */
function entries(value: unknown): Map<string, unknown> | null {
  return value !== null && typeof value === "object" ? new Map(Object.entries(value)) : null;
}

/** Longest value that is shown, in characters. */
const longest = 60;

/** Headers and bodies may hold what is not for every eye. */
function short(path: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (/(^|\.)(headers|body)\b/.test(path)) return "…";
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
