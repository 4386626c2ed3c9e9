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
import { basename, dirname, join, resolve, sep } from "node:path";
import { sha256 } from "../canonical.ts";
import type { Failure } from "../failure.ts";
import { turn } from "../io/clock.ts";
import { fail, ok, type Result } from "../result.ts";

/** One thing that is shipped; `path` is relative to the artifact, with `/`. */
export type ArtifactEntry =
  | { kind: "directory"; path: string }
  | { kind: "symlink"; path: string; target: string }
  | {
      kind: "file";
      path: string;
      /** Absolute path on disk. */
      source: string;
      size: number;
      executable: boolean;
      /** Set-uid or set-gid. */
      special: boolean;
    };

/** Which paths, relative to the artifact, are left out; none by default. */
export type Excluded = ((path: string) => boolean) | undefined;

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
  excluded?: Excluded,
): Promise<Result<ArtifactEntry[]>> {
  const entries: ArtifactEntry[] = [];
  const refused = await eachEntry(path, owner, excluded, (entry) => void entries.push(entry));
  if (refused) return fail(refused);
  return ok(entries.sort(byPath));
}

const byPath = (a: { path: string }, b: { path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

/** Gets an entry, and what was seen of it on disk; waited for only where there is something to wait for. */
type Take = (entry: ArtifactEntry, found: Stats) => void | Promise<void>;
type Walk = { root: string; owner: ArtifactOwner; excluded: Excluded; take: Take };

/** Goes through an artifact in no order; gives what is to be refused, or null. */
async function eachEntry(
  path: string,
  owner: ArtifactOwner,
  excluded: Excluded,
  take: Take,
): Promise<Failure | null> {
  const root = await realpath(path).catch(() => null);
  if (root === null) return { kind: "artifact-missing", component: owner.component, path };
  const top = lstatSync(root);
  return top.isDirectory()
    ? walk({ root, owner, excluded, take }, "")
    : look({ root: dirname(root), owner, excluded, take }, basename(path), root, top);
}

/** `above` is the directory's path in the artifact, with `/` at its end; empty for the artifact itself. */
async function walk(all: Walk, above: string): Promise<Failure | null> {
  const { root, owner, excluded } = all;
  // One call after the other: a thread's round trip takes longer than the answer. Others get their turn in between.
  await turn();
  for (const name of readdirSync(join(root, above))) {
    const path = above + name;
    // Not joined: to normalize what needs none, file by file, costs as much as looking at it.
    const source = root + sep + path;
    const found = lstatSync(source, { throwIfNoEntry: false }) ?? null;
    const reason = unusableName(name) ?? (found === null ? "it cannot be read" : null);
    if (reason !== null) return unsafe(owner, path, reason);
    if (found === null) continue;
    // A directory that is left out may hold what is not: `dist` and `!dist/keep`.
    if (excluded?.(path) !== true) {
      const looked = look(all, path, source, found);
      const refused = looked instanceof Promise ? await looked : looked;
      if (refused) return refused;
    }
    if (found.isDirectory()) {
      const below = await walk(all, `${path}/`);
      if (below) return below;
    }
  }
  return null;
}

/** Thousands of files: what needs no waiting is no promise. */
function look(
  { root, owner, take }: Walk,
  path: string,
  source: string,
  found: Stats,
): Failure | null | Promise<Failure | null> {
  const taken = (entry: ArtifactEntry) => take(entry, found)?.then(() => null) ?? null;
  if (found.isDirectory()) return taken({ kind: "directory", path });
  if (found.isFile()) {
    const [executable, special] = [(found.mode & 0o100) !== 0, (found.mode & 0o6000) !== 0];
    return taken({ kind: "file", path, source, size: found.size, executable, special });
  }
  if (!found.isSymbolicLink())
    return unsafe(owner, path, "it is not a file, directory or link, and cannot be in an image");
  const target = readlinkSync(source);
  return leaves(root, source, target).then((reason) =>
    reason === null ? taken({ kind: "symlink", path, target }) : unsafe(owner, path, reason),
  );
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

/** The content of a file, by its path on disk and what was seen of it: sha256, hex. */
export type ContentOf = (source: string, stats: Stats) => string | Promise<string>;

/** sha256 (hex) over paths, modes, link targets and contents: equal for artifacts that make equal layers. */
export async function artifactDigest(
  path: string,
  owner: ArtifactOwner,
  excluded?: Excluded,
  contentOf: ContentOf = contentDigest,
): Promise<Result<string>> {
  const parts: { path: string; what: string }[] = [];
  const refused = await eachEntry(path, owner, excluded, (entry, found) => {
    const add = (what: string) => void parts.push({ path: entry.path, what });
    if (entry.kind === "directory") return add("directory");
    if (entry.kind === "symlink") return add(`link ${JSON.stringify(entry.target)}`);
    const kind = entry.executable ? "program" : "file";
    const known = contentOf(entry.source, found);
    if (typeof known === "string") return add(`${kind} ${known}`);
    return known.then((content) => add(`${kind} ${content}`));
  });
  if (refused) return fail(refused);
  const lines = parts.sort(byPath).map((part) => `${JSON.stringify(part.path)} ${part.what}\n`);
  return ok(sha256(lines.join("")));
}

/** Reads the file. */
export async function contentDigest(source: string, { size }: Pick<Stats, "size">): Promise<string> {
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
