import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createTarPacker, type TarPackController } from "modern-tar";
import { canonicalJson } from "../canonical.ts";
import { ok, type Result } from "../result.ts";
import { blobPath, readJson, verifyBlob } from "./blobs.ts";
import { imageIn } from "./layout.ts";
import { manifestsOf } from "./manifests.ts";
import { type Descriptor, manifestSchema, media, tagAnnotation } from "./media.ts";

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
  const { readable, controller } = createTarPacker();
  const packing = pack(controller, layout, canonicalJson(index), blobs.value).catch((error: unknown) =>
    controller.error(error),
  );
  const temporary = `${file}.part`;
  try {
    await pipeline(Readable.fromWeb(readable as never), createWriteStream(temporary));
    await packing;
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

const common = { uid: 0, gid: 0, mtime: new Date(0), mode: 0o644, type: "file" as const };

async function pack(
  controller: TarPackController,
  layout: string,
  index: string,
  blobs: Descriptor[],
): Promise<void> {
  for (const [name, text] of Object.entries({
    "oci-layout": '{"imageLayoutVersion":"1.0.0"}',
    "index.json": index,
  }))
    await write(controller, name, Readable.from([Buffer.from(text)]), Buffer.byteLength(text));
  for (const { digest, size } of blobs) {
    const name = `blobs/sha256/${digest.slice("sha256:".length)}`;
    await write(
      controller,
      name,
      createReadStream(blobPath(layout, digest), { highWaterMark: 1 << 20 }),
      size,
    );
  }
  controller.finalize();
}

async function write(
  controller: TarPackController,
  name: string,
  bytes: Readable,
  size: number,
): Promise<void> {
  const writer = controller.add({ ...common, name, size }).getWriter();
  for await (const chunk of bytes) await writer.write(chunk);
  await writer.close();
}
