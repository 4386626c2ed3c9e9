import { parse as parseToml } from "smol-toml";
import { fail, ok, type Result } from "../../result.ts";

/** One package that a lock file pins. */
export type Package = { type: "npm" | "pypi" | "cargo"; name: string; version: string };

/** Lock files that are read, by their names. */
const readers: [name: RegExp, read: (text: string) => Package[]][] = [
  [/^(package-lock|npm-shrinkwrap)\.json$/, npmPackages],
  [/^(uv|poetry|pdm)\.lock$/, (text) => tomlPackages(text, "pypi")],
  [/^requirements[\w.-]*\.txt$/, pinnedPackages],
  [/^Cargo\.lock$/, (text) => tomlPackages(text, "cargo")],
];

/** Whether a path (with /) is a lock file that can be read. What is named for development is not shipped. */
export const isLockFile = (path: string): boolean => {
  const name = path.split("/").at(-1) ?? "";
  return !/(^|[-_.])(dev|test|lint|docs)([-_.]|$)/.test(name) && readers.some(([form]) => form.test(name));
};

/** The packages that lock files (text by path) pin, each once, sorted; development's of npm are left out. */
export function packagesIn(files: Record<string, string>): Result<Package[], string> {
  const found = new Map<string, Package>();
  for (const [path, text] of Object.entries(files)) {
    const name = path.split("/").at(-1) ?? "";
    const read = readers.find(([form]) => form.test(name))?.[1];
    try {
      for (const one of read?.(text) ?? []) found.set(`${one.type} ${one.name} ${one.version}`, one);
    } catch (error) {
      return fail(
        `${path} cannot be read: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
      );
    }
  }
  return ok([...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value));
}

/** npm's lock of version 2 and 3 lists packages by their place; the one of version 1 nests them. */
function npmPackages(text: string): Package[] {
  const { packages, dependencies } = JSON.parse(text);
  if (packages !== undefined)
    return Object.entries(Object(packages)).flatMap(([place, value]) => {
      const { name, version, dev, link } = Object(value);
      const at = place.lastIndexOf("node_modules/");
      if (at < 0 || dev === true || link === true || typeof version !== "string") return [];
      return [{ type: "npm", name: typeof name === "string" ? name : place.slice(at + 13), version }];
    });
  return nested(dependencies);
}

function nested(dependencies: unknown): Package[] {
  return Object.entries(Object(dependencies ?? {})).flatMap(([name, value]) => {
    const { version, dev, dependencies: below } = Object(value);
    if (dev === true) return [];
    const own: Package[] = typeof version === "string" ? [{ type: "npm", name, version }] : [];
    return [...own, ...nested(below)];
  });
}

/** The [[package]] tables of uv, poetry, pdm and cargo; what has no version, or is the project itself, is none. */
function tomlPackages(text: string, type: "pypi" | "cargo"): Package[] {
  const { package: packages } = parseToml(text);
  if (!Array.isArray(packages)) return [];
  return packages.flatMap((value) => {
    const { name, version, source } = Object(value);
    if (typeof name !== "string" || typeof version !== "string") return [];
    const local =
      type === "cargo"
        ? source === undefined
        : /^(editable|virtual|directory)$/.test(Object.keys(Object(source))[0] ?? "");
    return local ? [] : [{ type, name: type === "pypi" ? pythonName(name) : name, version }];
  });
}

/** Lines `name[extra]==version` (PEP 508); hashes, options and markers behind them are no matter. */
function pinnedPackages(text: string): Package[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*==\s*([\w.!+-]+)/.exec(line.trim());
    const [, name, version] = found ?? [];
    return name === undefined || version === undefined
      ? []
      : [{ type: "pypi", name: pythonName(name), version }];
  });
}

/** One spelling of a Python project's name (PyPA, name normalization). */
const pythonName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");
