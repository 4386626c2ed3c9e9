import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Processes } from "../../io/process.ts";
import type { Report } from "../../report/report.ts";

/** Runs this program's own commands in the repository, as a user would type them. */
export type Bellwether = (args: string[]) => Promise<CommandDone>;

export type CommandDone = { exitCode: number | null; ms: number; report: Report | null };

export type BellwetherOptions = {
  processes: Processes;
  /** Path of the program's own main file. */
  program: string;
  repository: string;
  signal: AbortSignal;
  /** A line of what the command printed. */
  print(line: string): void;
};

/** No command of the life takes this long; one that does is stopped and counts as failed. */
const limitMs = 150_000;

export function bellwetherIn(options: BellwetherOptions): Bellwether {
  let runs = 0;
  return async (args) => {
    runs += 1;
    const file = join(options.repository, ".bellwether", "reports", `life-${runs}.json`);
    const done = await options.processes.run(
      {
        argv: [process.execPath, options.program, "-C", options.repository, "--report", file, ...args],
        directory: options.repository,
        environment: ownEnvironment(),
        output: (_stream, line) => options.print(line),
      },
      { timeoutMs: limitMs, graceMs: 5_000, signal: options.signal },
    );
    if (!done.ok) throw new Error(`cannot start ${options.program}: ${done.failure}`);
    const text = await readFile(file, "utf8").catch(() => null);
    const report = text === null ? null : (JSON.parse(text) as Report);
    return { exitCode: done.value.exitCode, ms: done.value.ms, report };
  };
}

/** The caller's environment without what npm puts there for its scripts, which would change what steps see. */
export const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^npm_/i.test(name) ? [] : [[name, value] as const],
    ),
  );
