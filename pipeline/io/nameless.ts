import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Open files that nobody else can find, and that are gone when they are closed; none where they cannot be made. */
export function namelessFiles(count: number): number[] {
  const files: number[] = [];
  try {
    while (files.length < count) {
      const name = join(tmpdir(), `bellwether-${randomBytes(8).toString("hex")}`);
      files.push(openSync(name, "wx+", 0o600));
      unlinkSync(name);
    }
    return files;
  } catch {
    for (const file of files) closeSync(file);
    return [];
  }
}

/** All that is in an open file, wherever it was written to last. */
export function contentOf(file: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(file).size);
  const length = readSync(file, bytes, 0, bytes.length, 0);
  return bytes.subarray(0, length);
}
