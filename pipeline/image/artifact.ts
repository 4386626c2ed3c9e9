import { createHash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { digestOf, sha256 } from "../canonical.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Elf, elfHeaderBytes, readElf } from "./elf.ts";

/** One thing that is shipped; `path` is relative to the artifact, with `/`. */
export type ArtifactEntry =
  | { kind: "directory"; path: string }
  | { kind: "symlink"; path: string; target: string }
  | {
      kind: "file";
      path: string;
      source: string;
      size: number;
      executable: boolean;
      /** Set-uid or set-gid. */
      special: boolean;
      elf: Elf | null;
    };

/** What of an artifact is looked at. */
export type Look = {
  /** Which paths are left out; none by default. */
  excluded?: ((path: string) => boolean) | undefined;
  /** Whether files are opened, to see for which processor they are. */
  programs: boolean;
};

/** Files up to this size in bytes are read in one go. */
export const smallFile = 1024 * 1024;

/** Names the artifact in failures. */
export type ArtifactOwner = { component: string; step: string };

/**
 * Everything in an artifact (a directory, or one file), sorted by path. Refused: links that leave it or are
 * absolute, sockets, devices, pipes, and names that an image layer gives another meaning (`.wh.`).
 */
export async function listArtifact(
  path: string,
  owner: ArtifactOwner,
  look: Look = { programs: true },
): Promise<Result<ArtifactEntry[]>> {
  const root = await realpath(path).catch(() => null);
  if (root === null) return fail({ kind: "artifact-missing", component: owner.component, path });
  const entries: ArtifactEntry[] = [];
  const top = lstatSync(root);
  const refused = top.isDirectory()
    ? await walk(root, root, owner, entries, look)
    : await take(dirname(root), basename(path), root, top, owner, entries, look);
  if (refused) return fail(refused);
  return ok(entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)));
}

async function walk(
  root: string,
  directory: string,
  owner: ArtifactOwner,
  into: ArtifactEntry[],
  look: Look,
): Promise<Failure | null> {
  // One call after the other: a thread's round trip takes longer than the answer. Others get their turn in between.
  await turn();
  for (const name of readdirSync(directory)) {
    const source = join(directory, name);
    const path = relative(root, source).split(sep).join("/");
    const found = lstatSync(source, { throwIfNoEntry: false }) ?? null;
    const reason = unusableName(name) ?? (found === null ? "it cannot be read" : null);
    if (reason !== null) return unsafe(owner, path, reason);
    if (found === null) continue;
    // A directory that is left out may hold what is not: `dist` and `!dist/keep`.
    if (look.excluded?.(path) !== true) {
      const refused = await take(root, path, source, found, owner, into, look);
      if (refused) return refused;
    }
    if (found.isDirectory()) {
      const below = await walk(root, source, owner, into, look);
      if (below) return below;
    }
  }
  return null;
}

async function take(
  root: string,
  path: string,
  source: string,
  found: Stats,
  owner: ArtifactOwner,
  into: ArtifactEntry[],
  look: Look,
): Promise<Failure | null> {
  if (found.isDirectory()) {
    into.push({ kind: "directory", path });
  } else if (found.isSymbolicLink()) {
    const target = readlinkSync(source);
    const reason = await leaves(root, source, target);
    if (reason !== null) return unsafe(owner, path, reason);
    into.push({ kind: "symlink", path, target });
  } else if (found.isFile()) {
    const elf = look.programs ? readElf(head(source)) : null;
    const [executable, special] = [(found.mode & 0o100) !== 0, (found.mode & 0o6000) !== 0];
    into.push({ kind: "file", path, source, size: found.size, executable, special, elf });
  } else {
    return unsafe(owner, path, "it is not a file, directory or link, and cannot be in an image");
  }
  return null;
}

function unusableName(name: string): string | null {
  if (name.startsWith(".wh.")) return "names that begin with .wh. mean a deletion in an image layer";
  if (name.includes("\uFFFD")) return "its name is not valid UTF-8";
  return null;
}

/** Why a link is not wholly inside; both what it says and, through other links, where it really leads count. */
async function leaves(root: string, link: string, target: string): Promise<string | null> {
  if (target.startsWith("/")) return `it is a link to the absolute path ${target}`;
  if (!isInside(root, resolve(dirname(link), target)))
    return `it is a link that leaves the artifact: ${target}`;
  const real = await realpath(link).catch(() => null);
  return real === null || isInside(root, real) ? null : `it is a link that leaves the artifact: ${target}`;
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

const unsafe = (owner: ArtifactOwner, path: string, reason: string): Failure => ({
  kind: "step-unsafe-path",
  step: owner.step,
  path,
  reason,
});

function head(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(elfHeaderBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, elfHeaderBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** The content of a file by its path on disk: sha256, hex. */
export type ContentOf = (source: string, size: number) => Promise<string>;

/** sha256 (hex) over paths, modes, link targets and contents: equal for artifacts that make equal layers. */
export async function artifactDigest(
  path: string,
  owner: ArtifactOwner,
  excluded?: (path: string) => boolean,
  contentOf: ContentOf = contentDigest,
): Promise<Result<string>> {
  const listed = await listArtifact(path, owner, { excluded, programs: false });
  if (!listed.ok) return listed;
  const parts: unknown[] = [];
  for (const entry of listed.value) {
    if (entry.kind !== "file") parts.push(entry);
    else
      parts.push({
        path: entry.path,
        executable: entry.executable,
        content: await contentOf(entry.source, entry.size),
      });
  }
  return ok(digestOf(parts));
}

/** Reads the file. */
export async function contentDigest(source: string, size: number): Promise<string> {
  if (size <= smallFile) return sha256(readFileSync(source));
  const hash = createHash("sha256");
  // One room for all of it: chunk by chunk, memory would grow until somebody cleans up.
  const room = Buffer.allocUnsafe(smallFile);
  const file = openSync(source, "r");
  try {
    for (let read = readSync(file, room); read > 0; read = readSync(file, room)) {
      hash.update(room.subarray(0, read));
      await turn();
    }
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
