import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../canonical.ts";
import type { Platform } from "../config/config.ts";
import { fail, ok, type Result } from "../result.ts";
import { corrupt, parseJson, readJson, verifyBlob, writeBlob } from "./blobs.ts";
import { architecture } from "./elf.ts";
import { indexTypes, layerTypes } from "./media.ts";
import {
  configSchema,
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  indexSchema,
  manifestSchema,
} from "./shapes.ts";

/** What an image is built on, for one platform; nothing for scratch. Its layers are in the new layout. */
export type Base = { layers: Descriptor[]; config: ImageConfig | null };

/** The digest (sha256:…) of a base: the one image of its layout, or its whole index.json; null for scratch. */
export async function baseDigest(base: string): Promise<Result<string | null>> {
  if (base === "scratch") return ok(null);
  const read = await readBaseIndex(base);
  if (!read.ok) return read;
  const digests = new Set(read.value.index.manifests.map((entry) => entry.digest));
  const [only] = digests;
  return ok(only !== undefined && digests.size === 1 ? only : `sha256:${sha256(read.value.text)}`);
}

/** Finds the base's image for a platform, checks every blob and copies its layers into `layout`. */
export async function takeBase(base: string, platform: Platform, layout: string): Promise<Result<Base>> {
  if (base === "scratch") return ok({ layers: [], config: null });
  const found = await baseImage(base, platform);
  if (!found.ok) return found;
  const { manifest, config } = found.value;
  if (manifest.layers.length !== config.rootfs.diff_ids.length)
    return fail(corrupt(base, "base image", "it has another number of layers than of diff_ids"));
  const layers: Descriptor[] = [];
  for (const layer of manifest.layers) {
    const known = layerTypes[layer.mediaType];
    if (known === undefined)
      return fail({
        kind: "unsupported",
        step: "image",
        what: `a base layer of type ${layer.mediaType}`,
        executor: "host",
        remedy: "Export the base with uncompressed or gzip layers.",
      });
    const verified = await verifyBlob(base, layer);
    if (!verified.ok) return verified;
    layers.push(await writeBlob(layout, known.type, createReadStream(verified.value)));
  }
  return ok({ layers, config });
}

/** The base's image for a platform, of which nothing is copied. */
export async function baseImage(base: string, platform: Platform): Promise<Result<Found>> {
  const read = await readBaseIndex(base);
  return read.ok ? findPlatform(base, read.value.index, platform) : read;
}

type Found = { manifest: { layers: Descriptor[] }; config: ImageConfig };

async function readBaseIndex(base: string): Promise<Result<{ index: ImageIndex; text: string }>> {
  const file = join(base, "index.json");
  if (!(await stat(base).catch(() => null))?.isDirectory())
    return fail({ kind: "image-missing", image: base, version: "an OCI layout directory", available: [] });
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return fail(corrupt(file, "base image", "an OCI layout has an index.json"));
  const index = parseJson(file, text, indexSchema);
  return index.ok ? ok({ index: index.value, text }) : index;
}

async function findPlatform(base: string, top: ImageIndex, platform: Platform): Promise<Result<Found>> {
  const matches = new Map<string, Found>();
  const seen = new Set<string>();
  const available = new Set<string>();
  const waiting = [...top.manifests];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    // The same index may be listed once a tag, and a malformed one may hold itself.
    if (seen.has(next.digest)) continue;
    seen.add(next.digest);
    const named = next.platform;
    if (named !== undefined && !indexTypes.includes(next.mediaType)) {
      // What is for another platform need not be there: a base that was pulled has only what was wanted.
      if (named.os !== "unknown") available.add(`${named.os}/${named.architecture}`);
      if (named.os !== "linux" || named.architecture !== architecture(platform)) continue;
    }
    if (indexTypes.includes(next.mediaType)) {
      const nested = await readJson(base, next, indexSchema);
      if (!nested.ok) return nested;
      waiting.push(...nested.value.manifests);
      continue;
    }
    const manifest = await readJson(base, next, manifestSchema);
    if (!manifest.ok) return manifest;
    const config = await readJson(base, manifest.value.config, configSchema);
    if (!config.ok) return config;
    available.add(`${config.value.os}/${config.value.architecture}`);
    if (config.value.os !== "linux" || config.value.architecture !== architecture(platform)) continue;
    matches.set(next.digest, { manifest: manifest.value, config: config.value });
  }
  const [found, another] = [...matches.values()];
  if (found === undefined)
    return fail({ kind: "image-missing", image: base, version: platform, available: [...available].sort() });
  if (another !== undefined)
    return fail(corrupt(base, "base image", `it holds more than one image for ${platform}`));
  return ok(found);
}
