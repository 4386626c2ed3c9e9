import type { Result } from "../result.ts";
import type { ChildSpec, Processes } from "./process.ts";

type Ended = Awaited<ReturnType<Processes["run"]>> extends Result<infer T, string> ? T : never;

/** Runs a command (a string by `sh -c`) to its end and keeps its last line that is not empty, "" where it said nothing. */
export async function runForLastLine(
  processes: Processes,
  command: string | string[],
  place: Pick<ChildSpec, "directory" | "environment">,
  limits: Parameters<Processes["run"]>[1],
): Promise<Result<Ended & { last: string }, string>> {
  let last = "";
  const ended = await processes.run(
    {
      ...place,
      argv: typeof command === "string" ? ["sh", "-c", command] : command,
      output: (_stream, line) => {
        last = line.trim() === "" ? last : line.trim();
      },
    },
    limits,
  );
  return ended.ok ? { ok: true, value: { ...ended.value, last } } : ended;
}
