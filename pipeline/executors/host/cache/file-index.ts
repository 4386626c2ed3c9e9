import { readFileSync, type Stats } from "node:fs";
import { sha256 } from "../../../canonical.ts";
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

type Stored = { format: 2; root: string; files: Record<string, Row> };

/**
 * Time in ms by which a file must be older than its reading to be trusted: a second write within one tick of a
 * file system's clock would leave the same times (the coarsest ones count in 2 s).
 */
const settleMs = 2000;

/** The index of the checkout at `root`; one that is missing, corrupt or another checkout's is an empty one. */
export function openFileIndex(file: string, root: string): FileIndex {
  const before = load(file, root);
  const fresh = new Map<string, Row>();
  // Good for this run only: a later one reads the file again (racy-clean).
  const unsettled = new Set<string>();
  let dirty = false;
  return {
    find(path, stats) {
      const row = fresh.get(path) ?? (Object.hasOwn(before, path) ? before[path] : undefined);
      if (!row) return null;
      const [size, mtime, ctime, inode, digest] = row;
      const same =
        size === stats.size && mtime === stats.mtimeMs && ctime === stats.ctimeMs && inode === stats.ino;
      return same && !unsettled.has(path) ? digest : null;
    },
    remember(path, stats, digest, readAt) {
      fresh.set(path, [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino, digest]);
      if (Math.max(stats.mtimeMs, stats.ctimeMs) > readAt - settleMs) unsettled.add(path);
      else unsettled.delete(path);
      dirty = true;
    },
    async save() {
      if (!dirty) return;
      dirty = false;
      const rows = Object.entries({ ...before, ...Object.fromEntries(fresh) });
      const files = Object.fromEntries(rows.filter(([path]) => !unsettled.has(path)));
      const body = JSON.stringify({ format: 2, root, files } satisfies Stored);
      await writeFileAtomic(file, `${sha256(body)}\n${body}`, { durable: false }).catch(() => {
        // An index that cannot be written costs the next run some reading, nothing else.
      });
    },
  };
}

/** The digest before it says that it is what `save` wrote, whole: its rows need no look one by one. */
function load(file: string, root: string): Record<string, Row> {
  try {
    const text = readFileSync(file, "utf8");
    const body = text.slice(65);
    if (sha256(body) !== text.slice(0, 64)) return {};
    const stored: Stored = JSON.parse(body);
    return stored.format === 2 && stored.root === root ? stored.files : {};
  } catch {
    return {};
  }
}
