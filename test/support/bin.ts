import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { inject } from "vitest";

/** How a call of the program ended. `code` is null where a signal ended it. */
export type Ended = { code: number | null; signal: string | null; stdout: string; stderr: string };

/** A call of the program that runs in a process group of its own. */
export type Running = {
  pid: number;
  /** What it has printed so far, both streams. */
  text(): string;
  /** Settles once it has printed the text; throws where it ends before. */
  printed(text: string | RegExp): Promise<void>;
  /** Signals the program alone, or with `group` everything that a terminal would. */
  kill(signal: NodeJS.Signals, group?: boolean): void;
  ended: Promise<Ended>;
};

export type BinOptions = {
  directory: string;
  /** The whole environment; nothing is inherited. */
  environment: Record<string, string>;
  /** Another file of dist/ than the command line. */
  program?: string;
  /** After this time it is killed, and the test fails by what is then missing. */
  limitMs?: number;
};

/** The variables that a user's shell has at least. */
export const shell = (): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "/",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
});

/** Starts the program that was built for these tests, as a user would from a shell. */
export function startBin(args: string[], options: BinOptions): Running {
  const program = join(inject("home"), "dist", options.program ?? "main.cjs");
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    cwd: options.directory,
    env: options.environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid ?? 0;
  const seen = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      seen[name] += text;
      for (const listener of listeners) listener();
    });
  const limit = setTimeout(() => child.kill("SIGKILL"), options.limitMs ?? 60_000);
  const text = () => seen.stdout + seen.stderr;
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, ...seen });
      for (const listener of listeners) listener();
    });
  });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  return {
    pid,
    text,
    printed: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof wanted === "string" ? text().includes(wanted) : wanted.test(text())) resolve();
          else if (over || child.exitCode !== null) reject(new Error(`ended without ${wanted}:\n${text()}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    kill: (signal, group = false) => void process.kill(group ? -pid : pid, signal),
    ended,
  };
}
