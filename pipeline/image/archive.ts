import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { canonicalJson } from "../canonical.ts";
import { ok, type Result } from "../result.ts";
import { blobPath, readJson, verifyBlob } from "./blobs.ts";
import { imageIn } from "./layout.ts";
import { manifestsOf } from "./manifests.ts";
import { media, tagAnnotation } from "./media.ts";
import { type Descriptor, manifestSchema } from "./shapes.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar.ts";

/**
 * Writes one image of a layout, and nothing else of it, as a tar archive of a layout (image-spec, image-layout): what
 * `skopeo copy oci-archive:` and a container engine's import take. Equal images give equal bytes.
 */
export async function archiveImage(
  layout: string,
  digest: string,
  tag: string,
  file: string,
): Promise<Result<void>> {
  const image = await imageIn(layout, digest);
  if (!image.ok) return image;
  const blobs = await blobsOf(layout, image.value);
  if (!blobs.ok) return blobs;
  for (const blob of blobs.value) {
    const whole = await verifyBlob(layout, blob);
    if (!whole.ok) return whole;
  }
  const entry = { ...image.value, annotations: { [tagAnnotation]: tag } };
  const index = { schemaVersion: 2, mediaType: media.index, manifests: [entry] };
  const bytes = archiveOf(layout, canonicalJson(index), blobs.value);
  const temporary = `${file}.part`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(temporary));
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  return ok(undefined);
}

/** All that an image is made of, each once, sorted by digest. */
async function blobsOf(layout: string, image: Descriptor): Promise<Result<Descriptor[]>> {
  const found = new Map([[image.digest, image]]);
  const manifests = await manifestsOf(layout, image);
  if (!manifests.ok) return manifests;
  for (const manifest of manifests.value) {
    const read = await readJson(layout, manifest, manifestSchema);
    if (!read.ok) return read;
    for (const blob of [manifest, read.value.config, ...read.value.layers]) found.set(blob.digest, blob);
  }
  return ok([...found.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)));
}

const common = { uid: 0, gid: 0, mtime: new Date(0), mode: 0o644, type: "File" as const };

async function* archiveOf(layout: string, index: string, blobs: Descriptor[]): AsyncGenerator<Uint8Array> {
  const texts = { "oci-layout": '{"imageLayoutVersion":"1.0.0"}', "index.json": index };
  for (const [name, text] of Object.entries(texts)) {
    const bytes = Buffer.from(text);
    yield tarHeader({ ...common, name, size: bytes.length });
    yield bytes;
    yield tarPadding(bytes.length);
  }
  for (const { digest, size } of blobs) {
    yield tarHeader({ ...common, name: `blobs/sha256/${digest.slice("sha256:".length)}`, size });
    yield* createReadStream(blobPath(layout, digest), { highWaterMark: 1 << 20 });
    yield tarPadding(size);
  }
  yield tarEnd;
}
