import type { Reading } from "../../deploy/measurement.ts";
import type { SourceLook } from "../../deploy/metrics.ts";
import type { Processes } from "../../io/process.ts";

type Check = Extract<SourceLook["check"], { kind: "command" }>;

/** Where a check's command runs, and its whole environment. */
export type CommandPlace = { directory: string; environment: Record<string, string> };

/** Runs a check's command; unreadable where it could not be started, or took longer than its time limit. */
export async function readCommand(
  processes: Processes,
  check: Check,
  place: CommandPlace,
  signal: AbortSignal,
): Promise<Reading> {
  const lines: string[] = [];
  const { run, timeoutMs } = check;
  const spec = {
    argv: typeof run === "string" ? ["sh", "-c", run] : run,
    ...place,
    output(stream: "out" | "err", line: string): void {
      if (stream === "out" && line.trim() !== "") lines.push(line);
      if (lines.length > 10) lines.shift();
    },
  };
  const ended = await processes.run(spec, { timeoutMs, graceMs: 1_000, signal });
  if (!ended.ok) return { kind: "unreadable", reason: ended.failure };
  if (ended.value.timedOut) return { kind: "unreadable", reason: `no end within ${timeoutMs} ms` };
  const { exitCode, signal: by } = ended.value;
  return { kind: "command", exitCode, signal: by, value: numberIn(lines.at(-1)) };
}

/** The number that a line is, or null: words around it make it none. */
export function numberIn(line: string | undefined): number | null {
  const text = line?.trim() ?? "";
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : null;
}
