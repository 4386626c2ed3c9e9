import type { Clock } from "../../io/clock.ts";
import { ok, type Result } from "../../result.ts";
import { readBlob, readJson, writeJson } from "../blobs.ts";
import { addToIndex, readIndex } from "../layout.ts";
import { media } from "../media.ts";
import { type Descriptor, type Manifest, manifestSchema } from "../shapes.ts";

/** The empty configuration of a manifest that is no image (image-spec, manifest: guidance for an empty descriptor). */
const emptyType = "application/vnd.oci.empty.v1+json";

/** A document about an image: its media type, which is also what the manifest is, and what it says. */
export type Document = { type: string; value: unknown; created: number };

/** Writes a document about an image into its layout: a manifest whose subject is the image. */
export async function attach(
  layout: string,
  image: Descriptor,
  { type, value, created }: Document,
  clock: Clock,
): Promise<Result<Descriptor>> {
  const { mediaType, digest, size } = image;
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    artifactType: type,
    config: await writeJson(layout, emptyType, {}),
    layers: [await writeJson(layout, type, value)],
    subject: { mediaType, digest, size },
    annotations: { "org.opencontainers.image.created": new Date(created).toISOString() },
  };
  const written = { ...(await writeJson(layout, media.manifest, manifest)), artifactType: type };
  const added = await addToIndex(layout, written, [], clock);
  return added.ok ? ok(written) : added;
}

/** What a layout holds about an image. */
export async function attachedTo(layout: string, digest: string): Promise<Result<Descriptor[]>> {
  const attached = await manifestsAbout(layout, digest);
  return attached.ok ? ok(attached.value.map(({ entry }) => entry)) : attached;
}

type Attached = { entry: Descriptor; manifest: Manifest };

async function manifestsAbout(layout: string, digest: string): Promise<Result<Attached[]>> {
  const read = await readIndex(layout);
  if (!read.ok) return read;
  const found: Attached[] = [];
  for (const entry of read.value.index.manifests) {
    if (entry.artifactType === undefined) continue;
    const manifest = await readJson(layout, entry, manifestSchema);
    if (!manifest.ok) return manifest;
    if (manifest.value.subject?.digest === digest) found.push({ entry, manifest: manifest.value });
  }
  return ok(found);
}

/** The documents of one type about an image, as JSON values; one that is none is null. */
export async function documentsAbout(
  layout: string,
  digest: string,
  type: string,
): Promise<Result<unknown[]>> {
  const attached = await manifestsAbout(layout, digest);
  if (!attached.ok) return attached;
  const values: unknown[] = [];
  for (const { manifest } of attached.value.filter(({ entry }) => entry.artifactType === type)) {
    for (const layer of manifest.layers) {
      const bytes = await readBlob(layout, layer);
      if (!bytes.ok) return bytes;
      values.push(jsonOf(bytes.value.toString("utf8")));
    }
  }
  return ok(values);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
