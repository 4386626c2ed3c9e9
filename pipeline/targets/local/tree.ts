import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sha256 } from "../../canonical.ts";
import { isMissing } from "../../io/files.ts";

/** A file as it was placed: path in the release's directory, permission bits, size in bytes, time of the last change (ms), sha256. */
export const fileMark = z.tuple([z.string(), z.number(), z.number(), z.number(), z.string()]);

export type FileMark = z.infer<typeof fileMark>;

/** A placed file that is not as it was; one that was added is not among them: programs write into their directory. */
export type ChangedFile = { path: string; expected: string; found: string };

/** Every file and link below a directory, in order of their paths; `except` are names at its top. */
export async function marksOf(directory: string, except: readonly string[]): Promise<FileMark[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const marks: FileMark[] = [];
  for (const entry of entries) {
    const whole = join(entry.parentPath, entry.name);
    const path = whole.slice(directory.length + 1);
    if (entry.isDirectory() || except.includes(path)) continue;
    const { mode, size, ctimeMs } = await lstat(whole);
    marks.push([path, mode & 0o7777, size, ctimeMs, await digestAt(whole)]);
  }
  return marks.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Compares with what was placed; content is read only where a file was touched since. */
export async function changedFiles(directory: string, marks: readonly FileMark[]): Promise<ChangedFile[]> {
  const changed: ChangedFile[] = [];
  for (const [path, mode, size, changedMs, digest] of marks) {
    const whole = join(directory, path);
    try {
      const seen = await lstat(whole);
      const now = seen.mode & 0o7777;
      if (seen.size === size && seen.ctimeMs === changedMs && now === mode) continue;
      const found = await digestAt(whole);
      if (found !== digest) changed.push({ path, expected: short(digest), found: short(found) });
      else if (now !== mode) changed.push({ path, expected: bits(mode), found: bits(now) });
    } catch (error) {
      const found = isMissing(error) ? "missing" : "not readable";
      changed.push({ path, expected: short(digest), found });
    }
  }
  return changed;
}

/** Of a link, the digest of where it points to. */
async function digestAt(path: string): Promise<string> {
  if ((await lstat(path)).isSymbolicLink()) return sha256(`link ${await readlink(path)}`);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

const short = (digest: string): string => `content ${digest.slice(0, 12)}`;
const bits = (mode: number): string => `mode ${mode.toString(8)}`;
