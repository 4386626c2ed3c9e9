import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

/** Variable by which a process that left its group is still known as ours: its value is inherited. */
export const markVariable = "BELLWETHER_MARK";

/**
 * What a process is known by: its environment, and a limit that the kernel hands down and nobody heeds (see
 * `limited`), which stays where a process has cleared or overwritten its environment. Null: it was given none.
 */
export type Mark = { value: string; limit: number | null };

/**
 * Pids of live processes that carry the mark; none where `proc` is no proc file system. With `first` only those are
 * looked at whose pid was given after that one.
 */
export const markedProcesses = (proc: string, mark: Mark, first: number | null): number[] =>
  candidates(proc, first, lastPid(proc)).filter(carrier(proc, mark)).map(Number);

/** Pids of the processes that are there, of those from `first` to `last` where both are known. */
function candidates(proc: string, first: number | null, last: number | null): string[] {
  if (first !== null && last !== null && last >= first && last - first <= fewPids)
    return pidsBetween(first, last).filter((pid) => existsSync(join(proc, pid)));
  let names: string[];
  try {
    names = readdirSync(proc);
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name) && isSince(Number(name), first, last));
}

/** So few that asking for each is quicker than a list of all processes. */
const fewPids = 100;

const pidsBetween = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));

/** Pids are counted up and begin anew at a limit: the last one given (proc(5), loadavg) bounds what came after. */
function isSince(pid: number, first: number | null, last: number | null): boolean {
  if (first === null || last === null) return true;
  return last >= first ? pid >= first && pid <= last : pid >= first || pid <= last;
}

/**
 * Kills all that carry the mark, also those that are born meanwhile: a chain of processes that each start the next one
 * and end is never in a list. It ends once no pid was given since the last one that was looked at. Gives how many.
 */
export function killMarked(proc: string, mark: Mark, first: number | null): number {
  const carries = carrier(proc, mark);
  let killed = 0;
  const kill = (pid: string): void => {
    if (!carries(pid)) return;
    sendSignal(Number(pid), "SIGKILL");
    killed++;
  };
  let from = lastPid(proc);
  candidates(proc, first, from).forEach(kill);
  for (let turn = 0; from !== null && turn < mostTurns; turn++) {
    const now = lastPid(proc);
    if (now === null || now === from) break;
    candidates(proc, from + 1, now).forEach(kill);
    from = now;
  }
  return killed;
}

/** Somebody else may start processes without an end. */
const mostTurns = 1000;

/** Tells of a pid whether its process carries the mark. */
function carrier(proc: string, { value, limit }: Mark): (pid: string) => boolean {
  const variable = Buffer.from(`${markVariable}=${value}`);
  const line = limit === null ? null : Buffer.from(`${limitName.padEnd(26)}${limit} `);
  return (pid) =>
    holds(join(proc, pid, "environ"), variable) ||
    // Unlike an environment, limits are told of a zombie, too.
    (line !== null && holds(join(proc, pid, "limits"), line) && !isZombie(join(proc, pid, "stat")));
}

function isZombie(stat: string): boolean {
  try {
    return /\) [ZX] [^)]*$/.test(readFileSync(stat, "latin1"));
  } catch {
    return true;
  }
}

/** The pid that was given last. */
function lastPid(proc: string): number | null {
  try {
    const last = Number(readFileSync(join(proc, "loadavg"), "utf8").split(" ")[4]);
    return Number.isInteger(last) ? last : null;
  } catch {
    return null;
  }
}

/** What is looked at of a file in one go: most are smaller. One room for all, for this is asked after each command. */
const room = Buffer.alloc(16 * 1024);

/** False where the process is gone or belongs to somebody else. */
function holds(file: string, wanted: Buffer): boolean {
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

/** Name of the limit in /proc/PID/limits. Linux stopped heeding it with 2.4.25 (getrlimit(2), RLIMIT_LOCKS). */
export const limitName = "Max file locks";

/**
 * The command behind a shell that sets the limit: `-w` is dash's and busybox's name of it, `-x` bash's. Where none
 * of them can, the environment alone marks it. Variables of the shell's own making are taken back. A text for a shell
 * gets this second one, too: what stands before it in the same shell shows in messages, variables and signals.
 */
export function limited(argv: string[], limit: number, environment: Record<string, string>): string[] {
  const own = ["PWD", "OLDPWD"].filter((name) => environment[name] === undefined).join(" ");
  const set = `{ ulimit -S -w ${limit} || ulimit -S -x ${limit}; } 2>/dev/null`;
  return ["/bin/sh", "-c", `${set}; ${own === "" ? "" : `unset ${own}; `}exec "$@"`, "bellwether", ...argv];
}

/** Whether a shell hands the variables on as they are: it drops those that it could not name. */
export const isPlain = (environment: Record<string, string>): boolean =>
  Object.keys(environment).every(
    (name) => /^[A-Za-z_]\w*$/.test(name) && !/^(ENV|BASH_ENV|SHELLOPTS)$/.test(name),
  );

/** Sends a signal to a process, or with a negative number to a group; false when nobody was there to get it. */
export function sendSignal(target: number, signal: NodeJS.Signals): boolean {
  // After most commands nobody is there: the stack of an error would cost more than all else that is done then.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
