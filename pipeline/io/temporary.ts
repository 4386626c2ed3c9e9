import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "./files.ts";
import type { Processes } from "./process.ts";

/** A new directory below the machine's temporary one, for us alone (0700); it is gone when we end, however we end. */
export async function temporaryDirectory(processes: Processes, prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  processes.discard(directory);
  return directory;
}

/** Gives `use` such a directory, which is gone afterwards. */
export async function inTemporary<T>(
  processes: Processes,
  prefix: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await temporaryDirectory(processes, prefix);
  try {
    return await use(directory);
  } finally {
    await removeTree(directory);
  }
}
