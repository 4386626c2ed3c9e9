import { randomBytes } from "node:crypto";
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname } from "node:path";
import { hashFile, smallFile, statsOf } from "./content.ts";
import { type Entry, packEntry, unpackEntry } from "./entry.ts";

/** Entries by key and files by digest, in one directory that several runs may use at once. */
export interface Store {
  /** Null where there is none; a damaged one is dropped. */
  entry(key: string): Promise<Entry | null>;
  saveEntry(entry: Entry): Promise<void>;
  dropEntry(key: string): Promise<void>;
  /** Keeps a copy of a file; false when it no longer has that digest. */
  saveObject(file: string, digest: string): Promise<boolean>;
  /** Whether an object is there and whole. */
  hasObject(digest: string): Promise<boolean>;
  /** Copies an object out; false when it is missing or damaged, and then dropped. */
  copyObject(digest: string, file: string): Promise<boolean>;
}

export function openStore(directory: string): Store {
  const entryFile = (key: string) => `${directory}/entries/${key}.json`;
  const objectFile = (digest: string) => `${directory}/objects/${digest}`;

  /** One that cannot be read, or that somebody prunes meanwhile, is none. */
  const isWhole = async (digest: string): Promise<boolean> => {
    const object = objectFile(digest);
    return existsSync(object) && (await digestAt(object).catch(() => null)) === digest;
  };

  return {
    async entry(key) {
      const text = textAt(entryFile(key));
      if (text === null) return null;
      const entry = unpackEntry(text, key);
      if (!entry) rmSync(entryFile(key), { force: true });
      else touch(entryFile(key));
      return entry;
    },
    async saveEntry(entry) {
      await put(entryFile(entry.key), async (staged) => {
        writeFileSync(staged, packEntry(entry));
        return true;
      });
    },
    async dropEntry(key) {
      rmSync(entryFile(key), { force: true });
    },
    async saveObject(file, digest) {
      const object = objectFile(digest);
      // One that was damaged would be found so by the next run, which had to do the step again.
      if (await isWhole(digest)) return true;
      return put(object, async (staged) => {
        // A copy, not a link: an edit of the output may not reach the cache.
        await copy(file, staged);
        if ((await digestAt(staged)) !== digest) return false;
        chmodSync(staged, 0o444);
        return true;
      });
    },
    hasObject: isWhole,
    async copyObject(digest, file) {
      const object = objectFile(digest);
      try {
        await copy(object, file);
      } catch {
        return false;
      }
      if ((await digestAt(file)) === digest) return true;
      rmSync(object, { force: true });
      return false;
    },
  };
}

/** Writes a temporary sibling and moves it into place if `write` says so; makes the directory. */
async function put(file: string, write: (staged: string) => Promise<boolean>): Promise<boolean> {
  const staged = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  mkdirSync(dirname(file), { recursive: true });
  try {
    if (!(await write(staged))) return false;
    renameSync(staged, file);
    return true;
  } finally {
    rmSync(staged, { force: true });
  }
}

/** Notes the use, for what goes first when the cache is pruned; where that is not possible, it goes earlier. */
function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // A cache that is only readable can still be used.
  }
}

/** Small files are copied here and now: handing them to another thread costs more than the work. */
async function copy(from: string, to: string): Promise<void> {
  if ((statsOf(from)?.size ?? 0) <= smallFile) copyFileSync(from, to, constants.COPYFILE_FICLONE);
  else await copyFile(from, to, constants.COPYFILE_FICLONE);
}

function textAt(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

async function digestAt(file: string): Promise<string | null> {
  const stats = statsOf(file);
  return stats ? hashFile(file, stats) : null;
}
