import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import type { ProcessEnd } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { systemClock } from "./clock.ts";
import { createLineSplitter } from "./lines.ts";
import {
  isPlain,
  killMarked,
  limited,
  type Mark,
  markedProcesses,
  markVariable,
  sendSignal,
} from "./mark.ts";
import type { Child, ChildSpec } from "./process.ts";
import { findProgram } from "./program.ts";

/** A child whose end can be asked without waiting. */
export type RunningChild = Child & { hasEnded(): boolean };

export type ChildHome = {
  /** Unique to this child. */
  mark: Mark;
  proc: string;
  /** Called in the same turn in which the process was made. */
  born(child: RunningChild): void;
  /** Called when it and all it started are gone. */
  gone(child: RunningChild): void;
};

/**
 * Time in ms that what a process left behind (`| tee`, a job in the background) may go on writing after the end
 * of the process itself. Without such a rest the pipes close with it and nothing is waited for.
 */
const leftoverMs = 500;

/** Time in ms for a pipe to close after everybody known was killed: only a process without our mark holds it. */
const strangerMs = 1000;

/** In this time (ms) no system gives so many pids that it comes around to the same one again. */
const onceAroundMs = 2000;

/** Starts one process, as leader of a session and group of its own. */
export async function startChild(spec: ChildSpec, home: ChildHome): Promise<Result<RunningChild, string>> {
  const [program, ...argv] = spec.argv;
  if (program === undefined || program === "") return fail("the command is empty");
  if (!isDirectory(spec.directory)) return fail(`directory ${spec.directory} does not exist`);
  try {
    return await launch(program, argv, spec, home);
  } catch (error) {
    // Arguments that no process can get, a NUL byte for example, are refused by a throw.
    return fail(`${program}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function launch(
  program: string,
  argv: string[],
  spec: ChildSpec,
  home: ChildHome,
): Promise<Result<RunningChild, string>> {
  const { limit } = home.mark;
  const [file = program, ...rest] =
    limit === null || !canBeLimited(spec)
      ? [program, ...argv]
      : limited([program, ...argv], limit, spec.environment);
  const handle = spawn(file, rest, {
    cwd: spec.directory,
    env: { ...spec.environment, [markVariable]: home.mark.value },
    detached: true,
    stdio: [spec.input === undefined && !spec.inputOpen ? "ignore" : "pipe", "pipe", "pipe"],
    ...(spec.user === undefined ? {} : { uid: spec.user, gid: spec.user }),
  });
  const startedAt = performance.now();
  const failure = new Promise<NodeJS.ErrnoException>((resolve) => handle.once("error", resolve));
  const { pid } = handle;
  if (pid === undefined) return fail(sentence(program, spec, await failure));

  const exited = new Promise<ProcessEnd>((resolve) => {
    handle.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const closed = new Promise<void>((resolve) => handle.once("close", () => resolve()));
  let over = false;
  for (const stream of ["out", "err"] as const) {
    const lines = createLineSplitter((line) => spec.output(stream, line));
    const pipe = stream === "out" ? handle.stdout : handle.stderr;
    pipe?.on("data", lines.write);
    pipe?.once("close", lines.end);
  }
  handle.stdin?.on("error", () => {});
  if (!spec.inputOpen) handle.stdin?.end(spec.input);

  let cut = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    cut = resolve;
  });
  const child: RunningChild = {
    pid,
    ended: exited.then(async (end) => {
      await within(leftoverMs, closed, stopped);
      const left = await sweep(pid, home, performance.now() - startedAt < onceAroundMs);
      await within(strangerMs, closed);
      handle.stdout?.destroy();
      handle.stderr?.destroy();
      await closed;
      over = true;
      home.gone(child);
      if (left.length === 0) return end;
      return { ...end, reason: `it left processes behind that do not end: ${left.join(", ")}` };
    }),
    hasEnded: () => over,
    send: (text) => void handle.stdin?.write(text),
    async stop(graceMs) {
      if (over) return child.ended;
      sendSignal(-pid, spec.stopSignal ?? "SIGTERM");
      if (!(await within(graceMs, exited))) sendSignal(-pid, "SIGKILL");
      cut();
      return child.ended;
    },
  };
  home.born(child);
  return ok(child);
}

/**
 * Kills the rest of the group and all that left it with our mark, until none is found (at most 20 looks); gives the
 * pids of those that are still there. What a `brief` process started can only have a pid that was given after its own.
 */
async function sweep(group: number, home: ChildHome, brief: boolean): Promise<number[]> {
  sendSignal(-group, "SIGKILL");
  const first = brief ? group : null;
  for (let look = 0; look < 20; look++) {
    if (killMarked(home.proc, home.mark, first) === 0) return [];
    await systemClock.sleep(5);
  }
  return markedProcesses(home.proc, home.mark, first);
}

/** What a shell would not find, or could not hand the variables of, is started as it is. */
const canBeLimited = ({ argv, environment, directory }: ChildSpec): boolean =>
  isPlain(environment) && findProgram(argv[0] ?? "", environment.PATH ?? "", directory) !== null;

/** Whether `event` came within `ms`; `cut` ends the wait. Each command waits here: a signal would cost it more. */
function within(ms: number, event: Promise<unknown>, cut?: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (came: boolean) => {
      clearTimeout(timer);
      resolve(came);
    };
    const timer = setTimeout(settle, ms, false);
    void event.then(() => settle(true));
    void cut?.then(() => settle(false));
  });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function sentence(program: string, spec: ChildSpec, error: NodeJS.ErrnoException): string {
  const who = spec.user === undefined ? "" : ` by user ${spec.user}`;
  if (error.code === "ENOENT") {
    return program.includes("/") ? `${program} does not exist` : `${program} was not found on PATH`;
  }
  if (error.code === "EACCES") return `${program} may not be run${who} in ${spec.directory}`;
  return `${program} could not be started: ${error.message}`;
}
