const newline = 0x0a;
const carriageReturn = 0x0d;

/** Longest line that is handed on whole, in bytes; a longer one comes in pieces. */
export const longestLine = 64 * 1024;

/** Cuts bytes into lines of UTF-8 text, wherever the chunks end; `end` hands on an unfinished last line. */
export type LineSplitter = { write(chunk: Uint8Array): void; end(): void };

/** A splitter that calls `line` with each complete line, without its end (`\n` or `\r\n`). */
export function createLineSplitter(line: (text: string) => void): LineSplitter {
  let rest: Buffer = Buffer.alloc(0);

  const emit = (bytes: Buffer) => {
    const length = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
    line(bytes.toString("utf8", 0, length));
  };

  return {
    write(chunk) {
      let bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      // What is carried over has no line end and is at most `longestLine` long: the search stays linear.
      for (;;) {
        const end = bytes.indexOf(newline);
        const cut = end >= 0 && end <= longestLine ? end : bytes.length > longestLine ? wholeText(bytes) : -1;
        if (cut < 0) break;
        emit(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut === end ? cut + 1 : cut);
      }
      rest = bytes;
    },
    end() {
      if (rest.length > 0) emit(rest);
      rest = Buffer.alloc(0);
    },
  };
}

/** The greatest length up to `longestLine` that does not cut a UTF-8 character in two. */
function wholeText(bytes: Buffer): number {
  for (let length = longestLine; length > longestLine - 4; length--) {
    if (((bytes[length] ?? 0) & 0xc0) !== 0x80) return length;
  }
  return longestLine;
}

/** The text that lines came from: pieces of a line that was too long stand together again. */
export function joinLines(lines: string[]): string {
  const ends = lines.map((line) => (isPiece(line) ? "" : "\n"));
  return lines.map((line, at) => line + ends[at]).join("");
}

/** A character has at most three bytes a unit: shorter texts need no counting. */
const isPiece = (line: string): boolean =>
  line.length * 3 > longestLine - 4 && Buffer.byteLength(line) > longestLine - 4;
