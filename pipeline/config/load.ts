import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { fail, ok, type Result } from "../result.ts";
import type { Config } from "./config.ts";
import { cacheKey, type Facts, readCached, textMark, writeCached } from "./load-cache.ts";

/** Where the configuration is looked for when nobody says. */
export const defaultFile = "bellwether.yaml";

export type LoadOptions = {
  /** The repository's root (`-C`); absolute. */
  directory: string;
  /** The file as the user named it (`--config`), relative to `directory`. */
  file?: string;
  /** State directory of the tool, e.g. DIR/.bellwether; the cache is below it. Null: no cache. */
  state: string | null;
  /** Version of the tool: another one may understand the file in another way. */
  tool: string;
};

/** Reads the configuration; one that was read before costs neither the YAML parser nor the schema. */
export async function loadConfig(options: LoadOptions): Promise<Result<Config>> {
  const file = options.file ?? defaultFile;
  const text = readText(isAbsolute(file) ? file : join(options.directory, file));
  if (text === null) return fail({ kind: "config-missing", file });
  const key = cacheKey({ text, file, tool: options.tool });
  const checkout = {
    has: (path: string) => existsSync(resolve(options.directory, path)),
    text: (path: string) => readText(resolve(options.directory, path)),
  };
  if (options.state !== null) {
    const cached = readCached(options.state, key, checkout);
    if (cached !== null) return ok(cached);
  }
  const asked: Facts = { has: {}, texts: {} };
  const { parseConfig } = await import("./parse.ts");
  const result = parseConfig(text, file, {
    has(path) {
      const there = checkout.has(path);
      asked.has[path] = there;
      return there;
    },
    text(path) {
      const text = checkout.text(path);
      asked.texts[path] = textMark(text);
      return text;
    },
  });
  if (result.ok && options.state !== null) writeCached(options.state, key, asked, result.value);
  return result;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not there, a directory, not readable: to the user it is the same, there is no configuration to read.
    return null;
  }
}
