import { exitCode, type Failure } from "../failure.ts";
import { flowing, type Line, line, painted } from "../report/console/line.ts";
import { explainLines } from "../report/failure.ts";

type Stream = NodeJS.WriteStream;

/** Columns of a terminal; a file and a pipe have room for anything. */
export const columnsOf = ({ isTTY, columns }: Stream): number =>
  isTTY === true ? columns || 80 : Number.POSITIVE_INFINITY;

/** Colours are for those who look at a terminal and have not said otherwise (https://no-color.org). */
export const hasColour = ({ isTTY }: Stream): boolean => isTTY === true && !process.env.NO_COLOR;

/** Where lines for a person go: stdout, or stderr where stdout is for machines. */
const streamOf = (json: boolean): Stream => (json ? process.stderr : process.stdout);

/** Columns that a person's lines have. */
export const width = (json: boolean): number => columnsOf(streamOf(json));

/** Lines for a person: on stdout, or on stderr where stdout is for machines. */
export const say = (json: boolean, lines: (string | Line)[]): void => write(streamOf(json), lines);

/** One JSON value on stdout. */
export const answer = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** A failure in words on stderr; gives its exit code. */
export function tellFailure(failure: Failure): number {
  const [what = "", ...rest] = explainLines(failure);
  write(process.stderr, [line(what, "red"), ...rest]);
  return exitCode(failure);
}

function write(stream: Stream, lines: (string | Line)[]): void {
  const columns = columnsOf(stream);
  const colour = hasColour(stream);
  const shown = lines
    .map((each) => (typeof each === "string" ? line(each) : each))
    .flatMap((each) => flowing(each, columns));
  stream.write(shown.map((each) => `${painted(each, colour)}\n`).join(""));
}
