import fc from "fast-check";
import { expect, test } from "vitest";
import { createLineSplitter, longestLine } from "../../pipeline/io/lines.ts";

function split(bytes: Buffer, cuts: number[]): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    splitter.write(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  splitter.end();
  return lines;
}

test("lines are the same wherever the chunks are cut, in the middle of a character too", () => {
  const text = fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\r\n]/g, "")));
  fc.assert(
    fc.property(text, fc.array(fc.nat(200)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      expect(
        split(
          bytes,
          cuts.filter((cut) => cut <= bytes.length),
        ),
      ).toEqual(lines);
    }),
  );
});

test("carriage returns before the line end go, others stay", () => {
  expect(split(Buffer.from("a\r\nb\rc\n\n"), [])).toEqual(["a", "b\rc", ""]);
});

test("a line without end is handed on in pieces of at most 64 KiB that cut no character", () => {
  const bytes = Buffer.from("x€".repeat(50_000));
  const pieces = split(bytes, [1000, 70_000, 140_000]);
  expect(pieces.join("")).toBe(bytes.toString());
  expect(pieces.length).toBe(4);
  for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(longestLine);
});
