import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../io/clock.ts";
import { fail, type Result } from "../result.ts";
import { isSystemError } from "./disk.ts";

const waitMs = 15_000;
const staleMs = 10_000;
const pauseMs = 4;

/**
 * Runs `work` while this process alone holds `path`. The lock is held for milliseconds, so one whose process is
 * gone, or that is older than 10 s, is an ended run's and is taken over; state-held after 15 s of waiting.
 */
export async function withLock<T>(
  path: string,
  clock: Clock,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const mine = `${process.pid} ${randomUUID()}`;
  const deadline = clock.now() + waitMs;
  while (!(await create(path, mine))) {
    await breakStale(path, clock.now());
    if (clock.now() > deadline) {
      const held = await readFile(path, "utf8").catch(() => "");
      const since = await stat(path).catch(() => null);
      return fail({
        kind: "state-held",
        directory: dirname(path),
        pid: Number.parseInt(held, 10) || 0,
        since: new Date(since?.mtimeMs ?? clock.now()).toISOString(),
      });
    }
    await clock.sleep(pauseMs);
  }
  try {
    return await work();
  } finally {
    if ((await readFile(path, "utf8").catch(() => "")) === mine) await rm(path, { force: true });
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "EEXIST") return false;
    throw error;
  }
}

async function breakStale(path: string, now: number): Promise<void> {
  const content = await readFile(path, "utf8").catch(() => null);
  const seen = await stat(path).catch(() => null);
  if (content === null || seen === null) return;
  const pid = Number.parseInt(content, 10);
  // An empty lock is one whose owner is just writing its name: only age says that it is dead.
  const dead = Number.isInteger(pid) && !isAlive(pid);
  if (!dead && now - seen.mtimeMs < staleMs) return;
  // Renamed before it is removed: of two that see the same stale lock only one gets it.
  const aside = `${path}.${randomUUID()}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const taken = await readFile(aside, "utf8").catch(() => null);
  if (taken !== null && taken !== content) await create(path, taken);
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === "EPERM";
  }
}
