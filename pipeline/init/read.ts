import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { listCheckout } from "../executors/host/cache/listing.ts";
import type { Repository } from "./repository.ts";

/** Directories that no one writes by hand. */
const made = new Set(["node_modules", ".venv", "venv", "target", "dist", "build", ".git", ".bellwether"]);

/** Files above this size in bytes are nobody's manifest. */
const largest = 4 * 1024 * 1024;

/** Reads a repository: what git does not ignore; without git, all files but those in directories that tools make. */
export async function readRepository(root: string, environment: Record<string, string>): Promise<Repository> {
  const listed = await listCheckout(root, environment);
  const files = installedApart(listed.ok ? listed.value : [...walked(root, "")].sort());
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

/** Where an environment of Python keeps what is installed: it may have been made around a project. */
const installs = new Set(["bin", "include", "lib", "lib64", "share", "Include", "Lib", "Scripts"]);

/** Files without those of installed packages: git knows them where nobody told it to ignore them. */
function installedApart(files: string[]): string[] {
  // Python's environments may have any name, and say so by this file.
  const environments = new Set(
    files.filter((path) => basename(path) === "pyvenv.cfg").map((path) => dirname(path)),
  );
  return files.filter((path) => {
    const above = path.split("/").slice(0, -1);
    return (
      !above.includes("node_modules") &&
      !above.some(
        (name, index) => installs.has(name) && environments.has(above.slice(0, index).join("/") || "."),
      )
    );
  });
}

function* walked(root: string, directory: string): Generator<string> {
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !made.has(entry.name)) yield* walked(root, path);
    else if (entry.isFile()) yield path;
  }
}
