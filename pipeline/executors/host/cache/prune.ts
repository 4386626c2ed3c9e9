import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { unpackEntry } from "./entry.ts";

/** What the cache holds: entries, the files that they restore, and all their bytes. */
export type CacheContent = { entries: number; objects: number; bytes: number; oldestUse: number | null };

/** An entry that was used last at `usedAt` (ms since the epoch), and the digests of its files. */
type Kept = { file: string; bytes: number; usedAt: number; objects: string[] };

/** What may stay: used within `maxAgeMs` before `now`, and at most `maxBytes` in all, the last used ones first. */
export type CacheLimits = { now: number; maxAgeMs: number; maxBytes: number };

/** What the cache at a directory holds; nothing where there is none. */
export function cacheContent(directory: string): CacheContent {
  const entries = entriesAt(directory);
  const objects = filesAt(join(directory, "objects"));
  const bytes = [...entries, ...objects].reduce((sum, each) => sum + each.bytes, 0);
  const uses = entries.map(({ usedAt }) => usedAt);
  const oldestUse = uses.length === 0 ? null : Math.min(...uses);
  return { entries: entries.length, objects: objects.length, bytes, oldestUse };
}

/**
 * Removes what the limits do not allow, damaged entries, and files that no entry restores. A run at the same time
 * may miss what is removed, and does its step again; it never restores half of it.
 */
export function pruneCache(directory: string, { now, maxAgeMs, maxBytes }: CacheLimits): CacheContent {
  const sizes = new Map(
    filesAt(join(directory, "objects")).map(({ file, name, bytes }) => [name, { file, bytes }]),
  );
  const kept = new Set<string>();
  let total = 0;
  for (const entry of entriesAt(directory).sort((a, b) => b.usedAt - a.usedAt)) {
    const added = entry.objects.filter((digest) => !kept.has(digest));
    const more = entry.bytes + added.reduce((sum, digest) => sum + (sizes.get(digest)?.bytes ?? 0), 0);
    const whole = entry.objects.every((digest) => sizes.has(digest));
    if (!whole || now - entry.usedAt > maxAgeMs || total + more > maxBytes) {
      rmSync(entry.file, { force: true });
      continue;
    }
    total += more;
    for (const digest of added) kept.add(digest);
  }
  for (const [digest, { file }] of sizes) if (!kept.has(digest)) rmSync(file, { force: true });
  return cacheContent(directory);
}

function entriesAt(directory: string): Kept[] {
  return filesAt(join(directory, "entries")).flatMap(({ file, name, bytes, usedAt }) => {
    if (!name.endsWith(".json")) return [];
    const entry = unpackEntry(textOf(file), name.slice(0, -".json".length));
    if (entry === null) {
      rmSync(file, { force: true });
      return [];
    }
    const objects = Object.values(entry.outputs).flatMap((each) =>
      each.kind === "file" ? [each.digest] : [],
    );
    return [{ file, bytes, usedAt, objects: [...new Set(objects)] }];
  });
}

type Found = { file: string; name: string; bytes: number; usedAt: number };

function filesAt(directory: string): Found[] {
  let names: string[] = [];
  try {
    names = readdirSync(directory);
  } catch {
    // Nothing was cached yet.
  }
  return names.flatMap((name) => {
    const file = join(directory, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats?.isFile() ? [{ file, name, bytes: stats.size, usedAt: stats.mtimeMs }] : [];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
