import { joinLines } from "../io/lines.ts";
import type { StepOptions } from "./executor.ts";

/** Most characters of a step's output that the judge sees: the last ones. */
const longest = 16 * 1024 * 1024;

/** Keeps the last part of a step's output while it passes through; memory stays bounded whatever a step prints. */
export function createLog({ output }: StepOptions): { output: StepOptions["output"]; text(): string } {
  let older: string[] = [];
  let newer: string[] = [];
  let size = 0;
  return {
    output(stream, line) {
      newer.push(line);
      size += line.length + 1;
      // Two halves: dropping one is cheap, and the other still holds a half of what is allowed.
      if (size > longest / 2) {
        older = newer;
        newer = [];
        size = 0;
      }
      output(stream, line);
    },
    text: () => joinLines([...older, ...newer]),
  };
}
