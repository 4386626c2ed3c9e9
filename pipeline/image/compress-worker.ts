import { parentPort } from "node:worker_threads";
import { packed } from "./compress.ts";

/** The other end of a thread that packs: one segment in, one gzip member out. */
parentPort?.on("message", (bytes: Uint8Array) => {
  const made = packed(bytes);
  parentPort?.postMessage(made, [made.buffer as ArrayBuffer]);
});
