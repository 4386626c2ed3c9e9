import { access, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Release } from "../../deploy/release.ts";
import { releaseCheck } from "../../deploy/release-check.ts";
import { readJsonFile } from "../../io/files.ts";
import { ok, type Result } from "../../result.ts";
import type { Places } from "./directory.ts";
import { listRecords, readRecord } from "./record.ts";

/** What the name of a release's directory, or of a component's log, may be. */
export const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const words = { what: "release", remedy: "deploy the version again: it is placed anew" };

/** A kept release by its file, or by its record where the file is damaged (B7); null where it is not kept. */
export async function readRelease(places: Places, id: string): Promise<Result<Release | null>> {
  const read = await readJsonFile(places.releaseFile(id), releaseCheck, words);
  if (read.ok && read.value?.id === id) return read;
  if (!(await exists(places.release(id)))) return ok(null);
  const record = await readRecord(places, id);
  // Without files it was removed, and what lies there is something else.
  if (record && record.files.length > 0) return ok(record.release);
  return read.ok ? ok(null) : read;
}

/** Releases kept on disk, the one placed first first; no effect. */
export async function listReleases(places: Places): Promise<Release[]> {
  const found: { release: Release; at: number }[] = [];
  for (const name of await readdir(places.releases).catch(() => [])) {
    if (!safeName.test(name)) continue;
    const read = await readRelease(places, name);
    if (!read.ok || read.value === null) continue;
    const written = await stat(places.releaseFile(name)).catch(() => stat(places.release(name)));
    found.push({ release: read.value, at: written.mtimeMs });
  }
  return found.sort((a, b) => a.at - b.at).map((one) => one.release);
}

/** Releases whose files are gone, but whose images are all in their layouts still; the one placed first first. */
export async function listFetchable(places: Places, layouts: Record<string, string>): Promise<Release[]> {
  const found = await Promise.all(
    (await listGone(places)).map(async (release) => ((await hasImages(release, layouts)) ? [release] : [])),
  );
  return found.flat();
}

/** Releases without files that stay known, so that they can be fetched again (B12). */
const mostGone = 50;

/** Ids of releases that are only known, but for the last ones: an image that is not there now may come again. */
export const listForgettable = async (places: Places): Promise<string[]> =>
  (await listGone(places)).slice(0, -mostGone).map(({ id }) => id);

async function listGone(places: Places): Promise<Release[]> {
  const kept = new Set((await listReleases(places)).map(({ id }) => id));
  return (await listRecords(places)).map(({ release }) => release).filter(({ id }) => !kept.has(id));
}

/** Whether the layouts still hold every image of a release. */
async function hasImages(release: Release, layouts: Record<string, string>): Promise<boolean> {
  const there = release.components.map(async ({ image, digest }) => {
    const layout = layouts[image];
    return layout !== undefined && (await exists(join(layout, "blobs", ...digest.split(":"))));
  });
  return (await Promise.all(there)).every(Boolean);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
