import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { createTarDecoder } from "modern-tar";
import type { Platform } from "../config/config.ts";
import { fail, ok, type Result } from "../result.ts";
import { applyLayer } from "./apply.ts";
import { blobPath, corrupt, readJson, verifyBlob } from "./blobs.ts";
import { parseEnvironment } from "./config.ts";
import { isSystemError, onDisk } from "./disk.ts";
import { architecture } from "./elf.ts";
import { imageIn } from "./layout.ts";
import { indexTypes, layerTypes } from "./media.ts";
import {
  configSchema,
  type Descriptor,
  type ImageConfig,
  indexSchema,
  type Manifest,
  manifestSchema,
} from "./shapes.ts";

export type UnpackRequest = {
  layout: string;
  /** sha256:… of an image that the layout's index.json names. */
  digest: string;
  platform: Platform;
  /** Directory that becomes the image's root; it is replaced as a whole. */
  into: string;
};

/** `workdir` is absolute, below `into`; `command` is argv; `environment` is what the image says. */
export type Unpacked = { workdir: string; command: string[]; environment: Record<string, string> };

/** An image's files as layers that can be unpacked elsewhere: blobs of the layout, the lowest first. */
export type ImageLayers = {
  layers: { digest: string; size: number; path: string }[];
  /** Absolute, inside of the image. */
  workdir: string;
  environment: Record<string, string>;
};

/** The layers of an image for a platform, each checked against its size and digest. */
export async function imageLayers(request: Omit<UnpackRequest, "into">): Promise<Result<ImageLayers>> {
  const found = await findPlatform(request);
  if (!found.ok) return found;
  const { manifest, config } = found.value;
  for (const layer of manifest.layers) {
    const verified = await verifyBlob(request.layout, layer);
    if (!verified.ok) return verified;
  }
  return ok({
    layers: manifest.layers.map(({ digest, size }) => ({
      digest,
      size,
      path: blobPath(request.layout, digest),
    })),
    workdir: join("/", config.config?.WorkingDir ?? ""),
    environment: parseEnvironment(config.config?.Env ?? []),
  });
}

/**
 * Unpacks an image's layers for a platform. Every blob's size and digest, and every layer's diff_id, is checked;
 * `into` appears by rename when all of it is there, and is untouched by a failure.
 */
export const unpackImage = (request: UnpackRequest): Promise<Result<Unpacked>> =>
  onDisk("unpack the image", () => unpack(request));

async function unpack(request: UnpackRequest): Promise<Result<Unpacked>> {
  const { layout, into } = request;
  const found = await findPlatform(request);
  if (!found.ok) return found;
  const { manifest, config } = found.value;
  await mkdir(dirname(into), { recursive: true });
  const temporary = await mkdtemp(join(dirname(into), `.${basename(into)}-`));
  try {
    const root = join(temporary, "new");
    await mkdir(root, { mode: 0o755 });
    for (const [at, layer] of manifest.layers.entries()) {
      const applied = await unpackLayer(layout, layer, config.rootfs.diff_ids[at] ?? "none", root);
      if (!applied.ok) return applied;
    }
    const workdir = join(into, join("/", config.config?.WorkingDir ?? ""));
    await mkdir(join(root, workdir.slice(into.length)), { recursive: true });
    await rename(into, join(temporary, "old")).catch(ifThere);
    await rename(root, into);
    const command = [...(config.config?.Entrypoint ?? []), ...(config.config?.Cmd ?? [])];
    return ok({ workdir, command, environment: parseEnvironment(config.config?.Env ?? []) });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function findPlatform(
  request: Omit<UnpackRequest, "into">,
): Promise<Result<{ manifest: Manifest; config: ImageConfig }>> {
  const { layout, platform } = request;
  const image = await imageIn(layout, request.digest);
  if (!image.ok) return image;
  const missing = (version: string, available: string[]) =>
    fail({ kind: "image-missing" as const, image: basename(layout), version, available });
  let own: Descriptor | undefined = image.value;
  if (indexTypes.includes(image.value.mediaType)) {
    const index = await readJson(layout, image.value, indexSchema);
    if (!index.ok) return index;
    const platforms = index.value.manifests.map(
      (entry) => `${entry.platform?.os}/${entry.platform?.architecture}`,
    );
    own = index.value.manifests[platforms.indexOf(platform)];
    if (own === undefined) return missing(`${request.digest} for ${platform}`, platforms);
  }
  const manifest = await readJson(layout, own, manifestSchema);
  if (!manifest.ok) return manifest;
  const config = await readJson(layout, manifest.value.config, configSchema);
  if (!config.ok) return config;
  if (config.value.architecture !== architecture(platform))
    return missing(`${request.digest} for ${platform}`, [`linux/${config.value.architecture}`]);
  return ok({ manifest: manifest.value, config: config.value });
}

async function unpackLayer(
  layout: string,
  layer: Descriptor,
  diffId: string,
  root: string,
): Promise<Result<void>> {
  const bad = (reason: string) => fail(corrupt(blobPath(layout, layer.digest), "image layer", reason));
  const known = layerTypes[layer.mediaType];
  if (known === undefined) return bad(`layers of type ${layer.mediaType} are not known`);
  const verified = await verifyBlob(layout, layer);
  if (!verified.ok) return verified;
  // Bytes that are not packed are the ones whose digest was just verified.
  let got = layer.digest;
  const stream = createReadStream(verified.value, { highWaterMark: 256 * 1024 });
  try {
    const hash = createHash("sha256");
    const bytes = known.gzip ? stream.compose(createGunzip()).compose(hashing(hash)) : stream;
    await applyLayer(root, Readable.toWeb(bytes).pipeThrough(createTarDecoder({ strict: true })));
    if (known.gzip) got = `sha256:${hash.digest("hex")}`;
  } catch (error) {
    // The rest is the archive's own: a bad header, a cut end, bytes that are not gzip, an unsafe entry.
    if (isSystemError(error) || !(error instanceof Error)) throw error;
    return bad(error.message);
  } finally {
    stream.destroy();
  }
  if (got === diffId) return ok(undefined);
  return bad(`its diff_id is ${got}, the image's configuration says ${diffId}`);
}

const hashing = (hash: Hash): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });

function ifThere(error: unknown): void {
  if (!isSystemError(error) || error.code !== "ENOENT") throw error;
}
