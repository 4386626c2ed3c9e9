import { posix } from "node:path";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";

/** What a repository holds, as init sees it; paths are relative to its root, with `/`. */
export type Repository = {
  /** The directory's own name. */
  name: string;
  /** Every file that git does not ignore, sorted. */
  files: string[];
  /** A file's text, or null where there is none. */
  text(path: string): string | null;
};

/** One thing that init says about what it wrote. */
export type Saying =
  | { kind: "found"; what: string; where: string }
  | { kind: "guessed"; what: string; because: string }
  | { kind: "unknown"; what: string; remedy: string };

export type Table = Record<string, unknown>;

export const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The table at a path of keys, or an empty one. */
export function tableAt(value: unknown, ...keys: string[]): Table {
  let found: unknown = value;
  for (const key of keys) found = isTable(found) ? found[key] : undefined;
  return isTable(found) ? found : {};
}

export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

export const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** A file of tables; null where it is not there or cannot be read: it is another program's to complain of. */
function tables(text: string | null, parse: (text: string) => unknown): Table | null {
  if (text === null) return null;
  try {
    const value = parse(text);
    return isTable(value) ? value : null;
  } catch {
    return null;
  }
}

export const tomlAt = (repository: Repository, path: string): Table | null =>
  tables(repository.text(path), parseToml);

export const jsonAt = (repository: Repository, path: string): Table | null =>
  tables(repository.text(path), JSON.parse);

export const yamlAt = (repository: Repository, path: string): Table | null =>
  tables(repository.text(path), (text) => parseYaml(text, { logLevel: "silent" }));

/** Files of a directory, relative to it; those of deeper directories too. */
export const filesBelow = (repository: Repository, directory: string): string[] =>
  directory === "."
    ? repository.files
    : repository.files
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1));

/** A name of letters, digits and - as the configuration wants it. */
export function plainName(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, "");
  return plain === "" ? "app" : plain;
}

/** A path of a part's own directory, as seen from the root. */
export const at = (directory: string, path: string): string => posix.join(directory, path);
