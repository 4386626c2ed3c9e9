import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { createTarDecoder } from "modern-tar";
import type { Platform } from "../config/config.ts";
import { looksSecret } from "../config/secret-names.ts";
import { ok, type Result } from "../result.ts";
import { blobPath, readJson } from "./blobs.ts";
import { isRoot } from "./config.ts";
import { isFor, manifestsOf } from "./manifests.ts";
import { layerTypes } from "./media.ts";
import { configSchema, type Descriptor, type ImageConfig, type Manifest, manifestSchema } from "./shapes.ts";

/** One platform of an image; `bytes` counts its packed layers. */
export type PlatformImage = { platform: string; manifest: Manifest; config: ImageConfig; bytes: number };

/** What we ship on; what else an index names (other platforms, attestations of its builder) need not be there. */
const shipped: Platform[] = ["linux/amd64", "linux/arm64"];

/** The platforms of an image of a layout, of those that we ship on. */
export async function platformsOf(layout: string, image: Descriptor): Promise<Result<PlatformImage[]>> {
  const own = await manifestsOf(layout, image);
  if (!own.ok) return own;
  const found: PlatformImage[] = [];
  for (const each of own.value.filter(({ platform }) => isFor(shipped, platform))) {
    const manifest = await readJson(layout, each, manifestSchema);
    if (!manifest.ok) return manifest;
    const config = await readJson(layout, manifest.value.config, configSchema);
    if (!config.ok) return config;
    const bytes = manifest.value.layers.reduce((sum, { size }) => sum + size, 0);
    const platform = `${config.value.os}/${config.value.architecture}`;
    found.push({ platform, manifest: manifest.value, config: config.value, bytes });
  }
  return ok(found);
}

/** Largest file in bytes that is looked into. */
const largestFile = 1024 * 1024;

/** Names that hold secrets, outside of what a distribution or a package brings. */
const secretNames =
  /(^|\/)(\.env(\.(?!example$|sample$|template$|dist$)[\w-]+)?|id_(rsa|dsa|ecdsa|ed25519)|\.git-credentials|\.netrc|\.docker\/config\.json|\.aws\/credentials|\.pgpass)$/;

const brought = /^(usr|lib|etc\/ssl|var\/lib)\/|(^|\/)(node_modules|site-packages|dist-packages)\//;

/** What of an image must not be: root, and secrets in its variables, its history and its layers. */
export async function harmfulIn(
  layout: string,
  { platform, manifest, config }: PlatformImage,
  secrets: string[],
): Promise<string[]> {
  const problems: string[] = [];
  const user = config.config?.User;
  if (isRoot(user)) problems.push(`${platform}: it runs as root (USER is ${user ? user : "not set"})`);
  for (const line of config.config?.Env ?? []) {
    const [name = "", value = ""] = line.split(/=(.*)/s);
    if (looksSecret(name) && value !== "")
      problems.push(`${platform}: its variable ${name} looks like a secret`);
  }
  const history = JSON.stringify(config.history ?? []);
  for (const [, name = ""] of history.matchAll(/\b([A-Za-z_][A-Za-z0-9_]*)=[^\s"\\]/g))
    if (looksSecret(name)) problems.push(`${platform}: a step of its history names ${name} with a value`);
  if (secrets.some((secret) => history.includes(secret)))
    problems.push(`${platform}: the value of a build secret is in its history`);
  for (const layer of manifest.layers)
    for (const path of await secretFiles(layout, layer, secrets)) problems.push(`${platform}: ${path}`);
  return [...new Set(problems)];
}

async function secretFiles(layout: string, layer: Descriptor, secrets: string[]): Promise<string[]> {
  const stream = createReadStream(blobPath(layout, layer.digest), { highWaterMark: 256 * 1024 });
  const bytes = layerTypes[layer.mediaType]?.gzip ? stream.compose(createGunzip()) : stream;
  const needles = secrets.map((secret) => Buffer.from(secret));
  const found: string[] = [];
  try {
    for await (const { header, body } of Readable.toWeb(bytes).pipeThrough(
      createTarDecoder({ strict: true }),
    )) {
      const path = header.name.replace(/^\.?\//, "");
      const plain = header.type === "file" || header.type === undefined;
      if (plain && secretNames.test(path) && !brought.test(path)) found.push(`/${path} is in it`);
      if (!plain || header.size > largestFile || (needles.length === 0 && !/\.(pem|key)$/.test(path))) {
        await body.cancel();
        continue;
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      if (needles.some((needle) => content.includes(needle)))
        found.push(`/${path} holds the value of a build secret`);
      if (/\.(pem|key)$/.test(basename(path)) && !brought.test(path) && content.includes("PRIVATE KEY-----"))
        found.push(`/${path} is a private key`);
    }
  } finally {
    stream.destroy();
  }
  return found;
}
