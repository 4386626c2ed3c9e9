import { randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../../io/files.ts";
import { hashFile, statsOf } from "./content.ts";
import { type Entry, packEntry, unpackEntry } from "./entry.ts";

/** Entries by key and files by digest, in one directory that several runs may use at once. */
export interface Store {
  /** Null where there is none; a damaged one is dropped. */
  entry(key: string): Promise<Entry | null>;
  saveEntry(entry: Entry): Promise<void>;
  dropEntry(key: string): Promise<void>;
  /** Keeps a copy of a file; false when it no longer has that digest. */
  saveObject(file: string, digest: string): Promise<boolean>;
  /** Copies an object out; false when it is missing or damaged, and then dropped. */
  copyObject(digest: string, file: string): Promise<boolean>;
}

export function openStore(directory: string): Store {
  const entryFile = (key: string) => join(directory, "entries", key.slice(0, 2), `${key}.json`);
  const objectFile = (digest: string) => join(directory, "objects", digest.slice(0, 2), digest);

  return {
    async entry(key) {
      const text = await readFile(entryFile(key), "utf8").catch(() => null);
      if (text === null) return null;
      const entry = unpackEntry(text, key);
      if (!entry) await rm(entryFile(key), { force: true });
      return entry;
    },
    async saveEntry(entry) {
      await writeFileAtomic(entryFile(entry.key), packEntry(entry), { durable: false });
    },
    async dropEntry(key) {
      await rm(entryFile(key), { force: true });
    },
    async saveObject(file, digest) {
      const object = objectFile(digest);
      if (existsSync(object)) return true;
      const staged = `${object}.${randomBytes(6).toString("hex")}.tmp`;
      await mkdir(dirname(object), { recursive: true });
      try {
        // A copy, not a link: an edit of the output may not reach the cache.
        await copyFile(file, staged, constants.COPYFILE_FICLONE);
        if ((await digestAt(staged)) !== digest) return false;
        await chmod(staged, 0o444);
        await rename(staged, object);
        return true;
      } finally {
        await rm(staged, { force: true });
      }
    },
    async copyObject(digest, file) {
      const object = objectFile(digest);
      try {
        await copyFile(object, file, constants.COPYFILE_FICLONE);
      } catch {
        return false;
      }
      if ((await digestAt(file)) === digest) return true;
      await rm(object, { force: true });
      return false;
    },
  };
}

async function digestAt(file: string): Promise<string | null> {
  const stats = statsOf(file);
  return stats ? hashFile(file, stats) : null;
}
