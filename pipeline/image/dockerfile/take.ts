import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createTarDecoder } from "modern-tar";
import { z } from "zod";
import type { Platform } from "../../config/config.ts";
import { fail, ok, type Result } from "../../result.ts";
import { applyLayer } from "../apply.ts";
import { takeBase } from "../base.ts";
import { corrupt, parseJson, writeBlob, writeJson } from "../blobs.ts";
import { type Compressor, compressed } from "../compress.ts";
import { architecture } from "../elf.ts";
import { media } from "../media.ts";
import { configSchema, type Descriptor, type ImageConfig, type Manifest } from "../shapes.ts";

/** An image of one platform as a builder handed it out: its configuration and its layers, in our layout. */
type Taken = { config: ImageConfig; layers: Descriptor[] };

/** What `docker save` lists (Docker image specification v1.2, combined image JSON). */
const savedSchema = z.array(z.looseObject({ Config: z.string(), Layers: z.array(z.string()) })).length(1);

/**
 * Takes an image that a builder handed out (an OCI layout, an archive of one, or Docker's own archive) into a layout,
 * as a manifest of one platform; `scratch` is an empty directory for what is unpacked.
 */
export async function takeBuilt(
  from: string,
  platform: Platform,
  layout: string,
  annotations: Record<string, string>,
  scratch: string,
  compressor: Compressor,
): Promise<Result<Descriptor>> {
  const isArchive = (await stat(from)).isFile();
  const place = isArchive ? join(scratch, "unpacked") : from;
  if (isArchive) {
    await mkdir(place);
    const bytes = createReadStream(from, { highWaterMark: 1 << 20 });
    await applyLayer(place, Readable.toWeb(bytes).pipeThrough(createTarDecoder({ strict: true })));
  }
  const isLayout = await stat(join(place, "index.json")).then(
    () => true,
    () => false,
  );
  const taken = isLayout
    ? await fromLayout(place, platform, layout)
    : await fromSaved(place, layout, compressor);
  if (!taken.ok) return taken;
  const { config, layers } = taken.value;
  const got = `${config.os}/${config.architecture}`;
  if (got !== platform)
    return fail({ kind: "image-missing", image: from, version: platform, available: [got] });
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: await writeJson(layout, media.config, config),
    layers,
    annotations,
  };
  const written = await writeJson(layout, media.manifest, manifest);
  return ok({ ...written, platform: { os: "linux", architecture: architecture(platform) } });
}

async function fromLayout(place: string, platform: Platform, layout: string): Promise<Result<Taken>> {
  const base = await takeBase(place, platform, layout);
  if (!base.ok) return base;
  const { config, layers } = base.value;
  return config === null ? fail(corrupt(place, "image", "it has no configuration")) : ok({ config, layers });
}

async function fromSaved(place: string, layout: string, compressor: Compressor): Promise<Result<Taken>> {
  const file = join(place, "manifest.json");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return fail(corrupt(place, "image", "it is neither an OCI layout nor Docker's archive"));
  const listed = parseJson(file, text, savedSchema);
  if (!listed.ok) return listed;
  const [saved] = listed.value;
  if (saved === undefined) throw new Error("a list of one has none");
  const configFile = join(place, saved.Config);
  const config = parseJson(configFile, await readFile(configFile, "utf8"), configSchema);
  if (!config.ok) return config;
  const layers: Descriptor[] = [];
  for (const [at, name] of saved.Layers.entries()) {
    const hash = createHash("sha256");
    const bytes = createReadStream(join(place, name), { highWaterMark: 1 << 20 });
    const chunks = compressed(bytes, compressor, (chunk) => hash.update(chunk));
    layers.push(await writeBlob(layout, `${media.layer}+gzip`, chunks));
    const got = `sha256:${hash.digest("hex")}`;
    const told = config.value.rootfs.diff_ids[at];
    if (got !== told)
      return fail(corrupt(join(place, name), "image layer", `its diff_id is ${got}, not ${told}`));
  }
  return ok({ config: config.value, layers });
}
