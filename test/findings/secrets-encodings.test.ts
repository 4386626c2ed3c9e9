import { expect, test } from "vitest";
import { foundIn, made, scanOf } from "../support/made-secrets.ts";

const text = `# Settings of the trading system, as Notepad writes them\nAPI_SECRET = "${made(40, 41)}"\n`;
const little = (from: string): Uint8Array => new Uint8Array(Buffer.from(from, "utf16le"));
const big = (from: string): Uint8Array => new Uint8Array(Buffer.from(from, "utf16le").swap16());

test.each([
  ["UTF-8 with its mark", new TextEncoder().encode(`\ufeff${text}`)],
  ["UTF-16 with its mark", little(`\ufeff${text}`)],
  ["UTF-16 with its mark, the big end first", big(`\ufeff${text}`)],
  ["UTF-16", little(text)],
  ["UTF-16, the big end first", big(text)],
  ["UTF-8 with a NUL in it", new TextEncoder().encode(`\0${text}`)],
])("a secret in %s is found at its line", async (_encoding, bytes) => {
  expect(await foundIn("a.py", bytes)).toEqual([[2, "assigned-secret"]]);
});

test("what is binary does not count as looked at", async () => {
  const picture = Uint8Array.from({ length: 3_000 }, (_, at) => (at * 7) % 251);
  const { scan, findings } = await scanOf({ "a.png": picture, "a.py": "x = 1\n" });
  expect(scan).toMatchObject({ looked: 1, complete: true, reasons: [] });
  expect(findings).toEqual([]);
});
