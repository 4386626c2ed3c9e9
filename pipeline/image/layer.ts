import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createTarPacker, type TarHeader, type TarPackController } from "modern-tar";
import { type ArtifactEntry, smallFile } from "./artifact.ts";
import { writeBlob } from "./blobs.ts";
import { type Compressor, compressed } from "./compress.ts";
import { type Descriptor, media } from "./media.ts";

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

/**
 * Writes one layer (image-spec, layer): a gzip-packed tar of `entries`, which are sorted, below the working
 * directory. Modes 0755 and 0644, and `mtimeMs` for every entry, so that equal content has equal bytes.
 */
export async function writeLayer(
  layout: string,
  place: LayerPlace,
  entries: ArtifactEntry[],
  mtimeMs: number,
  compressor: Compressor,
): Promise<WrittenLayer> {
  const { readable, controller } = createTarPacker();
  const mtime = new Date(Math.floor(mtimeMs / 1000) * 1000);
  const packing = pack(controller, place, entries, mtime).catch((error: unknown) => controller.error(error));
  const hash = createHash("sha256");
  const chunks = compressed(readable, compressor, (bytes) => hash.update(bytes));
  const descriptor = await writeBlob(layout, `${media.layer}+gzip`, chunks);
  await packing;
  return { descriptor, diffId: `sha256:${hash.digest("hex")}` };
}

async function pack(
  controller: TarPackController,
  { workdir, owner }: LayerPlace,
  entries: ArtifactEntry[],
  mtime: Date,
): Promise<void> {
  const directory = (name: string, whose: LayerPlace["owner"]): TarHeader => ({
    ...whose,
    mtime,
    name: `${name}/`,
    type: "directory",
    size: 0,
    mode: 0o755,
  });
  const above = workdir.split("/").filter((part) => part !== "");
  for (let depth = 1; depth <= above.length; depth++) {
    const whose = depth === above.length ? owner : { uid: 0, gid: 0 };
    await controller.add(directory(above.slice(0, depth).join("/"), whose)).close();
  }
  for (const entry of entries) {
    const common = { ...owner, mtime, name: [...above, entry.path].join("/") };
    if (entry.kind === "directory") {
      await controller.add(directory(common.name, owner)).close();
    } else if (entry.kind === "symlink") {
      const header: TarHeader = { ...common, type: "symlink", size: 0, mode: 0o777, linkname: entry.target };
      await controller.add(header).close();
    } else {
      const mode = entry.executable ? 0o755 : 0o644;
      await packFile(controller.add({ ...common, type: "file", size: entry.size, mode }), entry);
    }
  }
  controller.finalize();
}

async function packFile(
  body: WritableStream<Uint8Array>,
  entry: Extract<ArtifactEntry, { kind: "file" }>,
): Promise<void> {
  const writer = body.getWriter();
  if (entry.size <= smallFile) {
    const bytes = readFileSync(entry.source);
    if (bytes.length !== entry.size) throw new ArtifactChanged(entry.path);
    if (bytes.length > 0) await writer.write(bytes);
    return writer.close();
  }
  let left = entry.size;
  for await (const chunk of createReadStream(entry.source, { highWaterMark: 256 * 1024 })) {
    left -= chunk.length;
    if (left < 0) throw new ArtifactChanged(entry.path);
    await writer.write(chunk);
  }
  if (left !== 0) throw new ArtifactChanged(entry.path);
  await writer.close();
}
