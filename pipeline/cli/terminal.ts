import { exitCode, type Failure } from "../failure.ts";
import { explainLines } from "../report/failure.ts";

/** Lines for a person: on stdout, or on stderr where stdout is for machines. */
export function say(json: boolean, lines: string[]): void {
  const stream = json ? process.stderr : process.stdout;
  stream.write(`${lines.join("\n")}\n`);
}

/** One JSON value on stdout. */
export const answer = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** A failure in words on stderr; gives its exit code. */
export function tellFailure(failure: Failure): number {
  process.stderr.write(`${explainLines(failure).join("\n")}\n`);
  return exitCode(failure);
}
