import { joinLines } from "../../io/lines.ts";
import { findProgram } from "../../io/program.ts";
import { definedOnly } from "../../io/variables.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Desk } from "../desk.ts";

/** Time limit of one scanner in ms. */
const scannerMs = 5 * 60_000;

/** What a program printed on its standard output, and the last words of its other one. */
export type Printed = { text: string; exitCode: number | null; lastWords: string };

/** Whether a program is on PATH. */
export const isThere = (desk: Desk, program: string): boolean =>
  findProgram(program, desk.variables.PATH ?? "") !== null;

/**
 * Runs a scanner and takes what it prints, whatever its exit code is; a failure is one sentence. Lines that somebody
 * takes as they come are not kept.
 */
export async function printed(
  desk: Desk,
  argv: string[],
  directory: string,
  take?: (line: string) => void,
): Promise<Result<Printed, string>> {
  const out: string[] = [];
  const err: string[] = [];
  const keep = take ?? ((line: string) => void out.push(line));
  const ended = await desk.processes.run(
    {
      argv,
      directory,
      environment: definedOnly(desk.variables),
      output: (stream, line) => (stream === "out" ? keep(line) : void err.push(line)),
    },
    { timeoutMs: scannerMs, graceMs: 2_000, signal: desk.interruption.signal },
  );
  if (!ended.ok) return ended;
  if (ended.value.timedOut) return fail(`it did not end within ${scannerMs / 60_000} minutes`);
  const lastWords = err.filter((line) => line.trim() !== "").at(-1) ?? "";
  return ok({ text: joinLines(out), exitCode: ended.value.exitCode, lastWords: lastWords.slice(0, 300) });
}
