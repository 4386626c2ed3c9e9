import { createHash, randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipMember } from "../../pipeline/image/gzip.ts";

const lines = (count: number): Uint8Array =>
  Buffer.from(Array.from({ length: count }, (_, i) => `export const limit${i} = ${i * 7_919};\n`).join(""));

test("the bytes of a member are these, on every machine and with every Node", () => {
  const made = gzipMember(lines(2_000));
  expect(createHash("sha256").update(made).digest("hex")).toMatchInlineSnapshot(
    `"029d92f40fdfbce309fabb2d7fd6354d09e9447f2735869518cb58c2a7770002"`,
  );
});

test.each([
  ["nothing", new Uint8Array()],
  ["one byte", Buffer.from("x")],
  ["a segment of text", lines(15_000)],
  ["a segment that cannot be packed", randomBytes(512 * 1024)],
  ["a segment of one value", Buffer.alloc(512 * 1024)],
])("%s comes back as it was", (_, bytes) => {
  expect(Buffer.from(gunzipSync(gzipMember(bytes))).equals(Buffer.from(bytes))).toBe(true);
});

test("a member is the same each time", () => {
  const bytes = lines(15_000);
  const first = gzipMember(bytes);
  for (let again = 0; again < 50; again++) expect(Buffer.compare(gzipMember(bytes), first)).toBe(0);
});
