import { readdirSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeTree } from "../../../io/files.ts";
import { isWithin } from "../paths.ts";
import { type Content, type Contents, statsOf } from "./content.ts";
import type { Store } from "./store.ts";

/** Everything at and below the paths. */
export async function outputTree(
  root: string,
  contents: Contents,
  paths: string[],
): Promise<Record<string, Content>> {
  const tree: Record<string, Content> = {};
  const visit = async (path: string): Promise<void> => {
    const content = await contents.read(path);
    if (!content) return;
    tree[path] = content;
    if (content.kind !== "directory") return;
    for (const name of readdirSync(join(root, path)).sort()) await visit(`${path}/${name}`);
  };
  for (const path of paths) await visit(path);
  return tree;
}

/** Copies the tree's files into the store; false when one of them changed meanwhile. */
export async function saveOutputs(
  root: string,
  store: Store,
  tree: Record<string, Content>,
): Promise<boolean> {
  for (const [path, content] of Object.entries(tree)) {
    if (content.kind === "file" && !(await store.saveObject(join(root, path), content.digest))) return false;
  }
  return true;
}

/** An entry can only write where its step may write: a path that is elsewhere. */
const foreignIn = (paths: string[], tree: Record<string, Content>): string | undefined =>
  Object.keys(tree).find((path) => !paths.some((output) => isWithin(path, output)));

const differingFrom = (
  present: Record<string, Content>,
  tree: Record<string, Content>,
): [path: string, content: Content][] =>
  Object.entries(tree).filter(([path, content]) => !isSame(present[path], content));

/** The first path of the tree that is not in place and cannot be restored; null: all of it can be. Writes nothing. */
export async function lostOutput(
  root: string,
  { contents, store }: { contents: Contents; store: Store },
  paths: string[],
  tree: Record<string, Content>,
): Promise<string | null> {
  const foreign = foreignIn(paths, tree);
  if (foreign !== undefined) return foreign;
  for (const [path, content] of differingFrom(await outputTree(root, contents, paths), tree))
    if (content.kind === "file" && !(await store.hasObject(content.digest))) return path;
  return null;
}

export type Restored = "untouched" | "written" | "damaged";

/**
 * Makes the paths exactly what the tree says. Files are copied out and verified before the first one is moved
 * into place: damage leaves everything as it was.
 */
export async function restoreOutputs(
  root: string,
  where: { contents: Contents; store: Store; staging: string },
  paths: string[],
  tree: Record<string, Content>,
): Promise<Restored> {
  if (foreignIn(paths, tree) !== undefined) return "damaged";
  const present = await outputTree(root, where.contents, paths);
  const differing = differingFrom(present, tree);
  const surplus = Object.keys(present).filter((path) => !(path in tree));
  if (differing.length === 0 && surplus.length === 0) return "untouched";

  await mkdir(where.staging, { recursive: true });
  const staging = await mkdtemp(join(where.staging, "restore-"));
  try {
    const staged = new Map<string, string>();
    for (const [path, content] of differing) {
      if (content.kind !== "file") continue;
      const file = join(staging, String(staged.size));
      if (!(await where.store.copyObject(content.digest, file))) return "damaged";
      await chmod(file, content.mode);
      staged.set(path, file);
    }
    for (const path of surplus) await removeTree(join(root, path));
    for (const [path, content] of differing) await put(join(root, path), content, staged.get(path));
    // Last, and the innermost first: a directory may forbid writing.
    for (const [path, content] of differing.reverse()) {
      if (content.kind === "directory") await chmod(join(root, path), content.mode);
    }
    return "written";
  } finally {
    await removeTree(staging);
  }
}

async function put(file: string, content: Content, staged: string | undefined): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const there = statsOf(file);
  if (content.kind === "directory") {
    if (there && !there.isDirectory()) await removeTree(file);
    await mkdir(file, { recursive: true });
    await chmod(file, content.mode | 0o700);
    return;
  }
  if (there && (content.kind === "link" || there.isDirectory())) await removeTree(file);
  if (content.kind === "link") await symlink(content.target, file);
  else if (staged !== undefined) await move(staged, file);
}

/** The state directory may be on another file system than the checkout. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
    await removeTree(to);
    await copyFile(from, to);
  }
}

function isSame(present: Content | undefined, wanted: Content): boolean {
  if (present?.kind === "file" && wanted.kind === "file") {
    return present.digest === wanted.digest && present.mode === wanted.mode;
  }
  if (present?.kind === "link" && wanted.kind === "link") return present.target === wanted.target;
  return present?.kind === "directory" && wanted.kind === "directory" && present.mode === wanted.mode;
}
