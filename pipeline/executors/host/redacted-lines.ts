import { longestLine } from "../../io/lines.ts";
import type { Redactor } from "../../redact.ts";

/** Takes the lines of one stream of a process and hands them on redacted. */
export type RedactedLines = { line(text: string): void; end(): void };

/** A long line comes in pieces of nearly 64 KiB: a secret across two of them is found too. */
export function createRedactedLines(redactor: Redactor, emit: (line: string) => void): RedactedLines {
  const stream = redactor.stream();
  let open = false;
  return {
    line(text) {
      const shown = stream.write(text);
      open = Buffer.byteLength(text) > longestLine - 4;
      emit(open ? shown : shown + stream.end());
    },
    end() {
      const rest = stream.end();
      if (open && rest !== "") emit(rest);
    },
  };
}
