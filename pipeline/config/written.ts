import type { WrittenConfig } from "./schema.ts";
import type {
  WrittenCheckKeys,
  WrittenCheckMap,
  WrittenCheckOrMap,
  WrittenService,
} from "./schema-checks.ts";
import type { WrittenEnvironment } from "./schema-environments.ts";

/** A place in what was written: keys and list indexes. */
export type Path = readonly (string | number)[];

/** A check with its short form expanded, and where it was written. */
export type CheckEntry = { name: string; path: Path; keys: WrittenCheckKeys };

/** The checks of one kind; a check without a map around it is called `alone`. */
export function checksOf(written: WrittenCheckOrMap | undefined, path: Path, alone: string): CheckEntry[] {
  if (written === undefined) return [];
  if (isOneCheck(written)) return [{ name: alone, path, keys: keysOf(written) }];
  return Object.entries(written).map(([name, check]) => ({
    name,
    path: [...path, name],
    keys: keysOf(check),
  }));
}

/** Every check and scan, in the order of the stages. */
export const allChecks = (written: WrittenConfig): CheckEntry[] => [
  ...checksOf(written.checks?.lint, ["checks", "lint"], "lint"),
  ...checksOf(written.security?.scans, ["security", "scans"], "scan"),
  ...checksOf(written.checks?.unit, ["checks", "unit"], "unit"),
  ...checksOf(written.checks?.integration, ["checks", "integration"], "integration"),
];

function isOneCheck(written: WrittenCheckOrMap): written is Exclude<WrittenCheckOrMap, WrittenCheckMap> {
  return typeof written === "string" || Array.isArray(written) || Object.hasOwn(written, "run");
}

function keysOf(written: string | string[] | WrittenCheckKeys): WrittenCheckKeys {
  return typeof written === "string" || Array.isArray(written) ? { run: written } : written;
}

/** The kind of a server: its `kind`, or what its name says; null where neither tells. */
export function kindOf(name: string, written: WrittenService): "postgres" | "redis" | null {
  if (written.kind) return written.kind;
  return name === "postgres" || name === "redis" ? name : null;
}

/**
 * The environments with `extends` resolved, in written order. An unknown name or a cycle ends the chain there:
 * the rules tell of them.
 */
export function resolvedEnvironments(written: WrittenConfig): Record<string, WrittenEnvironment> {
  const environments = written.environments ?? {};
  const resolve = (name: string, seen: readonly string[]): WrittenEnvironment => {
    const own = environments[name] ?? {};
    const parent = own.extends;
    if (parent === undefined || !Object.hasOwn(environments, parent) || seen.includes(parent)) return own;
    return inherit(resolve(parent, [...seen, parent]), own);
  };
  return Object.fromEntries(Object.keys(environments).map((name) => [name, resolve(name, [name])]));
}

/** Whether `extends` leads from this environment to its end: through known names and in no circle. */
export function extendsSoundly(written: WrittenConfig, name: string, seen: readonly string[] = []): boolean {
  const environment = written.environments?.[name];
  if (environment === undefined || seen.includes(name)) return false;
  return environment.extends === undefined || extendsSoundly(written, environment.extends, [...seen, name]);
}

function inherit(parent: WrittenEnvironment, own: WrittenEnvironment): WrittenEnvironment {
  // The way to an environment is its own: nobody wants production on develop because it extends staging.
  const { on: _on, "promote-from": _from, extends: _extends, ...taken } = parent;
  const merged: WrittenEnvironment = { ...taken, ...own };
  if (parent.env && own.env) merged.env = { ...parent.env, ...own.env };
  if (parent.accessories && own.accessories)
    merged.accessories = { ...parent.accessories, ...own.accessories };
  return merged;
}
