import { hash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

/** A module of CommonJS, and what loads one of a file. */
type Module = { exports: unknown; require(id: string): unknown };
type Loader = (module: Module, file: string) => void;
/** What Node gives to a module of CommonJS; `node:module` has it, too, and with it much that is for others. */
export type Require = { extensions: Record<string, Loader> };
type Call = (exports: unknown, require: unknown, module: Module, file: string, directory: string) => void;

/** Set by the build alone: what this run compiles is to be kept. */
const keeping = "BELLWETHER_KEEP_COMPILED";

const opening = "(function (exports, require, module, __filename, __dirname) { ";

/** The text of a module as a script whose value is a function, as Node wraps it. */
export const wrapped = (text: string): string => `${opening}${text}\n})`;

/** Where the code of that text is kept. */
export const keptAt = (home: string, text: string | Uint8Array): string =>
  join(home, "compiled", `${hash("sha256", text)}.v8`);

/**
 * Makes Node take the files of this program (CommonJS, all in `home`) with the code that V8 made of them while it was
 * built (`vm.Script`, cachedData): `home`/compiled, by the digest of the text, because V8 itself compares lengths only.
 * The build alone writes there, so that nobody else's code can come from it. Another V8 refuses it, and the file is
 * compiled as ever; sources are not CommonJS, and nothing changes for them. There is no `import()` in those files: kept
 * code has forgotten who may load for it (Node 20). Nothing of the program is imported here: it would be compiled.
 */
export function useCompiled(home: string, { extensions }: Require): void {
  const usual = extensions[".js"];
  if (usual === undefined) return;
  const keep = process.env[keeping] === "1";
  extensions[".cjs"] = (module, file) => {
    if (dirname(file) !== home) return usual(module, file);
    const text = readFileSync(file);
    const place = keptAt(home, text);
    const cachedData = read(place);
    if (cachedData === null && !keep) return usual(module, file);
    const script = new Script(wrapped(text.toString("utf8")), {
      filename: file,
      columnOffset: -opening.length,
      ...(cachedData === null ? {} : { cachedData }),
    });
    // Only at the end it is known which functions a command needs.
    if (keep) process.once("exit", () => write(place, script.createCachedData()));
    const call = script.runInThisContext() as Call;
    const load = (id: string) => module.require(id);
    call.call(module.exports, module.exports, load, module, file, home);
  };
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, bytes);
  renameSync(`${file}.tmp`, file);
}
