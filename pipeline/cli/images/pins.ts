import { existsSync } from "node:fs";
import { join } from "node:path";
import { noPins, type Pins, pinsFile } from "../../config/pins.ts";
import { readJsonFile, writeFileAtomic } from "../../io/files.ts";
import { ok, type Result } from "../../result.ts";

/** What was pinned; nothing where nobody pinned anything. */
export async function readPins(root: string): Promise<Result<Pins>> {
  const file = join(root, pinsFile);
  if (!existsSync(file)) return ok(noPins);
  const { checkPins } = await import("../../config/schema-pins.ts");
  const read = await readJsonFile(file, checkPins, {
    what: "list of pinned images",
    remedy: "Make it again with `bellwether pin`.",
  });
  return read.ok ? ok(read.value ?? noPins) : read;
}

/** Writes the pins, sorted, so that a change of one is one line. */
export const writePins = (root: string, { bases, containers }: Pins): Promise<void> =>
  writeFileAtomic(
    join(root, pinsFile),
    `${JSON.stringify({ bases: sorted(bases), containers: sorted(containers), format: 1 }, null, 2)}\n`,
  );

const sorted = (digests: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(digests).sort(([one], [other]) => (one < other ? -1 : 1)));
