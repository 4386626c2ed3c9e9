import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, ok, type Result } from "../result.ts";

export type WriteOptions = {
  /** Permission bits, 0o644 by default. */
  mode?: number;
  /** Survives a power cut; false for what can be made again. True by default. */
  durable?: boolean;
};

/** Writes the whole file or leaves it as it was: temporary sibling, fsync, rename. Makes the directory. */
export async function writeFileAtomic(path: string, data: string | Uint8Array, options: WriteOptions = {}) {
  const { mode = 0o644, durable = true } = options;
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  // Nothing is waited for but a disk: without a sync, a thread's round trips would cost more than the writing.
  if (!durable) return writeAtOnce(path, directory, temporary, data, mode);
  await mkdir(directory, { recursive: true });
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

function writeAtOnce(
  path: string,
  directory: string,
  temporary: string,
  data: string | Uint8Array,
  mode: number,
): void {
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(temporary, data, { flag: "wx", mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes renames inside the directory durable; where a system cannot sync directories, it is left. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => null);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}

/** A check of parsed JSON: the value, or in one sentence what is wrong with it. */
export type JsonCheck<T> = (json: unknown) => Result<T, string>;

/**
 * Reads a JSON file; null where there is none. `file-corrupt` where it is unreadable, no JSON, or `check` says
 * no; `what` names the kind of file, `remedy` what to do then.
 */
export async function readJsonFile<T>(
  path: string,
  check: JsonCheck<T>,
  words: { what: string; remedy: string } = { what: "file", remedy: `remove ${path} or restore it` },
): Promise<Result<T | null>> {
  const corrupt = (reason: string) => fail({ kind: "file-corrupt" as const, file: path, ...words, reason });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return ok(null);
    return corrupt(error instanceof Error ? error.message : String(error));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return corrupt(text.trim() === "" ? "it is empty" : "it is not valid JSON");
  }
  const checked = check(json);
  return checked.ok ? ok(checked.value) : corrupt(checked.failure);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** Removes a file or a whole tree, also one with directories that forbid writing; nothing there is fine. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await openUp(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openUp(directory: string): Promise<void> {
  const entries = await chmod(directory, 0o700)
    .then(() => readdir(directory, { withFileTypes: true }))
    .catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await openUp(join(directory, entry.name));
  }
}
