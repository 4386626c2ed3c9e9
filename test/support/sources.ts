import { readdirSync, readFileSync } from "node:fs";
import { posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** One name that a file imports; `value` is false where only types come from there. */
export type Import = { name: string; value: boolean };

/** A source file of the pipeline. `path` is relative to pipeline/; `code` is without comments and strings. */
export type Source = { path: string; room: string; code: string; imports: Import[] };

const root = fileURLToPath(new URL("../../pipeline/", import.meta.url));

export function readSources(): Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(".ts") && !/^(node_modules|sdk)\//.test(path))
    .sort()
    .map((path) => sourceOf(path, readFileSync(root + path, "utf8")));
}

export function sourceOf(path: string, written: string): Source {
  const text = withoutComments(written);
  return { path, room: roomOf(path), code: withoutStrings(text), imports: importsOf(text) };
}

/** The folder below pipeline/ that a path is in, or the name of a file that stands there itself. */
export const roomOf = (path: string): string => (path.split("/")[0] ?? "").replace(/\.ts$/, "");

/** Paths of our own files that a file names, relative to pipeline/. */
export const inside = ({ path, imports }: Source, only: (each: Import) => boolean = () => true): string[] =>
  imports
    .filter((each) => each.name.startsWith(".") && only(each))
    .map(({ name }) => posix.normalize(posix.join(posix.dirname(path), name)));

/** What a file names of others: packages, node's own modules. */
export const outside = ({ imports }: Source): string[] =>
  imports.map(({ name }) => name).filter((name) => !name.startsWith("."));

/** Every way to name another file: from, a bare import, import(), a require's resolve, in types too; each name once. */
function importsOf(text: string): Import[] {
  const statement =
    /^(?:import|export)(\s+type\b)?[^"';]*\bfrom\s*(["'])([^"'\n]+)\2|^import\s*(["'])([^"'\n]+)\4|(\bawait\s+)?\bimport\s*\(\s*(["'])([^"'\n]+)\7|\)\.resolve\(\s*(["'])([^"'\n]+)\9/gm;
  const found = new Map<string, boolean>();
  for (const [, type, , from, , bare, awaited, , dynamic, , resolved] of text.matchAll(statement)) {
    const name = from ?? bare ?? dynamic ?? resolved ?? "";
    const value = from === undefined ? bare !== undefined || awaited !== undefined : type === undefined;
    found.set(name, value || (found.get(name) ?? false));
  }
  return [...found].map(([name, value]) => ({ name, value }));
}

/** Comments may speak of what the code must not do; a string is kept, and the // of a URL is no comment. */
const withoutComments = (text: string): string =>
  text.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm,
    (_all, kept) => kept ?? "",
  );

const withoutStrings = (code: string): string =>
  code.replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
