import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestOf } from "../canonical.ts";
import type { Confirmation } from "../deploy/gate-facts.ts";
import { isMissing, readJsonFile, writeFileAtomic } from "../io/files.ts";
import { fail, ok, type Result } from "../result.ts";

const shape = z.strictObject({
  format: z.literal(1),
  app: z.string(),
  environment: z.string(),
  version: z.string(),
  digests: z.array(z.string()).min(1),
  item: z.string(),
  by: z.string(),
  at: z.number(),
  expiresAt: z.number(),
});

const filePrefix = "confirmation-";

/** One environment's checklist items that persons confirmed, in the tool's state: a file each. */
export class Confirmations {
  readonly #directory: string;

  constructor(state: string, environment: string) {
    this.#directory = join(state, "confirmations", environment);
  }

  /** Everything that was confirmed here, oldest first, whether it is still good or not. */
  async all(): Promise<Result<Confirmation[]>> {
    const found: Confirmation[] = [];
    for (const name of await this.#names()) {
      const file = join(this.#directory, name);
      const read = await readJsonFile(file, check, {
        what: "confirmation",
        remedy: `remove ${file} and confirm it again`,
      });
      if (!read.ok) return read;
      if (read.value !== null) found.push(read.value);
    }
    return ok(found.sort((a, b) => a.at - b.at));
  }

  async add(confirmation: Confirmation): Promise<void> {
    const file = join(this.#directory, `${filePrefix}${digestOf(confirmation).slice(0, 16)}.json`);
    await writeFileAtomic(file, `${JSON.stringify(confirmation, null, 2)}\n`);
  }

  async #names(): Promise<string[]> {
    try {
      const names = await readdir(this.#directory);
      return names.filter((name) => name.startsWith(filePrefix) && name.endsWith(".json")).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}

const check = (json: unknown): Result<Confirmation, string> => {
  const parsed = shape.safeParse(json);
  return parsed.success ? ok(parsed.data) : fail(z.prettifyError(parsed.error));
};
