import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Variable by which a process that left its group is still known as ours: its value is inherited. */
export const markVariable = "BELLWETHER_MARK";

/** Pids of live processes whose environment carries the mark; none where `proc` is no proc file system. */
export function markedProcesses(proc: string, mark: string): number[] {
  const wanted = Buffer.from(`${markVariable}=${mark}`);
  let names: string[];
  try {
    names = readdirSync(proc);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environmentOf(join(proc, name, "environ"))?.includes(wanted))
    .map(Number);
}

/** Null where the process is gone or belongs to somebody else. */
function environmentOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
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
