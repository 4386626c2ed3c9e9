import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage } from "../../pipeline/image/build.ts";
import { architectureOf, readElf } from "../../pipeline/image/elf.ts";
import { failure, request, temporaryDirectory, value, writeTree } from "./support.ts";

type Header = { machine?: number; bits?: 32 | 64; big?: boolean; type?: number; headerSize?: number };

function elf({ machine = 62, bits = 64, big = false, type = 3, headerSize }: Header = {}): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, big ? 2 : 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, type, !big);
  view.setUint16(18, machine, !big);
  view.setUint32(20, 1, !big);
  view.setUint16(bits === 64 ? 52 : 40, headerSize ?? (bits === 64 ? 64 : 52), !big);
  return bytes;
}

test.each([
  [{}, "amd64"],
  [{ machine: 183 }, "arm64"],
  [{ machine: 3, bits: 32 }, "386"],
  [{ machine: 40, bits: 32 }, "arm"],
  [{ machine: 22, big: true }, "s390x"],
  [{ machine: 62, bits: 32 }, "ELF machine 62, 32-bit, little-endian"],
  [{ machine: 8, bits: 32, big: true }, "ELF machine 8, 32-bit, big-endian"],
] satisfies [Header, string][])("the header %j says %s", (header, expected) => {
  const read = readElf(elf(header));
  expect(read && architectureOf(read)).toBe(expected);
});

test.each([
  [
    "text",
    new TextEncoder().encode("\x7fELF is a file format, and this is a text about it, long enough to look at"),
  ],
  ["a cut header", elf().slice(0, 40)],
  ["an object file", elf({ type: 1 })],
  ["a core dump", elf({ type: 4 })],
  ["a wrong header size", elf({ headerSize: 12 })],
  ["nothing", new Uint8Array()],
])("%s is data", (_name, bytes) => {
  expect(readElf(bytes)).toBeNull();
});

test("a program of the wrong architecture is refused with its file", async () => {
  const root = await temporaryDirectory();
  await writeTree(join(root, "dist"), { "lib/addon.node": elf({ machine: 183 }) });
  const built = await buildImage(request(join(root, "dist"), join(root, "layout")));
  expect(failure(built)).toEqual({
    kind: "wrong-architecture",
    file: "lib/addon.node",
    got: "arm64",
    expected: "amd64",
  });
});

test("each platform takes the artifact of its own path, and prebuilds of others may lie beside it", async () => {
  const root = await temporaryDirectory();
  await mkdir(join(root, "dist"));
  const prebuilt = { "node_modules/x/prebuilds/linux-s390x/x.node": elf({ machine: 22, big: true }) };
  await writeTree(join(root, "dist/linux-amd64"), { server: elf(), ...prebuilt });
  await writeTree(join(root, "dist/linux-arm64"), { server: elf({ machine: 183 }), ...prebuilt });
  const built = await buildImage(request(join(root, "dist/${platform}"), join(root, "layout")));
  expect(value(built).digest).toMatch(/^sha256:/);
});
