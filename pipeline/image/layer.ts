import { createReadStream } from "node:fs";
import { createTarPacker, type TarHeader, type TarPackController } from "modern-tar";
import type { ArtifactEntry } from "./artifact.ts";
import { writeBlob } from "./blobs.ts";
import { type Descriptor, media } from "./media.ts";

/** A file had another length than when it was listed: somebody writes into the artifact. */
export class ArtifactChanged extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} changed while it was read`);
    this.path = path;
  }
}

/**
 * Writes one layer (image-spec, layer): an uncompressed tar of `entries`, which are sorted, below `workdir`.
 * Owner 0:0, modes 0755 and 0644, and `mtimeMs` for every entry, so that equal content has equal bytes.
 */
export async function writeLayer(
  layout: string,
  workdir: string,
  entries: ArtifactEntry[],
  mtimeMs: number,
): Promise<Descriptor> {
  const { readable, controller } = createTarPacker();
  const packing = pack(controller, workdir, entries, new Date(Math.floor(mtimeMs / 1000) * 1000)).catch(
    (error: unknown) => controller.error(error),
  );
  const written = await writeBlob(layout, media.layer, readable);
  await packing;
  return written;
}

async function pack(
  controller: TarPackController,
  workdir: string,
  entries: ArtifactEntry[],
  mtime: Date,
): Promise<void> {
  const common = { uid: 0, gid: 0, mtime };
  const directory = (name: string): TarHeader => ({
    ...common,
    name: `${name}/`,
    type: "directory",
    size: 0,
    mode: 0o755,
  });
  const above = workdir.split("/").filter((part) => part !== "");
  for (let depth = 1; depth <= above.length; depth++)
    await controller.add(directory(above.slice(0, depth).join("/"))).close();
  for (const entry of entries) {
    const name = [...above, entry.path].join("/");
    if (entry.kind === "directory") {
      await controller.add(directory(name)).close();
    } else if (entry.kind === "symlink") {
      const header: TarHeader = {
        ...common,
        name,
        type: "symlink",
        size: 0,
        mode: 0o777,
        linkname: entry.target,
      };
      await controller.add(header).close();
    } else {
      const mode = entry.executable ? 0o755 : 0o644;
      await packFile(controller.add({ ...common, name, type: "file", size: entry.size, mode }), entry);
    }
  }
  controller.finalize();
}

async function packFile(
  body: WritableStream<Uint8Array>,
  entry: Extract<ArtifactEntry, { kind: "file" }>,
): Promise<void> {
  const writer = body.getWriter();
  let left = entry.size;
  for await (const chunk of createReadStream(entry.source, { highWaterMark: 256 * 1024 })) {
    left -= chunk.length;
    if (left < 0) throw new ArtifactChanged(entry.path);
    await writer.write(chunk);
  }
  if (left !== 0) throw new ArtifactChanged(entry.path);
  await writer.close();
}
