import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { gzipSync } from "fflate";

/**
 * Bytes of an archive that are packed by themselves. A layer is a row of gzip members (RFC 1952, 2.2), each of a
 * segment: they can be packed side by side, and what packs them is JavaScript that is pinned. So the bytes depend
 * neither on how many lanes there are nor on the zlib that this Node was built with.
 */
const segmentBytes = 512 * 1024;

/** A level about as fast as zlib's own 6 here, for a layer that is 5 % larger. */
const level = 2;

/** One gzip member. */
export const packed = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level, mtime: 0 });

/** Packs segments, several at once; `close` ends its threads. */
export type Compressor = {
  segment(bytes: Uint8Array): Promise<Uint8Array>;
  lanes: number;
  close(): Promise<void>;
};

/** Threads start with the first segment; where there is no file for one, segments are packed here. */
export function openCompressor(lanes = Math.min(4, availableParallelism())): Compressor {
  const file = workerFile();
  if (file === null)
    return { lanes: 1, segment: async (bytes) => packed(bytes), close: async () => undefined };
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
    async segment(bytes) {
      const thread = await take();
      try {
        return await thread.pack(bytes);
      } finally {
        free(thread);
      }
    },
    close: async () => {
      await Promise.all(all.map((thread) => thread.end()));
    },
  };
}

type Thread = { pack(bytes: Uint8Array): Promise<Uint8Array>; end(): Promise<unknown> };

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
        const taken = (made: Uint8Array): void => {
          settle();
          resolve(made);
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

/** A stream of bytes as the packed segments of it, in order; `see` gets the bytes before they are packed. */
export async function* compressed(
  chunks: AsyncIterable<Uint8Array>,
  compressor: Compressor,
  see: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const packing: Promise<Uint8Array>[] = [];
  const fill = (): Uint8Array => new Uint8Array(segmentBytes);
  let segment = fill();
  let filled = 0;
  let segments = 0;
  const send = (bytes: Uint8Array): void => {
    segments += 1;
    const made = compressor.segment(bytes);
    // A failure is told where its turn comes; until then nobody may think that it went unseen.
    made.catch(() => undefined);
    packing.push(made);
  };
  for await (const chunk of chunks) {
    see(chunk);
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + segmentBytes - filled);
      segment.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < segmentBytes) continue;
      send(segment);
      segment = fill();
      filled = 0;
      while (packing.length > compressor.lanes) yield await (packing.shift() as Promise<Uint8Array>);
    }
  }
  // A thread would take longer to start than this takes.
  if (segments === 0) yield packed(segment.subarray(0, filled));
  else if (filled > 0) send(segment.slice(0, filled));
  for (const made of packing) yield await made;
}
