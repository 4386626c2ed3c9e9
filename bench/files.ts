import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Paths of the files of this name below a directory. */
export async function glob(directory: string, name: string): Promise<string[]> {
  const found = await readdir(directory, { withFileTypes: true, recursive: true });
  return found.filter((entry) => entry.name === name).map((entry) => join(entry.parentPath, entry.name));
}
