import type { ImageSpec, Platform } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import { type Clock, systemClock } from "../io/clock.ts";
import { fail, ok, type Result } from "../result.ts";
import { type ArtifactEntry, type ArtifactOwner, listArtifact } from "./artifact.ts";
import { baseDigest, takeBase } from "./base.ts";
import { writeJson } from "./blobs.ts";
import { type Compressor, openCompressor } from "./compress.ts";
import { type ImageRuntime, imageConfig, type OwnLayer } from "./config.ts";
import { onDisk } from "./disk.ts";
import { architecture, architectureOf } from "./elf.ts";
import { ArtifactChanged, writeLayer } from "./layer.ts";
import { addToIndex } from "./layout.ts";
import { type Descriptor, type ImageIndex, type Manifest, media } from "./media.ts";

export type BuildRequest = {
  image: Pick<ImageSpec, "name" | "component" | "platforms" | "workdir" | "labels" | "owner">;
  /** Absolute path of the artifact; `${platform}` in it stands for e.g. linux-amd64, `${target}` for Rust's name. */
  artifact: string;
  /** Which paths, relative to the artifact, are left out. */
  excluded?: (path: string) => boolean;
  /** "scratch", or the absolute path of an OCI layout directory. */
  base: string;
  /** Reference under which the base was found, e.g. registry.example/node:24-slim; null where it has none. */
  baseName?: string | null;
  /** Commit that is built, and its time in ms since the epoch. */
  revision: string | null;
  created: number;
  /** OCI layout directory to write; it keeps what it holds. */
  layout: string;
  tags: string[];
} & Omit<ImageRuntime, "workdir" | "labels">;

/** `digest` is the index's, sha256:…; `bytes` counts each layer of each platform. */
export type BuiltImage = { digest: string; bytes: number; notes: string[] };

/**
 * Builds an image: the base's layers, one of dependencies (the artifact's node_modules or Python packages, if any)
 * and one of the rest, for every platform, in one index. Equal requests give equal digests. index.json is written
 * last.
 */
export const buildImage = (request: BuildRequest, clock: Clock = systemClock): Promise<Result<BuiltImage>> =>
  onDisk("write the image", async () => {
    const compressor = openCompressor();
    try {
      return await build(request, clock, compressor);
    } finally {
      await compressor.close();
    }
  });

async function build(
  request: BuildRequest,
  clock: Clock,
  compressor: Compressor,
): Promise<Result<BuiltImage>> {
  const owner = { component: request.image.component, step: `image:${request.image.name}` };
  const artifacts = await listArtifacts(request, owner);
  if (!artifacts.ok) return artifacts;
  const base = await baseDigest(request.base);
  if (!base.ok) return base;
  const labels = labelsOf(request);
  const baseNote: Record<string, string> = {
    ...(base.value === null ? {} : { "org.opencontainers.image.base.digest": base.value }),
    ...(request.baseName ? { "org.opencontainers.image.base.name": request.baseName } : {}),
  };
  const annotations = { ...labels, ...baseNote };
  const manifests: Descriptor[] = [];
  const own = new Map<ArtifactEntry[], OwnLayers>();
  let bytes = 0;
  for (const { platform, entries } of artifacts.value) {
    const layers = own.get(entries) ?? (await ownLayers(request, entries, owner, compressor));
    if ("kind" in layers) return fail(layers);
    own.set(entries, layers);
    const made = await writePlatform(
      request,
      platform,
      layers,
      { ...request, workdir: request.image.workdir, labels },
      annotations,
    );
    if (!made.ok) return made;
    manifests.push(made.value.manifest);
    bytes += made.value.bytes;
  }
  const index: ImageIndex = { schemaVersion: 2, mediaType: media.index, manifests, annotations };
  const written = await writeJson(request.layout, media.index, index);
  const added = await addToIndex(request.layout, written, request.tags, clock);
  if (!added.ok) return added;
  const special = artifacts.value.flatMap(({ entries }) => entries.filter(isSpecial).map(({ path }) => path));
  const notes = [...new Set(special)].map(
    (path) => `${path} is set-uid or set-gid; in the image it is not (a mode of 0755)`,
  );
  return ok({ digest: written.digest, bytes, notes: [...added.value, ...notes] });
}

const isSpecial = (entry: ArtifactEntry): boolean => entry.kind === "file" && entry.special;

type OwnLayers = { descriptors: Descriptor[]; facts: OwnLayer[] };
type PlatformArtifact = { platform: Platform; entries: ArtifactEntry[] };

async function listArtifacts(
  request: BuildRequest,
  owner: ArtifactOwner,
): Promise<Result<PlatformArtifact[]>> {
  const byPath = new Map<string, ArtifactEntry[]>();
  const found: PlatformArtifact[] = [];
  for (const platform of request.image.platforms) {
    const path = artifactPath(request.artifact, platform);
    let entries = byPath.get(path);
    if (entries === undefined) {
      const listed = await listArtifact(path, owner, { excluded: request.excluded, programs: true });
      if (!listed.ok) return listed;
      entries = listed.value;
      byPath.set(path, entries);
    }
    const wrong = wrongArchitecture(entries, platform);
    if (wrong) return fail(wrong);
    found.push({ platform, entries });
  }
  return ok(found);
}

/** Where the artifact of a platform is: `${platform}` is e.g. linux-arm64, `${target}` e.g. aarch64-unknown-linux-gnu. */
export const artifactPath = (path: string, platform: Platform): string =>
  path.replaceAll("${platform}", platform.replace("/", "-")).replaceAll("${target}", rustTarget[platform]);

const rustTarget: Record<Platform, string> = {
  "linux/amd64": "x86_64-unknown-linux-gnu",
  "linux/arm64": "aarch64-unknown-linux-gnu",
};

/** Packages that bring a binary for every platform keep them under `prebuilds/` and choose at run time. */
function wrongArchitecture(entries: ArtifactEntry[], platform: Platform): Failure | null {
  const expected = architecture(platform);
  for (const entry of entries) {
    if (entry.kind !== "file" || entry.elf === null) continue;
    if (entry.path.split("/").includes("prebuilds")) continue;
    const got = architectureOf(entry.elf);
    if (got !== expected) return { kind: "wrong-architecture", file: entry.path, got, expected };
  }
  return null;
}

/** Dependencies have time 0, so that they are the same blob in every release; the rest has the commit's time. */
async function ownLayers(
  request: BuildRequest,
  entries: ArtifactEntry[],
  owner: ArtifactOwner,
  compressor: Compressor,
): Promise<OwnLayers | Failure> {
  const dependencies = entries.filter(isDependency);
  const rest = entries.filter((entry) => !isDependency(entry));
  const wanted = [
    ...(dependencies.length === 0 ? [] : [{ made: "dependencies", entries: dependencies, mtime: 0 }]),
    { made: "artifact", entries: rest, mtime: request.created },
  ];
  const layers: OwnLayers = { descriptors: [], facts: [] };
  try {
    for (const { made, entries: part, mtime } of wanted) {
      const { descriptor, diffId } = await writeLayer(request.layout, request.image, part, mtime, compressor);
      layers.descriptors.push(descriptor);
      layers.facts.push({ diffId, made });
    }
  } catch (error) {
    if (!(error instanceof ArtifactChanged)) throw error;
    return {
      kind: "step-unsafe-path",
      step: owner.step,
      path: error.path,
      reason: "it changed while it was read",
    };
  }
  return layers;
}

/** What changes with a lock file only: it has a layer of its own, below the rest. */
const isDependency = ({ path }: ArtifactEntry): boolean =>
  /^(node_modules|site-packages|\.venv|venv|vendor)(\/|$)/.test(path);

async function writePlatform(
  request: BuildRequest,
  platform: Platform,
  own: OwnLayers,
  runtime: ImageRuntime,
  annotations: Record<string, string>,
): Promise<Result<{ manifest: Descriptor; bytes: number }>> {
  const base = await takeBase(request.base, platform, request.layout);
  if (!base.ok) return base;
  const config = imageConfig(platform, base.value, runtime, own.facts, request.created);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: await writeJson(request.layout, media.config, config),
    layers: [...base.value.layers, ...own.descriptors],
    annotations,
  };
  const written = await writeJson(request.layout, media.manifest, manifest);
  return ok({
    manifest: { ...written, platform: { os: "linux", architecture: architecture(platform) } },
    bytes: manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
  });
}

/** The version is not among them: an image is promoted under a version, not built for one. */
const labelsOf = (request: BuildRequest): Record<string, string> => ({
  "org.opencontainers.image.title": request.image.name,
  ...request.image.labels,
  ...(request.revision === null ? {} : { "org.opencontainers.image.revision": request.revision }),
  "org.opencontainers.image.created": new Date(request.created).toISOString(),
});
