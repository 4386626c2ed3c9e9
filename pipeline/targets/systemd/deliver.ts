import { packTar } from "modern-tar";
import type { Platform } from "../../config/config.ts";
import type { Release } from "../../deploy/release.ts";
import type { ImageLayers } from "../../image/unpack.ts";
import { fail, ok, type Result } from "../../result.ts";
import { secretVersionsBy } from "../secret-versions.ts";
import { about, asText, first } from "./answer.ts";
import { type HostImage, type HostRelease, type PlacedFile, releaseFiles, secretFiles } from "./files.ts";
import type { Host, HostFailure } from "./host.ts";
import { blobName, directoryOf } from "./names.ts";
import type { UnitPlace } from "./unit.ts";

export type DeliveryParts = {
  /** The image of a digest for a host's platform; a failure is one sentence. */
  layersOf(image: string, digest: string, platform: Platform): Promise<Result<ImageLayers, string>>;
  place: Pick<UnitPlace, "app" | "directory" | "user">;
};

const platforms: Record<string, Platform> = { x86_64: "linux/amd64", aarch64: "linux/arm64" };

/** The platform that a machine's name (uname -m) means, or null. */
export const platformOf = (machine: string): Platform | null => platforms[machine] ?? null;

const minute = 60_000;

/**
 * Brings a release to one host: what it lacks of the layers, then the small files, which it puts in place as a whole. One
 * that is there as it was placed only gets the values of its secrets.
 */
export async function deliver(
  host: Host,
  parts: DeliveryParts,
  {
    release,
    secrets,
    token,
    platform,
  }: { release: Release; secrets: Record<string, string>; token: number; platform: Platform },
): Promise<Result<void, HostFailure>> {
  const directory = directoryOf(release);
  const own = release.components.filter(({ name }) => host.spec.components.includes(name));
  const asked = own.flatMap(({ name, listens }) => (listens ? [`part ${name}\n`] : [])).join("");
  const known = await host.ask(["prepare", directory], { input: asked, timeoutMs: minute });
  if (!known.ok) return known;
  const version = secretVersionsBy(first(known.value, "salt") ?? "");
  const given: Omit<HostRelease, "images"> = {
    release,
    components: own.map(({ name }) => name),
    secrets,
    secretVersions: Object.fromEntries(
      Object.entries(secrets).map(([name, value]) => [name, version(name, value)]),
    ),
    place: parts.place,
  };
  const unchanged = first(known.value, "placed") === "0";
  if (unchanged && Object.keys(secrets).length === 0) return ok(undefined);
  const images = await imagesOf(parts, own, platform);
  if (!images.ok) return images;
  const found = Object.fromEntries(Object.entries(images.value).map(([name, one]) => [name, hostImage(one)]));
  if (unchanged)
    return await send(host, ["secrets", token, directory], secretFiles({ ...given, images: found }));
  const blobs = Object.values(images.value).flatMap(({ layers }) => layers);
  const sent = await sendBlobs(host, token, directory, blobs);
  if (!sent.ok) return sent;
  return await send(host, ["place", token, directory], releaseFiles({ ...given, images: found }));
}

async function imagesOf(
  { layersOf }: DeliveryParts,
  components: Release["components"],
  platform: Platform,
): Promise<Result<Record<string, ImageLayers>, HostFailure>> {
  const found: Record<string, ImageLayers> = {};
  for (const { name, image, digest } of components) {
    const layers = await layersOf(image, digest, platform);
    if (!layers.ok) return fail({ kind: "refused", what: "failed", words: layers.failure, lines: [] });
    found[name] = layers.value;
  }
  return ok(found);
}

const hostImage = ({ layers, workdir, environment }: ImageLayers): HostImage => ({
  layers: layers.map(({ digest }) => digest),
  workdir,
  environment,
});

/** Sends the blobs that the host lacks, each once. */
async function sendBlobs(
  host: Host,
  token: number,
  directory: string,
  blobs: ImageLayers["layers"],
): Promise<Result<void, HostFailure>> {
  const byName = new Map(blobs.map((blob) => [blobName(blob.digest), blob]));
  const asked = [...byName.keys()].map((name) => `blob ${name}\n`).join("");
  const lacking = await host.ask(["prepare", directory], { input: asked, timeoutMs: minute });
  if (!lacking.ok) return lacking;
  for (const name of about(lacking.value, "missing")) {
    const blob = byName.get(name);
    if (!blob) continue;
    const put = await host.ask(["blob", token, name, blob.size], { file: blob.path, timeoutMs: 10 * minute });
    if (!put.ok) return put;
  }
  return ok(undefined);
}

/** Small files travel as a tar. */
async function send(
  host: Host,
  words: (string | number)[],
  files: PlacedFile[],
): Promise<Result<void, HostFailure>> {
  const entries = files.map(({ path, mode, text }) => ({
    header: { name: path, mode, size: Buffer.byteLength(text), mtime: new Date(0) },
    body: text,
  }));
  const done = await host.ask(words, { input: asText(await packTar(entries)), timeoutMs: 5 * minute });
  return done.ok ? ok(undefined) : done;
}
