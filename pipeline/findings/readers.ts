import { posix } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Finding } from "../evidence.ts";
import { fail, ok, type Result } from "../result.ts";
import { marked, type Unmarked } from "./fingerprint.ts";
import * as blocks from "./readers/blocks.ts";
import * as json from "./readers/json.ts";
import * as lines from "./readers/lines.ts";
import { jsonIn, type Reader } from "./readers/reader.ts";
import { sarifFindings } from "./readers/sarif.ts";

/** How each linter's findings are read, by the names that a config may use: its words, and its JSON. */
const readers: Record<string, { text?: Reader; json?: json.JsonReader }> = {
  flake8: { text: lines.flake8 },
  ruff: { text: blocks.ruffText, json: json.ruff },
  black: { text: lines.black },
  pylint: { text: lines.pylintText, json: json.pylint },
  mypy: { text: lines.mypyText, json: json.mypy },
  eslint: { text: blocks.eslintText, json: json.eslint },
  biome: { text: blocks.biomeText, json: json.biome },
  prettier: { text: lines.prettier },
  "svelte-check": { text: blocks.svelteText },
  clippy: { text: blocks.clippyText, json: json.clippy },
  rustfmt: { text: lines.rustfmt },
  shellcheck: { text: blocks.shellcheckText, json: json.shellcheck },
  hadolint: { text: lines.hadolintText, json: json.hadolint },
  sarif: {},
};

/**
 * Reads what a linter printed or wrote, whichever of its forms that is; SARIF is understood of any. `place` turns its
 * paths into those of the repository. A failure is one sentence.
 */
export function readFindings(
  reader: string,
  text: string,
  place: (path: string) => string,
): Result<Finding[], string> {
  const known = readers[reader];
  if (known === undefined) return fail(`nothing here reads ${reader}`);
  const plain = stripVTControlCharacters(text);
  const read = read1(known, plain);
  if (!read.ok) return read;
  const placed = read.value.map(
    (one): Unmarked => ({ ...one, path: one.path === null ? null : place(one.path) }),
  );
  return ok(marked(placed));
}

function read1({ text, json: ofJson }: (typeof readers)[string], plain: string): Result<Unmarked[], string> {
  const values = jsonIn(plain);
  if (values.length > 0) {
    const sarif = sarifFindings(values);
    if (sarif !== null) return sarif;
    const found = ofJson?.(values) ?? null;
    if (found !== null) return ok(found);
  }
  return text ? text(plain) : fail("it is no SARIF");
}

/** The path of a report as seen from the root: `directory` is the step's, `root` the checkout's absolute path. */
export const placer =
  (directory: string, root: string | null) =>
  (path: string): string => {
    const plain = path.replaceAll("\\", "/").replace(/^\.\//, "");
    if (root !== null && plain.startsWith(`${root}/`)) return plain.slice(root.length + 1);
    return posix.isAbsolute(plain) || /^[A-Za-z]:\//.test(plain) ? plain : posix.join(directory, plain);
  };
