import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { turn } from "../io/clock.ts";
import { type ArtifactEntry, smallFile } from "./artifact.ts";
import { writeBlob } from "./blobs.ts";
import { type Compressor, compressed } from "./compress.ts";
import { type Elf, readElf } from "./elf.ts";
import { media } from "./media.ts";
import type { Descriptor } from "./shapes.ts";
import { type TarEntry, tarEnd, tarHeader, tarPadding } from "./tar.ts";

/** A file had another length than when it was listed: somebody writes into the artifact. */
export class ArtifactChanged extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} changed while it was read`);
    this.path = path;
  }
}

/** Where a layer's entries land, and whose they are there. */
export type LayerPlace = {
  /** Absolute path, e.g. /app. */
  workdir: string;
  /** Numbers of the user and the group. */
  owner: { uid: number; gid: number };
};

/** A layer that was written: its packed bytes, and the digest of the archive itself. */
export type WrittenLayer = { descriptor: Descriptor; diffId: string };

export type LayerTools = {
  compressor: Compressor;
  /** Called with each program of the artifact, before it is shipped; what it throws ends the writing. */
  check(path: string, elf: Elf): void;
};

/**
 * Writes one layer (image-spec, layer): a gzip-packed tar of `entries`, which are sorted, below the working
 * directory. Modes 0755 and 0644, and `mtimeMs` for every entry, so that equal content has equal bytes.
 */
export async function writeLayer(
  layout: string,
  place: LayerPlace,
  entries: ArtifactEntry[],
  mtimeMs: number,
  { compressor, check }: LayerTools,
): Promise<WrittenLayer> {
  const mtime = new Date(Math.floor(mtimeMs / 1000) * 1000);
  const hash = createHash("sha256");
  const archive = archiveOf(place, entries, mtime, check);
  const chunks = compressed(archive, compressor, (bytes) => hash.update(bytes));
  const descriptor = await writeBlob(layout, `${media.layer}+gzip`, chunks);
  return { descriptor, diffId: `sha256:${hash.digest("hex")}` };
}

/** The archive piece by piece; a piece is good until the next one is asked for. */
async function* archiveOf(
  { workdir, owner }: LayerPlace,
  entries: ArtifactEntry[],
  mtime: Date,
  check: LayerTools["check"],
): AsyncGenerator<Uint8Array> {
  const directory = (name: string, whose: LayerPlace["owner"]): TarEntry => ({
    ...whose,
    mtime,
    name: `${name}/`,
    type: "Directory",
    size: 0,
    mode: 0o755,
  });
  const above = workdir.split("/").filter((part) => part !== "");
  for (let depth = 1; depth <= above.length; depth++) {
    const whose = depth === above.length ? owner : { uid: 0, gid: 0 };
    yield tarHeader(directory(above.slice(0, depth).join("/"), whose));
  }
  const room = Buffer.allocUnsafe(smallFile);
  for (const entry of entries) {
    const name = [...above, entry.path].join("/");
    if (entry.kind === "directory") yield tarHeader(directory(name, owner));
    else if (entry.kind === "symlink")
      yield tarHeader({
        ...owner,
        mtime,
        name,
        type: "SymbolicLink",
        size: 0,
        mode: 0o777,
        linkname: entry.target,
      });
    else {
      const mode = entry.executable ? 0o755 : 0o644;
      const { size } = entry;
      yield tarHeader({ ...owner, mtime, name, type: "File", size, mode });
      yield* bodyOf(entry, room, check);
      yield tarPadding(size);
    }
  }
  yield tarEnd;
}

/** The bytes of a file, in turn in the same room: one for each of thousands of files would keep the collector busy. */
async function* bodyOf(
  { source, path, size }: Extract<ArtifactEntry, { kind: "file" }>,
  room: Buffer,
  check: LayerTools["check"],
): AsyncGenerator<Uint8Array> {
  const file = openSync(source, "r");
  try {
    let read = 0;
    for (let got = readSync(file, room); got > 0; got = readSync(file, room)) {
      const bytes = room.subarray(0, got);
      const elf = read === 0 ? readElf(bytes) : null;
      if (elf !== null) check(path, elf);
      read += got;
      if (read > size) break;
      yield bytes;
      if (got === room.length) await turn();
    }
    if (read !== size) throw new ArtifactChanged(path);
  } finally {
    closeSync(file);
  }
}
