import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { canonicalJson } from "../canonical.ts";
import { type Clock, systemClock } from "../io/clock.ts";
import { fail, ok, type Result } from "../result.ts";
import { corrupt, parseJson, temporaryPath } from "./blobs.ts";
import { onDisk } from "./disk.ts";
import { withLock } from "./lock.ts";
import { media, tagAnnotation } from "./media.ts";
import type { Descriptor, ImageIndex } from "./shapes.ts";

/**
 * The entries of a layout's index.json, or of its second copy where the first is damaged (B7: `notes` says so). `whole`:
 * both are there and say the same.
 */
export type LayoutIndex = { index: ImageIndex; notes: string[]; whole: boolean };

const empty: ImageIndex = { schemaVersion: 2, mediaType: media.index, manifests: [] };
const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Reads index.json; a directory without one is an empty layout. */
export async function readIndex(layout: string): Promise<Result<LayoutIndex>> {
  const file = join(layout, "index.json");
  const first = await readFile(file, "utf8").catch(() => null);
  const copy = await readFile(join(layout, "index.copy.json"), "utf8").catch(() => null);
  if (first === null && copy === null) return ok({ index: empty, notes: [], whole: false });
  const ours = first === null || first !== copy ? null : writtenIndex(first);
  if (ours !== null) return ok({ index: ours, notes: [], whole: true });
  const parsed =
    first === null ? fail(corrupt(file, "index", "it is missing")) : await parseIndex(file, first);
  if (parsed.ok) return ok({ index: parsed.value, notes: [], whole: false });
  const second = copy === null ? null : await parseIndex(file, copy);
  if (!second?.ok) return parsed;
  const notes = [`${file} was damaged; its second copy was used`];
  return ok({ index: second.value, notes, whole: false });
}

/** Loaded when it is needed: what checks shapes takes longer to load than all else that finds an image. */
async function parseIndex(file: string, text: string): Promise<Result<ImageIndex>> {
  const { indexSchema } = await import("./shapes.ts");
  return parseJson(file, text, indexSchema);
}

/** What was written twice, the same, is `writeIndex`'s, and needs no look part by part; null where it is not. */
function writtenIndex(text: string): ImageIndex | null {
  try {
    const index: ImageIndex = JSON.parse(text);
    return index.manifests.every(({ digest }) => typeof digest === "string") ? index : null;
  } catch {
    return null;
  }
}

/** The digest (sha256:…) that a tag names, or null. */
export async function findImage(layout: string, tag: string): Promise<Result<string | null>> {
  const read = await readIndex(layout);
  return read.ok ? ok(tagged(read.value.index, tag)?.digest ?? null) : read;
}

/** Every tag with its digest, sorted by tag. */
export async function listTags(layout: string): Promise<Result<{ tag: string; digest: string }[]>> {
  const read = await readIndex(layout);
  if (!read.ok) return read;
  const tags = read.value.index.manifests.flatMap((entry) => {
    const tag = entry.annotations?.[tagAnnotation];
    return tag === undefined ? [] : [{ tag, digest: entry.digest }];
  });
  return ok(tags.sort((a, b) => (a.tag < b.tag ? -1 : 1)));
}

/** The entry of an image that index.json names, without a tag; a digest that is not there is image-missing. */
export async function imageIn(layout: string, digest: string): Promise<Result<Descriptor>> {
  const read = await readIndex(layout);
  return read.ok ? entryOf(layout, read.value.index, digest) : read;
}

function entryOf(layout: string, { manifests }: ImageIndex, digest: string): Result<Descriptor> {
  const known = manifests.find((entry) => entry.digest === digest);
  if (known === undefined) {
    const available = [...new Set(manifests.map((entry) => entry.digest))];
    return fail({ kind: "image-missing", image: basename(layout), version: digest, available });
  }
  const { annotations: _, ...bare } = known;
  return ok(bare);
}

/**
 * Gives an image that the layout holds one more tag. A tag never moves: one that names another digest is
 * tag-exists; the same digest again is no change; a digest that is not there is image-missing.
 */
export async function tagImage(
  layout: string,
  digest: string,
  tag: string,
  clock: Clock = systemClock,
): Promise<Result<void>> {
  const read = await readIndex(layout);
  if (!read.ok) return read;
  const { index, whole } = read.value;
  // Nothing is written for what is there already, whole.
  if (whole && tagged(index, tag)?.digest === digest) return ok(undefined);
  const known = entryOf(layout, index, digest);
  if (!known.ok) return known;
  const added = await onDisk("tag the image", () => addToIndex(layout, known.value, [tag], clock));
  return added.ok ? ok(undefined) : added;
}

/** Enters an image under tags (none: untagged) and writes index.json last, alone; the notes of the reading. */
export async function addToIndex(
  layout: string,
  image: Descriptor,
  tags: string[],
  clock: Clock,
): Promise<Result<string[]>> {
  const bad = tags.find((tag) => !tagGrammar.test(tag));
  if (bad !== undefined)
    return fail({
      kind: "usage",
      got: bad,
      expected: "an image tag: letters, digits, _ . -, at most 128 characters",
      remedy: "Use a version that is a valid image tag.",
    });
  await mkdir(layout, { recursive: true });
  return await withLock(join(layout, "index.lock"), clock, async () => {
    const read = await readIndex(layout);
    if (!read.ok) return read;
    const { index, notes } = read.value;
    for (const tag of tags) {
      const other = tagged(index, tag);
      if (other !== undefined && other.digest !== image.digest)
        return fail({
          kind: "tag-exists",
          image: basename(layout),
          tag,
          digest: other.digest,
          wanted: image.digest,
        });
    }
    await writeIndex(layout, merge(index, image, tags));
    return ok(notes);
  });
}

const tagged = (index: ImageIndex, tag: string): Descriptor | undefined =>
  index.manifests.find((entry) => entry.annotations?.[tagAnnotation] === tag);

function merge(index: ImageIndex, image: Descriptor, tags: string[]): ImageIndex {
  const isOurs = (entry: Descriptor) => entry.digest === image.digest;
  const old = index.manifests.filter(isOurs).flatMap((entry) => entry.annotations?.[tagAnnotation] ?? []);
  const all = [...new Set([...old, ...tags])].sort();
  const entries =
    all.length === 0 ? [image] : all.map((tag) => ({ ...image, annotations: { [tagAnnotation]: tag } }));
  return { ...index, manifests: [...index.manifests.filter((entry) => !isOurs(entry)), ...entries] };
}

async function writeIndex(layout: string, index: ImageIndex): Promise<void> {
  await replace(layout, "oci-layout", canonicalJson({ imageLayoutVersion: "1.0.0" }));
  // The copy goes first: a tag is never in index.json alone.
  await replace(layout, "index.copy.json", canonicalJson(index));
  await replace(layout, "index.json", canonicalJson(index));
}

async function replace(layout: string, name: string, text: string): Promise<void> {
  const temporary = temporaryPath(layout);
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(layout, name));
  } finally {
    await rm(temporary, { force: true });
  }
}
