import { parentPort } from "node:worker_threads";
import type { PackedSegment } from "./compress.ts";
import { gzipMember } from "./gzip.ts";

/** The other end of a thread that packs: one segment in, one gzip member out. */
parentPort?.on("message", (bytes: Uint8Array) => {
  const packed: PackedSegment = { made: gzipMember(bytes), emptied: bytes };
  parentPort?.postMessage(packed, [packed.made.buffer as ArrayBuffer, bytes.buffer as ArrayBuffer]);
});
