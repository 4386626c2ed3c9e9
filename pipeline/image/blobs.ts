import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Descriptor } from "./shapes.ts";

/** Where a layout keeps the blob of a digest (image-spec, image-layout). */
export const blobPath = (layout: string, digest: string): string =>
  join(layout, "blobs", "sha256", digest.slice("sha256:".length));

/** A name in the layout that is not a blob yet; it is renamed when it is whole, and left behind by a crash only. */
export const temporaryPath = (layout: string): string => join(layout, `.tmp-${randomUUID()}`);

/** Writes a blob as it comes, by temporary file and rename; one that is there is replaced, so that damage heals. */
export async function writeBlob(layout: string, mediaType: string, chunks: Chunks): Promise<Descriptor> {
  const written = await write(layout, chunks, () => null);
  if ("refused" in written) throw new Error(written.refused);
  return { mediaType, ...written };
}

/**
 * Writes a blob that must be the one that is expected. Null, or in one sentence what came instead; then nothing is
 * left of it.
 */
export async function writeExpected(
  layout: string,
  { digest, size }: Descriptor,
  chunks: Chunks,
): Promise<string | null> {
  const refused = await write(layout, chunks, (got: Written) => {
    if (got.size !== size) return `what came has ${got.size} bytes, not ${size}`;
    return got.digest === digest ? null : `what came has the digest ${got.digest}`;
  });
  return "refused" in refused ? refused.refused : null;
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
type Written = { digest: string; size: number };

async function write(
  layout: string,
  chunks: Chunks,
  refuse: (got: Written) => string | null,
): Promise<Written | { refused: string }> {
  await mkdir(join(layout, "blobs", "sha256"), { recursive: true });
  const temporary = temporaryPath(layout);
  const hash = createHash("sha256");
  let size = 0;
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        await file.writeFile(chunk);
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    const got = { digest: `sha256:${hash.digest("hex")}`, size };
    const refused = refuse(got);
    if (refused !== null) return { refused };
    await rename(temporary, blobPath(layout, got.digest));
    return got;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether the layout has a blob of that size; its content is checked where it is read. */
export async function hasBlob(layout: string, { digest, size }: Descriptor): Promise<boolean> {
  const found = await stat(blobPath(layout, digest)).catch(() => null);
  return found?.isFile() === true && found.size === size;
}

/** Writes a JSON document as a blob, in canonical form: equal values have equal digests. */
export const writeJson = (layout: string, mediaType: string, value: unknown): Promise<Descriptor> =>
  writeBlob(layout, mediaType, [Buffer.from(canonicalJson(value))]);

/** The failure of a blob, index or layout that is not what it should be. */
export const corrupt = (file: string, what: string, reason: string): Failure => ({
  kind: "file-corrupt",
  file,
  what,
  reason,
  remedy: "Build the image again without the cache; it replaces what is damaged.",
});

/** The path of a blob whose size and digest were just checked; file-corrupt where it is not what it claims. */
export async function verifyBlob(layout: string, wanted: Descriptor): Promise<Result<string>> {
  const path = blobPath(layout, wanted.digest);
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return fail(corrupt(path, "image blob", "it is missing"));
  if (found.size !== wanted.size)
    return fail(
      corrupt(path, "image blob", `it has ${found.size} bytes, its descriptor says ${wanted.size}`),
    );
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  const got = `sha256:${hash.digest("hex")}`;
  return got === wanted.digest ? ok(path) : fail(corrupt(path, "image blob", `its digest is ${got}`));
}

/** The bytes of a blob, verified; for manifests, which are small. */
export async function readBlob(layout: string, wanted: Descriptor): Promise<Result<Buffer>> {
  const verified = await verifyBlob(layout, wanted);
  return verified.ok ? ok(await readFile(verified.value)) : verified;
}

/** A JSON blob, its bytes verified and its shape checked. */
export async function readJson<T>(
  layout: string,
  wanted: Descriptor,
  schema: z.ZodType<T>,
): Promise<Result<T>> {
  const bytes = await readBlob(layout, wanted);
  return bytes.ok ? parseJson(blobPath(layout, wanted.digest), bytes.value.toString("utf8"), schema) : bytes;
}

/** The text of a file as a value of the schema; file-corrupt where it is not JSON or has another shape. */
export function parseJson<T>(file: string, text: string, schema: z.ZodType<T>): Result<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(corrupt(file, "image document", "it is not JSON"));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail(corrupt(file, "image document", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`));
}
