import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";

const daemonFile = z.object({ pid: z.number(), socket: z.string(), started: z.string(), tool: z.string() });

/** What a daemon tells of itself: process id, its socket, when it started (ISO 8601), its version. */
export type DaemonFile = z.infer<typeof daemonFile>;

const numberOf = (name: string): number => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0);

async function highest(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  return Math.max(0, ...names.map(numberOf));
}

async function read(directory: string, number: number): Promise<DaemonFile | null> {
  try {
    const parsed = daemonFile.safeParse(
      JSON.parse(await readFile(join(directory, `${number}.json`), "utf8")),
    );
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Whether somebody listens: the system closes a process's sockets, however it ended. */
export function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

/** The daemon that runs for an environment, or null. */
export async function findDaemon(directory: string): Promise<DaemonFile | null> {
  const found = await read(directory, await highest(directory));
  return found && (await isListening(found.socket)) ? found : null;
}

/**
 * Makes this daemon the only one of its environment; it must listen on its socket already. Daemons take numbers:
 * who finds the highest one dead makes the next, which only one can. Files below the highest are left over; the
 * highest is never removed by another, so that there is no moment at which two can take over.
 */
export async function claim(
  directory: string,
  own: DaemonFile,
): Promise<{ won: true } | { won: false; by: DaemonFile }> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${randomBytes(6).toString("hex")}.tmp`);
  await writeFile(temporary, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      const last = await highest(directory);
      const holder = await read(directory, last);
      if (holder && (await isListening(holder.socket))) return { won: false, by: holder };
      const mine = last + 1;
      const file = join(directory, `${mine}.json`);
      const made = await link(temporary, file).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false;
          throw error;
        },
      );
      if (!made) continue;
      // Somebody may have made a higher one and removed those below it since we looked.
      if ((await highest(directory)) !== mine) {
        await rm(file, { force: true });
        continue;
      }
      await sweep(directory, mine);
      return { won: true };
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

async function sweep(directory: string, below: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const number = numberOf(name);
    if (number === 0 || number >= below) continue;
    const dead = await read(directory, number);
    if (dead) await rm(dead.socket, { force: true });
    await rm(join(directory, name), { force: true });
  }
}
