import type { Command } from "../../config/config.ts";
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
  let last = "";
  const ended = await processes.run(
    {
      argv: typeof command === "string" ? ["sh", "-c", command] : command,
      directory,
      environment,
      output: (_stream, line) => {
        last = line.trim() === "" ? last : line.trim();
      },
    },
    { timeoutMs, graceMs: 500, signal },
  );
  if (!ended.ok) return ill(ended.failure);
  const { exitCode, signal: by, timedOut } = ended.value;
  if (timedOut) return ill(`no end within ${timeoutMs} ms`);
  return exitCode === 0 ? well : ill(last === "" ? `it ended with ${by ?? `exit code ${exitCode}`}` : last);
}
