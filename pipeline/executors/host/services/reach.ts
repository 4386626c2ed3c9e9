import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { sha256 } from "../../../canonical.ts";
import { removeTree, writeFileAtomic } from "../../../io/files.ts";
import { serverOf } from "./postgres-cluster.ts";

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

/** Makes the directory and those above it. `user` may pass through it whatever our mask of modes is or was. */
export async function makeReachable(path: string, user: number | null): Promise<void> {
  const first = (await mkdir(path, { recursive: true })) ?? path;
  if (user === null || isReachable(path, user)) return;
  for (let at = resolve(path); ; at = dirname(at)) {
    await chmod(at, 0o755);
    if (at === resolve(first)) return;
  }
}

/** File in a place of the library that names the directory which it stands for. */
const ownerFile = "owner";

/**
 * Makes `directory` and gives it, or a place under `library` named by its digest where the user could not reach
 * it (a checkout below a 0700 home, for example). Places whose directory was removed go on this occasion.
 */
export async function placeFor(directory: string, user: number | null, library: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  if (user === null || isReachable(directory, user)) return directory;
  const place = placeIn(library, directory);
  for (const path of [library, place]) await makeReachable(path, user);
  await writeFileAtomic(join(place, ownerFile), resolve(directory), { durable: false });
  for (const name of await readdir(library)) await removeOrphan(join(library, name));
  return place;
}

const placeIn = (library: string, directory: string): string =>
  join(library, sha256(resolve(directory)).slice(0, 16));

/** The directory, and where the place that stands for it would be. */
export const placesOf = (directory: string, library: string): string[] => [
  directory,
  placeIn(library, directory),
];

async function removeOrphan(place: string): Promise<void> {
  const owner = await readFile(join(place, ownerFile), "utf8").catch(() => null);
  if (owner === null || existsSync(owner)) return;
  if ((await serverOf(join(place, "data"))) === null) await removeTree(place);
}

/** Whether another user may also read and run the file. */
export function isRunnable(file: string, user: number): boolean {
  if (!existsSync(file) || !isReachable(dirname(file), user)) return false;
  return (statSync(file).mode & 0o005) === 0o005;
}
