import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import type { Platform } from "../../config/config.ts";
import type { Release } from "../../deploy/release.ts";
import { readJsonFile, removeTree, writeFileAtomic } from "../../io/files.ts";
import { readState, writeStateTwice } from "../../io/state.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { SecretVersion } from "../secret-versions.ts";
import type { Places } from "./directory.ts";
import { listFetchable, listForgettable, listReleases, readRelease, safeName } from "./kept.ts";
import type { Unpack } from "./parts.ts";
import { imagesShape, type PlacedImages, type PlacedRecord, readRecord, writeRecord } from "./record.ts";
import { secretVersions } from "./secret-version.ts";
import { type ChangedFile, changedFiles, marksOf } from "./tree.ts";

/** A release as it stands on disk. */
export type PlacedRelease = { release: Release; images: PlacedImages };

const secretsShape = z.record(z.string(), z.string());

/** The secrets' values, and the copy of them: what changes while a release is placed, and is compared apart. */
const secretFiles = ["environment.json", "environment.json.previous"];

const imagesCheck = (json: unknown): Result<PlacedImages, string> => {
  const parsed = imagesShape.safeParse(json);
  return parsed.success ? ok(parsed.data) : fail("it does not name the components' directories");
};

const secretsCheck = (json: unknown): Result<Record<string, string>, string> => {
  const parsed = secretsShape.safeParse(json);
  return parsed.success ? ok(parsed.data) : fail("it is not a list of values");
};

const remedy = "deploy the version again: it is placed anew";

export type ShelfParts = { unpack: Unpack; platform: Platform; now(): number };

/** The releases kept on disk, one directory each: what they are, their files, the values of their secrets. */
export class Shelf {
  readonly #places: Places;
  readonly #parts: ShelfParts;
  /** Read once: only we write them. */
  readonly #records = new Map<string, PlacedRecord | null>();
  #version: Promise<SecretVersion> | null = null;

  constructor(places: Places, parts: ShelfParts) {
    this.#places = places;
    this.#parts = parts;
  }

  /**
   * Unpacks the images and writes the release; one that is there as it was placed only gets the secrets given now,
   * over those it has; one that somebody changed is placed anew. It appears by rename: what is there is whole.
   */
  async place(
    release: Release,
    layouts: Record<string, string>,
    secrets: Record<string, string>,
  ): Promise<Result<void>> {
    const { id } = release;
    const odd = [id, ...release.components.map(({ name }) => name)].find((name) => !safeName.test(name));
    if (odd !== undefined) {
      return fail({ kind: "target-failed", action: "place", reason: `${odd} cannot be the name of a file` });
    }
    const placed = await this.read(id);
    const kept = await this.secrets(id);
    const all = { ...(kept.ok ? kept.value : {}), ...secrets };
    const record = await this.record(id);
    if (placed.ok && placed.value && (await this.changed(id)).length === 0) {
      await writeStateTwice(this.#places.secretsFile(id), all);
      if (record) await this.#keep({ ...record, secrets: await this.#versionsOf(all) });
      return ok(undefined);
    }
    const partial = join(this.#places.releases, `.placing-${id}`);
    await removeTree(partial);
    await mkdir(partial, { recursive: true, mode: 0o700 });
    try {
      const images = await this.#unpackAll(release, layouts, partial);
      if (!images.ok) return images;
      await writeFileAtomic(join(partial, "images.json"), JSON.stringify(images.value));
      await writeStateTwice(join(partial, "environment.json"), all);
      await writeFileAtomic(join(partial, "release.json"), `${JSON.stringify(release)}\n`);
      await this.#keep({
        format: 1,
        release,
        placedAt: record?.placedAt ?? this.#parts.now(),
        images: images.value,
        files: await marksOf(partial, secretFiles),
        secrets: await this.#versionsOf(all),
      });
      await this.#swap(partial, id);
      return ok(undefined);
    } finally {
      await removeTree(partial);
    }
  }

  /** A placed release, or null. What is damaged is read from its record; a failure: that cannot be had either. */
  async read(id: string): Promise<Result<PlacedRelease | null>> {
    if (!safeName.test(id)) return ok(null);
    const release = await readRelease(this.#places, id);
    if (!release.ok || release.value === null) return release.ok ? ok(null) : release;
    const images = await readJsonFile(this.#places.imagesFile(id), imagesCheck, { what: "release", remedy });
    const record = images.ok && images.value ? null : await this.record(id);
    if (record) return ok({ release: release.value, images: record.images });
    if (!images.ok) return images;
    return ok(images.value === null ? null : { release: release.value, images: images.value });
  }

  /** Values of a release's secrets, by name; the last valid copy of them (B7). */
  async secrets(id: string): Promise<Result<Record<string, string>>> {
    const read = await readState(this.#places.secretsFile(id), secretsCheck, {
      what: "release environment",
      remedy,
    });
    if (!read.ok) return read;
    return ok(read.value.copy === "none" ? {} : read.value.value);
  }

  /** What is known of a release apart from its directory, or null. */
  async record(id: string): Promise<PlacedRecord | null> {
    const known = this.#records.get(id);
    if (known !== undefined) return known;
    const read = safeName.test(id) ? await readRecord(this.#places, id) : null;
    this.#records.set(id, read);
    return read;
  }

  /** Placed files of a release that somebody changed or removed. */
  async changed(id: string): Promise<ChangedFile[]> {
    const record = await this.record(id);
    return record ? changedFiles(this.#places.release(id), record.files) : [];
  }

  /** The version of a secret's value. */
  async versionOf(name: string, value: string): Promise<string> {
    this.#version ??= secretVersions(this.#places.salt);
    return (await this.#version)(name, value);
  }

  /** Every release that is whole, the one placed first first. */
  list(): Promise<Release[]> {
    return listReleases(this.#places);
  }

  /** Releases whose files are gone, but whose images are all in their layouts still; the one placed first first. */
  fetchable(layouts: Record<string, string>): Promise<Release[]> {
    return listFetchable(this.#places, layouts);
  }

  /** Forgets the files; that the release was here stays known. */
  async remove(id: string): Promise<void> {
    await removeTree(this.#places.release(id));
    await removeTree(this.#places.logs(id));
    const record = await this.record(id);
    if (record) await this.#keep({ ...record, files: [] });
  }

  /** Forgets releases whose files were removed, but for the last ones. */
  async forget(): Promise<void> {
    for (const id of await listForgettable(this.#places)) {
      await rm(this.#places.record(id), { force: true });
      this.#records.delete(id);
    }
  }

  /** Clears what a placing left that was cut short. */
  async tidy(): Promise<void> {
    for (const name of await readdir(this.#places.releases).catch(() => [])) {
      if (name.startsWith(".")) await rm(join(this.#places.releases, name), { recursive: true, force: true });
    }
  }

  async #keep(record: PlacedRecord): Promise<void> {
    await writeRecord(this.#places, record);
    this.#records.set(record.release.id, record);
  }

  /** What stood there goes aside first: there is no moment at which a half-removed directory looks placed. */
  async #swap(partial: string, id: string): Promise<void> {
    const aside = join(this.#places.releases, `.replaced-${id}`);
    await removeTree(aside);
    await rename(this.#places.release(id), aside).catch(() => {});
    await rename(partial, this.#places.release(id));
    await removeTree(aside);
  }

  async #versionsOf(secrets: Record<string, string>): Promise<Record<string, string>> {
    const versions = Object.entries(secrets).map(
      async ([name, value]) => [name, await this.versionOf(name, value)] as const,
    );
    return Object.fromEntries(await Promise.all(versions));
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
        const made = await this.#parts.unpack({ layout, digest, platform: this.#parts.platform, into });
        if (!made.ok) return made;
        unpacked = { workdir: relative(partial, made.value.workdir), environment: made.value.environment };
        done.set(digest, unpacked);
      }
      images[component.name] = unpacked;
    }
    return ok(images);
  }
}
