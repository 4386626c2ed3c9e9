import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readFileSync, readlinkSync, readSync, type Stats } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../canonical.ts";
import { type Clock, turn } from "../../../io/clock.ts";
import type { FileIndex } from "./file-index.ts";

/** What is at a path: a file by digest and permission bits, a link by its target; null: nothing that counts. */
export type Content =
  | { kind: "file"; mode: number; digest: string; size: number }
  | { kind: "link"; target: string }
  | { kind: "directory"; mode: number };

export interface Contents {
  /** Sockets, pipes and devices do not count and are never opened. */
  read(path: string): Promise<Content | null>;
  /** The same without waiting; undefined where a file would have to be read. */
  peek(path: string): Content | null | undefined;
}

/** Files up to this size in bytes are read in one go. */
export const smallFile = 1024 * 1024;

/** Bytes hashed before other work of this process gets its turn. */
const breath = 16 * 1024 * 1024;

/** Reads what is below `root`; the index spares the reading of what is known. */
export function createContents(root: string, index: FileIndex, clock: Pick<Clock, "now">): Contents {
  let hashed = 0;
  const asFile = (stats: Stats, digest: string): Content => ({
    kind: "file",
    mode: stats.mode & 0o777,
    digest,
    size: stats.size,
  });

  const peekAt = (path: string): Content | null | { unread: Stats } => {
    const file = `${root}/${path}`;
    const stats = statsOf(file);
    if (!stats) return null;
    if (stats.isSymbolicLink()) return { kind: "link", target: readlinkSync(file) };
    if (stats.isDirectory()) return { kind: "directory", mode: stats.mode & 0o777 };
    if (!stats.isFile()) return null;
    const known = index.find(path, stats);
    return known === null ? { unread: stats } : asFile(stats, known);
  };

  return {
    peek(path) {
      const found = peekAt(path);
      return found !== null && "unread" in found ? undefined : found;
    },
    async read(path) {
      const found = peekAt(path);
      if (found === null || !("unread" in found)) return found;
      const stats = found.unread;
      const digest = await hashFile(join(root, path), stats);
      index.remember(path, stats, digest, clock.now());
      hashed += stats.size;
      if (hashed > breath) {
        hashed = 0;
        await turn();
      }
      return asFile(stats, digest);
    },
  };
}

/** sha256 (hex) of a file's bytes. */
export async function hashFile(file: string, stats: Pick<Stats, "size">): Promise<string> {
  if (stats.size <= smallFile) return sha256(readFileSync(file));
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(smallFile);
  const handle = openSync(file, "r");
  try {
    for (let sum = 0; ; ) {
      const length = readSync(handle, piece, 0, piece.length, null);
      if (length === 0) break;
      hash.update(piece.subarray(0, length));
      sum += length;
      if (sum % breath === 0) await turn();
    }
  } finally {
    closeSync(handle);
  }
  return hash.digest("hex");
}

/** Null for what is not there, or is behind a file or a loop of links. */
export function statsOf(file: string): Stats | null {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
