import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Usage } from "../../deploy/inspect.ts";

/** Linux counts processor time for programs in hundredths of a second, whatever the kernel was built with. */
const msPerTick = 10;

/** Parents that are asked after; nobody nests deeper, and a table that changes while it is read may hold a circle. */
const deepest = 64;

type Seen = { pid: number; parent: number; session: number; cpuMs: number };

/**
 * Usage by component: by the pid of its first process, which leads a session. What it started counts with it, also
 * what left the session while its parents live. Empty where there is no /proc.
 */
export async function usageOf(leaders: number[], proc = "/proc"): Promise<Map<number, Usage>> {
  const found = new Map<number, Usage>();
  for (const [leader, members] of membersOf(leaders, proc)) {
    const memory = await Promise.all(members.map(({ pid }) => residentOf(pid, proc)));
    found.set(leader, {
      cpuMs: members.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0),
    });
  }
  return found;
}

/**
 * Memory (bytes) that each component holds, as far as it matters for its limit: what its processes share is counted
 * once where their sum alone would be too much. `strangers` are processes known to belong to none: they are not looked
 * at again, and those found now are added.
 */
export async function memoryOf(
  limits: Map<number, number>,
  strangers = new Set<string>(),
  proc = "/proc",
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const [leader, members] of membersOf([...limits.keys()], proc, strangers)) {
    const sum = async (read: (pid: number, proc: string) => Promise<number>) =>
      (await Promise.all(members.map(({ pid }) => read(pid, proc)))).reduce((all, bytes) => all + bytes, 0);
    const resident = await sum(residentOf);
    found.set(leader, resident > (limits.get(leader) ?? Infinity) ? await sum(proportionalOf) : resident);
  }
  return found;
}

/** Whether this system shows what a process holds. */
export const showsMemory = async (proc = "/proc"): Promise<boolean> =>
  (await residentOf(process.pid, proc)) > 0;

/** Read without waiting: one look at a process takes 10 µs so, and many times that by a thread of its own. */
function membersOf(leaders: number[], proc: string, strangers = new Set<string>()): Map<number, Seen[]> {
  const members = new Map<number, Seen[]>();
  const names = leaders.length === 0 ? [] : processesIn(proc).filter((name) => !strangers.has(name));
  const all = names.flatMap((name) => lookAt(name, proc));
  const seen = new Map(all.map((one) => [one.pid, one]));
  for (const one of all) {
    const leader = leaderOf(one, seen, leaders);
    if (leader === null) strangers.add(String(one.pid));
    else members.set(leader, [...(members.get(leader) ?? []), one]);
  }
  return members;
}

function processesIn(proc: string): string[] {
  try {
    return readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Nothing where it has ended meanwhile. */
function lookAt(pid: string, proc: string): Seen[] {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, "utf8");
    // The program's name stands in parentheses and may hold anything; fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent, session] = [Number(fields[1]), Number(fields[3])];
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * msPerTick;
    return [{ pid: Number(pid), parent, session, cpuMs }];
  } catch {
    return [];
  }
}

function leaderOf(one: Seen, seen: Map<number, Seen>, leaders: number[]): number | null {
  let at: Seen | undefined = one;
  for (let turn = 0; at && turn < deepest; turn++) {
    if (leaders.includes(at.session)) return at.session;
    at = seen.get(at.parent);
  }
  return null;
}

/** Resident memory of a process, what it shares with others included. */
async function residentOf(pid: number, proc: string): Promise<number> {
  const status = await readFile(`${proc}/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** A process's share of its memory; the whole of it where the system does not tell. */
async function proportionalOf(pid: number, proc: string): Promise<number> {
  const rollup = await readFile(`${proc}/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  return kilobytes === undefined ? residentOf(pid, proc) : Number(kilobytes) * 1024;
}
