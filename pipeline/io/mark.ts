import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

/** Variable by which a process that left its group is still known as ours: its value is inherited. */
export const markVariable = "BELLWETHER_MARK";

/**
 * Pids of live processes whose environment carries the mark; none where `proc` is no proc file system. With
 * `first` only those are looked at whose pid was given after that one.
 */
export function markedProcesses(proc: string, mark: string, first: number | null = null): number[] {
  const wanted = Buffer.from(`${markVariable}=${mark}`);
  // One room for all: this is asked after each command, and of every process there is.
  const room = Buffer.allocUnsafe(roomSize);
  let names: string[];
  try {
    names = readdirSync(proc);
  } catch {
    return [];
  }
  const isYoung = first === null ? () => true : givenSince(proc, first);
  return names
    .filter((name) => /^\d+$/.test(name) && isYoung(Number(name)))
    .filter((name) => holds(join(proc, name, "environ"), wanted, room))
    .map(Number);
}

/** Pids are counted up and begin anew at a limit: the last one given (proc(5), loadavg) bounds what came after. */
function givenSince(proc: string, first: number): (pid: number) => boolean {
  const last = lastPid(proc);
  if (last === null) return () => true;
  return last >= first ? (pid) => pid >= first && pid <= last : (pid) => pid >= first || pid <= last;
}

function lastPid(proc: string): number | null {
  try {
    const last = Number(readFileSync(join(proc, "loadavg"), "utf8").split(" ")[4]);
    return Number.isInteger(last) ? last : null;
  } catch {
    return null;
  }
}

/** Bytes of an environment that are looked at in one go: most are smaller. */
const roomSize = 16 * 1024;

/** False where the process is gone or belongs to somebody else. */
function holds(file: string, wanted: Buffer, room: Buffer): boolean {
  let handle: number | null = null;
  try {
    handle = openSync(file, "r");
    for (let kept = 0; ; ) {
      const read = readSync(handle, room, kept, room.length - kept, null);
      if (read === 0) return false;
      const end = kept + read;
      if (room.subarray(0, end).includes(wanted)) return true;
      // It may stand across two reads.
      kept = Math.min(end, wanted.length - 1);
      room.copyWithin(0, end - kept, end);
    }
  } catch {
    return false;
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

/** Sends a signal to a process, or with a negative number to a group; false when nobody was there to get it. */
export function sendSignal(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}
