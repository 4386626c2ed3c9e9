import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { listCheckout } from "../executors/host/cache/listing.ts";
import type { Repository } from "./repository.ts";

/** Directories that no one writes by hand. */
const made = new Set(["node_modules", ".venv", "venv", "target", "dist", "build", ".git", ".bellwether"]);

/** Files above this size in bytes are nobody's manifest. */
const largest = 4 * 1024 * 1024;

/** Reads a repository; without git, all files but those in directories that tools make. */
export async function readRepository(root: string, environment: Record<string, string>): Promise<Repository> {
  const listed = await listCheckout(root, environment);
  const files = listed.ok ? listed.value : [...walked(root, "")].sort();
  return {
    name: basename(resolve(root)),
    files,
    text(path) {
      try {
        const file = join(root, path);
        return statSync(file).size > largest ? null : readFileSync(file, "utf8");
      } catch {
        return null;
      }
    },
  };
}

function* walked(root: string, directory: string): Generator<string> {
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !made.has(entry.name)) yield* walked(root, path);
    else if (entry.isFile()) yield path;
  }
}
