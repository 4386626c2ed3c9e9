import { readFileSync, type Stats } from "node:fs";
import { canonicalJson } from "../../../canonical.ts";
import { writeFileAtomic } from "../../../io/files.ts";

/** Digests of files that were read before, valid while size, times and inode are the same. */
export interface FileIndex {
  find(path: string, stats: Stats): string | null;
  /** `readAt` (ms since the epoch) is when the reading began. */
  remember(path: string, stats: Stats, digest: string, readAt: number): void;
  /** Writes what changed; a later run finds it. */
  save(): Promise<void>;
}

/** size, mtime, ctime, inode, digest */
type Row = [number, number, number, number, string];

type Stored = { format: 1; root: string; files: Record<string, Row> };

/**
 * Time in ms by which a file must be older than its reading to be trusted: a second write within one tick of a
 * file system's clock would leave the same times (the coarsest ones count in 2 s).
 */
const settleMs = 2000;

/** The index of the checkout at `root`; one that is missing, corrupt or another checkout's is an empty one. */
export function openFileIndex(file: string, root: string): FileIndex {
  const rows = new Map(Object.entries(load(file, root)));
  // Good for this run only: a later one reads the file again (racy-clean).
  const unsettled = new Set<string>();
  let dirty = false;
  return {
    find(path, stats) {
      const row = rows.get(path);
      if (!row) return null;
      const [size, mtime, ctime, inode, digest] = row;
      const same =
        size === stats.size && mtime === stats.mtimeMs && ctime === stats.ctimeMs && inode === stats.ino;
      return same && !unsettled.has(path) ? digest : null;
    },
    remember(path, stats, digest, readAt) {
      rows.set(path, [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino, digest]);
      if (Math.max(stats.mtimeMs, stats.ctimeMs) > readAt - settleMs) unsettled.add(path);
      else unsettled.delete(path);
      dirty = true;
    },
    async save() {
      if (!dirty) return;
      dirty = false;
      const files = Object.fromEntries([...rows].filter(([path]) => !unsettled.has(path)));
      const stored: Stored = { format: 1, root, files };
      await writeFileAtomic(file, canonicalJson(stored), { durable: false }).catch(() => {
        // An index that cannot be written costs the next run some reading, nothing else.
      });
    },
  };
}

function load(file: string, root: string): Record<string, Row> {
  try {
    const json: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isStored(json) && json.root === root ? json.files : {};
  } catch {
    return {};
  }
}

function isStored(json: unknown): json is Stored {
  if (typeof json !== "object" || json === null) return false;
  if (!("format" in json) || json.format !== 1 || !("root" in json) || !("files" in json)) return false;
  if (typeof json.files !== "object" || json.files === null) return false;
  return Object.values(json.files).every(isRow);
}

const isRow = (row: unknown): row is Row =>
  Array.isArray(row) &&
  row.length === 5 &&
  row.slice(0, 4).every((part) => typeof part === "number") &&
  /^[0-9a-f]{64}$/.test(String(row[4]));
