import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../result.ts";

type Holder = { pid: number; started: string; since: string };

/** When a process began, in the kernel's ticks: with the pid it names one process for ever. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return (await startOf(holder.pid)) === holder.started;
}

function readHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== "object" || !("pid" in value) || !("since" in value)) return null;
    const started = "started" in value ? String(value.started) : "";
    return { pid: Number(value.pid), started, since: String(value.since) };
  } catch {
    return null;
  }
}

/**
 * Holds the state directory for one run: two runs in one checkout would write over each other's outputs.
 * A lock whose process has ended is taken over. Gives the function that lets go.
 */
export async function holdState(state: string, now: number): Promise<Result<() => Promise<void>>> {
  const file = join(state, "run.lock");
  const own = `${file}.${process.pid}`;
  await mkdir(state, { recursive: true });
  const holder = {
    pid: process.pid,
    started: await startOf(process.pid),
    since: new Date(now).toISOString(),
  };
  await writeFile(own, JSON.stringify(holder));
  try {
    for (;;) {
      // A link appears with its content or not at all: nobody ever reads a lock that is half written.
      if (await succeeded(link(own, file))) return ok(() => rm(file, { force: true }));
      const text = await readFile(file, "utf8").catch(() => null);
      if (text === null) continue;
      const other = readHolder(text);
      if (other !== null && (await isAlive(other)))
        return fail({ kind: "state-held", directory: state, pid: other.pid, since: other.since });
      await removeDead(file, text);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Moves the dead lock away first: where another run has replaced it in the meantime, that one is put back. */
async function removeDead(file: string, text: string): Promise<void> {
  const away = `${file}.${process.pid}.dead`;
  if (!(await succeeded(rename(file, away)))) return;
  if ((await readFile(away, "utf8").catch(() => "")) !== text) await succeeded(link(away, file));
  await rm(away, { force: true });
}

const succeeded = (work: Promise<void>): Promise<boolean> => work.then(() => true).catch(() => false);
