import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import type { Platform } from "../../config/config.ts";
import type { Release } from "../../deploy/release.ts";
import { readJsonFile, removeTree, writeFileAtomic } from "../../io/files.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Places } from "./directory.ts";
import type { Unpack } from "./parts.ts";

const imagesShape = z.record(
  z.string(),
  z.object({ workdir: z.string(), environment: z.record(z.string(), z.string()) }),
);

/** Where each component's files lie: `workdir` relative to the release's directory. */
export type PlacedImages = z.infer<typeof imagesShape>;

/** A release as it stands on disk. */
export type PlacedRelease = { release: Release; images: PlacedImages };

const secretsShape = z.record(z.string(), z.string());
const releaseShape = z.looseObject({ format: z.literal(1), id: z.string(), version: z.string() });
const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const releaseCheck = (json: unknown): Result<Release, string> =>
  releaseShape.safeParse(json).success ? ok(json as Release) : fail("it is not a release");

const imagesCheck = (json: unknown): Result<PlacedImages, string> => {
  const parsed = imagesShape.safeParse(json);
  return parsed.success ? ok(parsed.data) : fail("it does not name the components' directories");
};

const secretsCheck = (json: unknown): Result<Record<string, string>, string> => {
  const parsed = secretsShape.safeParse(json);
  return parsed.success ? ok(parsed.data) : fail("it is not a list of values");
};

const remedy = "deploy the version again: it is placed anew";

/** The releases kept on disk, one directory each: what they are, their files, the values of their secrets. */
export class Shelf {
  readonly #places: Places;
  readonly #unpack: Unpack;
  readonly #platform: Platform;

  constructor(places: Places, unpack: Unpack, platform: Platform) {
    this.#places = places;
    this.#unpack = unpack;
    this.#platform = platform;
  }

  /**
   * Unpacks the images and writes the release; a placed one only gets the secrets given now, over those it has.
   * It appears by rename: a release that is there is whole.
   */
  async place(
    release: Release,
    layouts: Record<string, string>,
    secrets: Record<string, string>,
  ): Promise<Result<void>> {
    const odd = [release.id, ...release.components.map((component) => component.name)].find(
      (name) => !safeName.test(name),
    );
    if (odd !== undefined) {
      return fail({ kind: "target-failed", action: "place", reason: `${odd} cannot be the name of a file` });
    }
    const placed = await this.read(release.id);
    if (placed.ok && placed.value) {
      const kept = await this.secrets(release.id);
      await this.#writeSecrets(this.#places.secretsFile(release.id), {
        ...(kept.ok ? kept.value : {}),
        ...secrets,
      });
      return ok(undefined);
    }
    const partial = join(this.#places.releases, `.placing-${release.id}`);
    await removeTree(partial);
    await mkdir(partial, { recursive: true, mode: 0o700 });
    try {
      const images = await this.#unpackAll(release, layouts, partial);
      if (!images.ok) return images;
      await writeFileAtomic(join(partial, "images.json"), JSON.stringify(images.value));
      await this.#writeSecrets(join(partial, "environment.json"), secrets);
      await writeFileAtomic(join(partial, "release.json"), `${JSON.stringify(release)}\n`);
      await removeTree(this.#places.release(release.id));
      await rename(partial, this.#places.release(release.id));
      return ok(undefined);
    } finally {
      await removeTree(partial);
    }
  }

  /** A placed release, or null. A failure: what is there is damaged. */
  async read(id: string): Promise<Result<PlacedRelease | null>> {
    if (!safeName.test(id)) return ok(null);
    const release = await readJsonFile(this.#places.releaseFile(id), releaseCheck, {
      what: "release",
      remedy,
    });
    if (!release.ok) return release;
    if (release.value === null) return ok(null);
    const images = await readJsonFile(this.#places.imagesFile(id), imagesCheck, { what: "release", remedy });
    if (!images.ok) return images;
    return ok(images.value === null ? null : { release: release.value, images: images.value });
  }

  /** Values of a release's secrets, by name. */
  async secrets(id: string): Promise<Result<Record<string, string>>> {
    const read = await readJsonFile(this.#places.secretsFile(id), secretsCheck, {
      what: "release environment",
      remedy,
    });
    return read.ok ? ok(read.value ?? {}) : read;
  }

  /** Every release that is whole, the one placed first first. */
  list(): Promise<Release[]> {
    return listReleases(this.#places);
  }

  async remove(id: string): Promise<void> {
    await removeTree(this.#places.release(id));
    await removeTree(this.#places.logs(id));
  }

  /** Clears what a placing left that was cut short. */
  async tidy(): Promise<void> {
    for (const name of await readdir(this.#places.releases).catch(() => [])) {
      if (name.startsWith(".")) await rm(join(this.#places.releases, name), { recursive: true, force: true });
    }
  }

  /** Components of one image share its files. */
  async #unpackAll(
    release: Release,
    layouts: Record<string, string>,
    partial: string,
  ): Promise<Result<PlacedImages>> {
    const done = new Map<string, PlacedImages[string]>();
    const images: PlacedImages = {};
    for (const component of release.components) {
      const { digest, image } = component;
      let unpacked = done.get(digest);
      if (!unpacked) {
        const layout = layouts[image];
        if (layout === undefined) {
          return fail({ kind: "image-missing", image, version: digest, available: Object.keys(layouts) });
        }
        const into = join(partial, "images", digest.replace(/^sha256:/, "").slice(0, 16), "rootfs");
        const made = await this.#unpack({ layout, digest, platform: this.#platform, into });
        if (!made.ok) return made;
        unpacked = { workdir: relative(partial, made.value.workdir), environment: made.value.environment };
        done.set(digest, unpacked);
      }
      images[component.name] = unpacked;
    }
    return ok(images);
  }

  async #writeSecrets(file: string, values: Record<string, string>): Promise<void> {
    await writeFileAtomic(file, `${JSON.stringify(values)}\n`, { mode: 0o600 });
  }
}

/** Releases kept on disk, the one placed first first; no effect. */
export async function listReleases(places: Places): Promise<Release[]> {
  const found: { release: Release; at: number }[] = [];
  for (const name of await readdir(places.releases).catch(() => [])) {
    if (!safeName.test(name)) continue;
    const read = await readJsonFile(places.releaseFile(name), releaseCheck);
    if (!read.ok || read.value === null) continue;
    const { mtimeMs } = await stat(places.releaseFile(name));
    found.push({ release: read.value, at: mtimeMs });
  }
  return found.sort((a, b) => a.at - b.at).map((one) => one.release);
}
