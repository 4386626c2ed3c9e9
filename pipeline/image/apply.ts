import { chmod, link, lstat, mkdir, open, readdir, realpath, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { ParsedTarEntry } from "modern-tar";

/** An entry that would write or point outside of the tree, or that is no file, directory or link. */
export class UnsafeEntry extends Error {}

const opaque = ".wh..wh..opq";
const whiteout = ".wh.";

/**
 * Applies one layer (image-spec, layer: changesets and whiteouts) to the tree at `root`, an existing directory
 * that nobody else writes to. Nothing is written through a link that leaves the tree; owners are not restored.
 */
export async function applyLayer(root: string, entries: AsyncIterable<ParsedTarEntry>): Promise<void> {
  const top = await realpath(root);
  /** What this layer made: its whiteouts hide lower layers only. */
  const made = new Set<string>();
  const modes: [path: string, mode: number][] = [];
  for await (const entry of entries) {
    const path = await locate(top, entry.header.name);
    const name = basename(path);
    if (path === top) {
      await entry.body.cancel();
    } else if (name === opaque) {
      await entry.body.cancel();
      for (const child of await readdir(dirname(path))) await hide(join(dirname(path), child), made);
    } else if (name.startsWith(whiteout)) {
      await entry.body.cancel();
      await hide(join(dirname(path), name.slice(whiteout.length)), made);
    } else {
      await write(top, path, entry, modes);
      for (let at = path; at !== top && !made.has(at); at = dirname(at)) made.add(at);
    }
  }
  // Last, and deepest first: a directory without write permission must take its files before.
  for (const [path, mode] of modes.reverse()) {
    if ((await lstat(path).catch(() => null))?.isDirectory()) await chmod(path, mode);
  }
}

async function write(
  top: string,
  path: string,
  entry: ParsedTarEntry,
  modes: [string, number][],
): Promise<void> {
  const { header } = entry;
  const mode = (header.mode ?? 0o644) & 0o777;
  const type = header.type ?? "file";
  const there = await lstat(path).catch(() => null);
  if (there !== null && !(type === "directory" && there.isDirectory()))
    await rm(path, { recursive: true, force: true });
  if (type === "file") {
    const file = await open(path, "wx", 0o600);
    try {
      for await (const chunk of entry.body) await file.writeFile(chunk);
      await file.chmod(mode);
      const time = header.mtime ?? new Date(0);
      await file.utimes(time, time);
    } finally {
      await file.close();
    }
    return;
  }
  await entry.body.cancel();
  if (type === "directory") {
    await mkdir(path, { recursive: true, mode: 0o755 });
    modes.push([path, mode]);
  } else if (type === "symlink") {
    await symlink(inside(top, path, header.linkname ?? ""), path);
  } else if (type === "link") {
    const target = await locate(top, header.linkname ?? "");
    if (!(await lstat(target).catch(() => null))?.isFile())
      throw new UnsafeEntry(`${header.name} is a hard link to ${header.linkname}, which is no file`);
    await link(target, path);
  } else {
    throw new UnsafeEntry(`${header.name} is a ${type}`);
  }
}

/** Where an entry of the archive goes: its directory is made, and is really inside. */
async function locate(top: string, name: string): Promise<string> {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/")) throw new UnsafeEntry(`${name} is an absolute path`);
  if (parts.includes("..")) throw new UnsafeEntry(`${name} leaves the tree`);
  if (name.includes("\0")) throw new UnsafeEntry("a name holds a zero byte");
  let directory = top;
  for (const part of parts.slice(0, -1)) {
    const next = join(directory, part);
    const there = await lstat(next).catch(() => null);
    if (there === null) await mkdir(next, { mode: 0o755 });
    const real = there?.isSymbolicLink() ? await realpath(next).catch(() => null) : next;
    if (real === null || !isInside(top, real))
      throw new UnsafeEntry(`${name} goes through a link out of the tree`);
    if (there?.isFile()) throw new UnsafeEntry(`${name} lies below a file`);
    directory = real;
  }
  const last = parts.at(-1);
  return last === undefined ? top : join(directory, last);
}

/** A link's target that stays in the tree: an absolute one means the image's root, and is written relative. */
function inside(top: string, path: string, target: string): string {
  const meant = target.startsWith("/") ? join(top, target) : resolve(dirname(path), target);
  if (target === "" || !isInside(top, meant))
    throw new UnsafeEntry(`${path.slice(top.length + 1)} is a link to ${target}`);
  return target.startsWith("/") ? relative(dirname(path), meant) || "." : target;
}

const isInside = (top: string, path: string): boolean => path === top || path.startsWith(top + sep);

async function hide(path: string, made: ReadonlySet<string>): Promise<void> {
  if (!made.has(path)) {
    await rm(path, { recursive: true, force: true });
  } else if ((await lstat(path).catch(() => null))?.isDirectory()) {
    for (const child of await readdir(path)) await hide(join(path, child), made);
  }
}
