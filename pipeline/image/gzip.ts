import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** What zlib as WebAssembly offers: addresses are numbers in its memory. */
type Zlib = {
  memory: { buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(address: number): void;
  deflate_new(): number;
  deflate_init_gzip(stream: number, level: number): number;
  /** The bytes written in the lowest 24 bits, zlib's code above them. */
  deflate_process(
    stream: number,
    from: number,
    length: number,
    to: number,
    room: number,
    flush: number,
  ): number;
  deflate_end(stream: number): number;
  _initialize(): void;
};

/** What this needs of the WebAssembly JavaScript interface, which Node's types only name. */
type Engine = {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** As fast as zlib's own 6 is where it is machine code, for bytes that are 6 % more. */
const level = 4;
const finish = 4;
const streamEnd = 1;

let zlib: Zlib | null = null;

/** One gzip member (RFC 1952, 2.2) without a time or a name, by a zlib whose bytes do not depend on this machine. */
export function gzipMember(bytes: Uint8Array): Uint8Array {
  zlib ??= load();
  // Bytes that cannot be packed are stored, in blocks of their own.
  const room = bytes.length + Math.ceil(bytes.length / 1_000) + 256;
  const [from, to, stream] = [zlib.malloc(bytes.length), zlib.malloc(room), zlib.deflate_new()];
  try {
    if (zlib.deflate_init_gzip(stream, level) !== 0) throw new Error("zlib did not start");
    new Uint8Array(zlib.memory.buffer).set(bytes, from);
    const result = zlib.deflate_process(stream, from, bytes.length, to, room, finish);
    if (result >>> 24 !== streamEnd) throw new Error(`zlib ended with ${result >>> 24}`);
    return new Uint8Array(zlib.memory.buffer).slice(to, to + (result & 0xffffff));
  } finally {
    zlib.deflate_end(stream);
    zlib.free(from);
    zlib.free(to);
  }
}

function load(): Zlib {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const loaded = new Instance(new Module(readFileSync(file()))).exports as Zlib;
  loaded._initialize();
  return loaded;
}

/** Beside this file once it is built, else where the package has it. */
function file(): string {
  const built = fileURLToPath(new URL("./zlib-streams.wasm", import.meta.url));
  return existsSync(built) ? built : createRequire(import.meta.url).resolve("zlib-streams/zlib-streams.wasm");
}
