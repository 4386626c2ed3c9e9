import type { Directory } from "@dagger.io/dagger";
import type { Config } from "../../config/config.ts";
import { parseConfig } from "../../config/parse.ts";
import { fail, type Result } from "../../result.ts";

/** Reads the configuration out of a source; all its problems at once. */
export async function readConfig(source: Directory, file: string): Promise<Result<Config>> {
  if (!(await source.exists(file))) return fail({ kind: "config-missing", file });
  const text = await source.file(file).contents();
  const known = new Map<string, boolean>();
  const texts = new Map<string, string | null>();
  for (;;) {
    // Defaults depend on files that are there, but parsing cannot wait for the engine: what it asks for is looked
    // up afterwards, and it starts again, until it asks for nothing new.
    const asked = new Set<string>();
    const wanted = new Set<string>();
    const has = (path: string): boolean => {
      const answer = known.get(path);
      if (answer === undefined) asked.add(path);
      return answer ?? false;
    };
    const textOf = (path: string): string | null => {
      const answer = texts.get(path);
      if (answer === undefined) wanted.add(path);
      return answer ?? null;
    };
    const config = parseConfig(text, file, { has, text: textOf });
    if (asked.size + wanted.size === 0) return config;
    await Promise.all([
      ...[...asked].map(async (path) => known.set(path, await source.exists(path))),
      ...[...wanted].map(async (path) => texts.set(path, await contentOf(source, path))),
    ]);
  }
}

const contentOf = async (source: Directory, path: string): Promise<string | null> =>
  (await source.exists(path)) ? source.file(path).contents() : null;
