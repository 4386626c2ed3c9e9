import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packTar, type TarHeader } from "modern-tar";
import { onTestFinished } from "vitest";
import { writeBlob, writeJson } from "../../pipeline/image/blobs.ts";
import { type BuildRequest, buildImage } from "../../pipeline/image/build.ts";
import { media } from "../../pipeline/image/media.ts";
import type { Descriptor } from "../../pipeline/image/shapes.ts";
import type { Result } from "../../pipeline/result.ts";

export async function temporaryDirectory(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "bellwether-image-")));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`unexpected failure: ${JSON.stringify(result.failure)}`);
  return result.value;
}

export const failure = <T>(result: Result<T>): unknown => (result.ok ? "no failure" : result.failure);

export async function writeTree(root: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    if (path.endsWith(".sh")) await chmod(join(root, path), 0o755);
  }
}

export const small: Record<string, string> = {
  "src/server.js": "listen()",
  "bin/run.sh": "#!/bin/sh",
  "node_modules/pg/index.js": "pg",
  "package.json": "{}",
};

export const request = (
  artifact: string,
  layout: string,
  more: Partial<BuildRequest> = {},
): BuildRequest => ({
  image: {
    name: "api",
    component: "api",
    platforms: ["linux/amd64", "linux/arm64"],
    workdir: "/app",
    owner: { uid: 0, gid: 0 },
    labels: { "org.opencontainers.image.source": "https://example.org/quotes" },
  },
  artifact,
  base: "scratch",
  revision: "a".repeat(40),
  created: Date.UTC(2026, 0, 2, 3, 4, 5),
  layout,
  tags: [],
  command: ["node", "src/server.js"],
  environment: { LOG: "info" },
  ports: [8080],
  ...more,
});

/** A directory with an artifact built into a layout. */
export async function builtImage(files = small, more: Partial<BuildRequest> = {}) {
  const root = await temporaryDirectory();
  await writeTree(join(root, "dist"), files);
  const asked = request(join(root, "dist"), join(root, "layout"), more);
  return { root, layout: asked.layout, request: asked, ...value(await buildImage(asked)) };
}

export const sha = (data: Uint8Array): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

export const blob = (layout: string, digest: string): Promise<Buffer> =>
  readFile(join(layout, "blobs", "sha256", digest.slice(7)));

export const json = async (layout: string, digest: string): Promise<Record<string, unknown>> =>
  JSON.parse((await blob(layout, digest)).toString());

/** Every path of a tree with what it holds: file content, "dir", or "-> target". */
export async function readTree(root: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (entry.isDirectory()) seen[name] = "dir";
    else if (entry.isSymbolicLink()) seen[name] = `-> ${await readlink(path)}`;
    else seen[name] = await readFile(path, "utf8");
  }
  return seen;
}

export type TestEntry = Partial<TarHeader> & { name: string; body?: string };

export const tar = (entries: TestEntry[]): Promise<Uint8Array> =>
  packTar(
    entries.map(({ body = "", ...header }) => ({
      header: { mtime: new Date(0), size: body.length, ...header },
      body,
    })),
  );

export type TestLayer = { bytes: Uint8Array; packed?: Uint8Array };

/** Writes a layout of one image with hand-made layers, as another tool would; the digest of its manifest. */
export async function foreignLayout(
  layout: string,
  layers: TestLayer[],
  platform = "amd64",
  config: Record<string, unknown> = {},
): Promise<string> {
  const descriptors: Descriptor[] = [];
  for (const layer of layers)
    descriptors.push(
      layer.packed
        ? await writeBlob(layout, `${media.layer}+gzip`, [layer.packed])
        : await writeBlob(layout, media.layer, [layer.bytes]),
    );
  const manifest = await writeJson(layout, media.manifest, {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: await writeJson(layout, media.config, {
      os: "linux",
      architecture: platform,
      config,
      rootfs: { type: "layers", diff_ids: layers.map((layer) => sha(layer.bytes)) },
    }),
    layers: descriptors,
  });
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return manifest.digest;
}
