import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { gzipMember } from "./gzip.ts";

/**
 * Bytes of an archive that are packed by themselves. A layer is a row of gzip members (RFC 1952, 2.2), each of a
 * segment: they can be packed side by side, and what packs them is a zlib of our own that is pinned. So the bytes
 * depend neither on how many lanes there are nor on the zlib that this Node was built with.
 */
const segmentBytes = 512 * 1024;

/** Packs segments, several at once; `close` ends its threads. */
export type Compressor = {
  /** Room for one segment; what was in it before may still be there. */
  room(): Uint8Array;
  /** Packs a segment; its room is taken back, and given to another one. */
  segment(bytes: Uint8Array): Promise<Uint8Array>;
  lanes: number;
  close(): Promise<void>;
};

/** Threads start with the first segment; where there is no file for one, segments are packed here. */
export function openCompressor(lanes = Math.min(4, availableParallelism())): Compressor {
  const file = workerFile();
  const rooms: Uint8Array[] = [];
  const room = () => rooms.pop() ?? new Uint8Array(segmentBytes);
  const takeBack = (bytes: Uint8Array): void => {
    if (bytes.length === segmentBytes) rooms.push(bytes);
  };
  if (file === null)
    return {
      lanes: 1,
      room,
      segment: async (bytes) => {
        const made = gzipMember(bytes);
        takeBack(bytes);
        return made;
      },
      close: async () => undefined,
    };
  const idle: Thread[] = [];
  const all: Thread[] = [];
  const waiting: ((thread: Thread) => void)[] = [];
  const free = (thread: Thread): void => {
    const next = waiting.shift();
    if (next) next(thread);
    else idle.push(thread);
  };
  const take = async (): Promise<Thread> => {
    const known = idle.pop();
    if (known) return known;
    if (all.length >= lanes) return new Promise((resolve) => waiting.push(resolve));
    const fresh = startThread(file);
    all.push(fresh);
    return fresh;
  };
  return {
    lanes,
    room,
    async segment(bytes) {
      const thread = await take();
      try {
        const { made, emptied } = await thread.pack(bytes);
        takeBack(emptied);
        return made;
      } finally {
        free(thread);
      }
    },
    close: async () => {
      await Promise.all(all.map((thread) => thread.end()));
    },
  };
}

/** A packed segment, and the room that it came in. */
export type PackedSegment = { made: Uint8Array; emptied: Uint8Array };

type Thread = { pack(bytes: Uint8Array): Promise<PackedSegment>; end(): Promise<unknown> };

function startThread(file: string): Thread {
  const worker = new Worker(file, {
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
  });
  return {
    pack: (bytes) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          worker.off("message", taken);
          worker.off("error", failed);
        };
        const taken = (packed: PackedSegment): void => {
          settle();
          resolve(packed);
        };
        const failed = (error: Error): void => {
          settle();
          reject(error);
        };
        worker.on("message", taken);
        worker.on("error", failed);
        worker.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
      }),
    end: () => worker.terminate(),
  };
}

/** Beside this file: built, or as it is where Node reads TypeScript. */
function workerFile(): string | null {
  const typed = "typescript" in process.features && process.features.typescript !== false;
  for (const name of ["compress-worker.cjs", ...(typed ? ["compress-worker.ts"] : [])]) {
    const file = fileURLToPath(new URL(`./${name}`, import.meta.url));
    if (existsSync(file)) return file;
  }
  return null;
}

/**
 * A stream of bytes as the packed segments of it, in order; `see` gets the bytes before they are packed. What comes is
 * copied before more is asked for.
 */
export async function* compressed(
  chunks: AsyncIterable<Uint8Array>,
  compressor: Compressor,
  see: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const packing: Promise<Uint8Array>[] = [];
  let segment = compressor.room();
  let filled = 0;
  let segments = 0;
  const send = (bytes: Uint8Array): void => {
    segments += 1;
    see(bytes);
    const made = compressor.segment(bytes);
    // A failure is told where its turn comes; until then nobody may think that it went unseen.
    made.catch(() => undefined);
    packing.push(made);
  };
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + segmentBytes - filled);
      segment.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < segmentBytes) continue;
      send(segment);
      segment = compressor.room();
      filled = 0;
      while (packing.length > compressor.lanes) yield await (packing.shift() as Promise<Uint8Array>);
    }
  }
  // A thread would take longer to start than this takes.
  if (segments === 0) {
    const only = segment.subarray(0, filled);
    see(only);
    yield gzipMember(only);
  } else if (filled > 0) send(segment.slice(0, filled));
  for (const made of packing) yield await made;
}
