import { existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { sha256 } from "../../../canonical.ts";

/** Whether another user may pass through every directory on the way to `path`, itself included. */
export function isReachable(path: string, user: number): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    const stats = statSync(at, { throwIfNoEntry: false });
    if (!stats) return false;
    const bit = stats.uid === user ? 0o100 : 0o001;
    if (stats.isDirectory() && (stats.mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * Makes `directory` and gives it, or one under `library` named by its digest where the user could not reach it
 * (a checkout below a 0700 home, for example).
 */
export async function placeFor(directory: string, user: number | null, library: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  if (user === null || isReachable(directory, user)) return directory;
  const place = join(library, sha256(resolve(directory)).slice(0, 16));
  await mkdir(place, { recursive: true, mode: 0o755 });
  return place;
}

/** Whether another user may also read and run the file. */
export function isRunnable(file: string, user: number): boolean {
  if (!existsSync(file) || !isReachable(dirname(file), user)) return false;
  return (statSync(file).mode & 0o005) === 0o005;
}
