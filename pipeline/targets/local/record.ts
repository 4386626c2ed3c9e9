import { readdir } from "node:fs/promises";
import { z } from "zod";
import type { Release } from "../../deploy/release.ts";
import { releaseCheck } from "../../deploy/release-check.ts";
import { readJsonFile, writeFileAtomic } from "../../io/files.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Places } from "./directory.ts";
import { fileMark } from "./tree.ts";

export const imagesShape = z.record(
  z.string(),
  z.object({ workdir: z.string(), environment: z.record(z.string(), z.string()) }),
);

/** Where each component's files lie: `workdir` relative to the release's directory. */
export type PlacedImages = z.infer<typeof imagesShape>;

const recordShape = z.object({
  format: z.literal(1),
  release: z.unknown(),
  /** ms since the epoch. */
  placedAt: z.number(),
  images: imagesShape,
  /** What was placed; empty once the files have been removed. */
  files: z.array(fileMark),
  /** Versions of the secrets, by name. */
  secrets: z.record(z.string(), z.string()),
});

/** What is known of a release apart from its directory: to compare it with, and to place it again without it. */
export type PlacedRecord = Omit<z.infer<typeof recordShape>, "release"> & { release: Release };

function recordCheck(json: unknown): Result<PlacedRecord, string> {
  const parsed = recordShape.safeParse(json);
  if (!parsed.success) return fail("it is not the record of a release");
  const release = releaseCheck(parsed.data.release);
  return release.ok ? ok({ ...parsed.data, release: release.value }) : release;
}

/** The record of a release, or null where there is none that can be read. */
export async function readRecord(places: Places, id: string): Promise<PlacedRecord | null> {
  const read = await readJsonFile(places.record(id), recordCheck);
  return read.ok && read.value?.release.id === id ? read.value : null;
}

export const writeRecord = (places: Places, record: PlacedRecord): Promise<void> =>
  writeFileAtomic(places.record(record.release.id), `${JSON.stringify(record)}\n`, { mode: 0o600 });

/** Every release that was ever placed and is known still, the one placed first first. */
export async function listRecords(places: Places): Promise<PlacedRecord[]> {
  const names = await readdir(places.records).catch(() => []);
  const ids = names.flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -".json".length)] : []));
  const read = await Promise.all(ids.map((id) => readRecord(places, id)));
  return read.filter((record) => record !== null).sort((a, b) => a.placedAt - b.placedAt);
}
