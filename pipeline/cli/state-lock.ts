import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "../result.ts";

type Holder = { pid: number; started: string; since: string };

/** When a process began, in the kernel's ticks: with the pid it names one process for ever. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return startOf(holder.pid) === holder.started;
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
export function holdState(state: string, now: number): Result<() => void> {
  const file = join(state, "run.lock");
  const own = `${file}.${process.pid}`;
  mkdirSync(state, { recursive: true });
  const holder = {
    pid: process.pid,
    started: startOf(process.pid),
    since: new Date(now).toISOString(),
  };
  writeFileSync(own, JSON.stringify(holder));
  try {
    for (;;) {
      // A link appears with its content or not at all: nobody ever reads a lock that is half written.
      if (linked(own, file)) return ok(() => removed(file));
      const text = textOf(file);
      // It may be gone since; what is no file that we can read would be tried for ever.
      if (text === null && lstatSync(file, { throwIfNoEntry: false }) === undefined) continue;
      if (text === null)
        return fail({
          kind: "file-corrupt",
          file,
          what: "lock",
          reason: "it is no file that can be read",
          remedy: `Remove ${file} once no run is under way here, and run it again.`,
        });
      const other = readHolder(text);
      if (other !== null && isAlive(other))
        return fail({ kind: "state-held", directory: state, pid: other.pid, since: other.since });
      removeDead(file, text);
    }
  } finally {
    removed(own);
  }
}

/** Moves the dead lock away first: where another run has replaced it in the meantime, that one is put back. */
function removeDead(file: string, text: string): void {
  const away = `${file}.${process.pid}.dead`;
  if (!succeeded(() => renameSync(file, away))) return;
  if (textOf(away) !== text) succeeded(() => linkSync(away, file));
  removed(away);
}

/** False where the file is there already; another reason is thrown, or we would try for ever. */
function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function succeeded(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Node's `rmSync` loads what removes trees first, which takes longer than a cached step. */
const removed = (file: string): void => void succeeded(() => unlinkSync(file));

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
