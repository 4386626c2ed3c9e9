import { createTarDecoder } from "modern-tar";
import { expect, test } from "vitest";
import { type TarEntry, tarEnd, tarHeader, tarPadding } from "../../pipeline/image/tar.ts";

const plain: TarEntry = {
  name: "app/a",
  type: "File",
  size: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: new Date(1_700_000_000_000),
};

/** What another program's reader makes of a header. */
async function read(entry: TarEntry) {
  const bytes = new Blob([tarHeader(entry), tarEnd]).stream().pipeThrough(createTarDecoder());
  for await (const { header } of bytes) return header;
  throw new Error("nothing was read");
}

test.each<[string, Partial<TarEntry>]>([
  ["a plain file", {}],
  ["a name of 100 bytes", { name: `app/${"n".repeat(96)}` }],
  ["a name that fits with its directory apart", { name: `${"d".repeat(90)}/${"n".repeat(90)}` }],
  ["a name of one part of 255 bytes", { name: `app/${"n".repeat(255)}` }],
  ["a path of 1,000 bytes", { name: Array.from({ length: 100 }, () => "directory").join("/") }],
  ["a name that is not ASCII", { name: `app/${"é".repeat(60)}/名前` }],
  ["an owner of more than seven octal digits", { uid: 3_000_000_000, gid: 2_097_152 }],
  ["a link to a long target", { type: "SymbolicLink", mode: 0o777, linkname: "t".repeat(150) }],
])("%s is read as it was written", async (_, fields) => {
  const entry = { ...plain, ...fields };
  const { linkname, name, uid, gid, mode } = entry;
  expect(await read(entry)).toMatchObject({
    ...{ name, uid, gid, mode, mtime: entry.mtime },
    ...(linkname === undefined ? {} : { linkname }),
  });
});

test("a file of nine gigabytes says so, without being there", () => {
  const size = 9 * 2 ** 30;
  const text = Buffer.from(tarHeader({ ...plain, size })).toString("latin1");
  expect(text).toContain(` size=${size}\n`);
});

test.each([
  [0, 0],
  [1, 511],
  [511, 1],
  [512, 0],
  [513, 511],
])("a body of %i bytes is followed by %i", (size, left) => {
  expect(tarPadding(size)).toHaveLength(left);
});
