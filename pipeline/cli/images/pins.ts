import { join } from "node:path";
import { z } from "zod";
import { readJsonFile, writeFileAtomic } from "../../io/files.ts";
import { fail, ok, type Result } from "../../result.ts";

/** The file, kept with the sources, that says which digest a base's tag meant. */
export const pinsFile = "bellwether.lock";

const schema = z.strictObject({
  format: z.literal(1),
  bases: z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/)),
});

/** Digests by reference; none where nobody pinned anything. */
export async function readPins(root: string): Promise<Result<Record<string, string>>> {
  const read = await readJsonFile(
    join(root, pinsFile),
    (json) => {
      const checked = schema.safeParse(json);
      return checked.success
        ? ok(checked.data)
        : fail(checked.error.issues[0]?.message ?? "it has another form");
    },
    { what: "list of pinned bases", remedy: "Make it again with `bellwether pin`." },
  );
  return read.ok ? ok(read.value?.bases ?? {}) : read;
}

export const writePins = (root: string, bases: Record<string, string>): Promise<void> =>
  writeFileAtomic(join(root, pinsFile), `${JSON.stringify({ bases, format: 1 }, null, 2)}\n`);
