import type { Command } from "../../config/config.ts";
import { runForLastLine } from "../../io/last-line.ts";
import type { Processes } from "../../io/process.ts";
import { ill, type Sounding, well } from "./sounding.ts";

export type CommandPlace = {
  processes: Processes;
  directory: string;
  /** The command's whole environment. */
  environment: Record<string, string>;
};

/** Runs a command that ends with 0 while all is well; its last line says why not. */
export async function askCommand(
  command: Command,
  { processes, directory, environment }: CommandPlace,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Sounding> {
  const place = { directory, environment };
  const ended = await runForLastLine(processes, command, place, { timeoutMs, graceMs: 500, signal });
  if (!ended.ok) return ill(ended.failure);
  const { exitCode, signal: by, timedOut, last } = ended.value;
  if (timedOut) return ill(`no end within ${timeoutMs} ms`);
  return exitCode === 0 ? well : ill(last === "" ? `it ended with ${by ?? `exit code ${exitCode}`}` : last);
}
