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
import { architecture, architectureOf, type Elf } from "./elf.ts";
import { ArtifactChanged, writeLayer } from "./layer.ts";
import { addToIndex } from "./layout.ts";
import { media } from "./media.ts";
import { artifactPath } from "./platform-path.ts";
import type { Descriptor, ImageIndex, Manifest } from "./shapes.ts";

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
  const own = new Map<Platform, OwnLayers>();
  for (const shipped of artifacts.value) {
    const layers = await ownLayers(request, shipped, owner, compressor);
    if ("kind" in layers) return fail(layers);
    for (const platform of shipped.platforms) own.set(platform, layers);
  }
  let bytes = 0;
  for (const [platform, layers] of own) {
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
/** What is shipped for one platform or several: an artifact whose path does not name one is the same for all. */
type Shipped = { platforms: Platform[]; entries: ArtifactEntry[] };

async function listArtifacts(request: BuildRequest, owner: ArtifactOwner): Promise<Result<Shipped[]>> {
  const byPath = new Map<string, Shipped>();
  for (const platform of request.image.platforms) {
    const path = artifactPath(request.artifact, platform);
    const known = byPath.get(path);
    if (known !== undefined) {
      known.platforms.push(platform);
      continue;
    }
    const listed = await listArtifact(path, owner, request.excluded);
    if (!listed.ok) return listed;
    byPath.set(path, { platforms: [platform], entries: listed.value });
  }
  return ok([...byPath.values()]);
}

/** A program that no processor of a platform can run; it ends the writing of the layer. */
class WrongArchitecture extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super("a program is for another processor");
    this.failure = failure;
  }
}

/** Packages that bring a binary for every platform keep them under `prebuilds/` and choose at run time. */
function checkFor(platforms: Platform[]): (path: string, elf: Elf) => void {
  const wanted = platforms.map(architecture);
  return (path, elf) => {
    if (path.split("/").includes("prebuilds")) return;
    const got = architectureOf(elf);
    const expected = wanted.find((one) => one !== got);
    if (expected !== undefined)
      throw new WrongArchitecture({ kind: "wrong-architecture", file: path, got, expected });
  };
}

/** Dependencies have time 0, so that they are the same blob in every release; the rest has the commit's time. */
async function ownLayers(
  request: BuildRequest,
  { entries, platforms }: Shipped,
  owner: ArtifactOwner,
  compressor: Compressor,
): Promise<OwnLayers | Failure> {
  const tools = { compressor, check: checkFor(platforms) };
  const dependencies = entries.filter(isDependency);
  const rest = entries.filter((entry) => !isDependency(entry));
  const wanted = [
    ...(dependencies.length === 0 ? [] : [{ made: "dependencies", entries: dependencies, mtime: 0 }]),
    { made: "artifact", entries: rest, mtime: request.created },
  ];
  const layers: OwnLayers = { descriptors: [], facts: [] };
  try {
    for (const { made, entries: part, mtime } of wanted) {
      const { descriptor, diffId } = await writeLayer(request.layout, request.image, part, mtime, tools);
      layers.descriptors.push(descriptor);
      layers.facts.push({ diffId, made });
    }
  } catch (error) {
    if (error instanceof WrongArchitecture) return error.failure;
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
