import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What tools and builds leave in an example's directory. */
const made = /(^|\/)(\.venv|\.bellwether|dist|target|reports|__pycache__|\.pytest_cache|\.coverage)(\/|$)/;

/** The files of an example as it is in the repository, by path. */
export async function exampleFiles(name: string): Promise<Record<string, string>> {
  const home = fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url));
  const all = await readdir(home, { recursive: true, withFileTypes: true });
  const paths = all
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(home.length))
    .filter((path) => !made.test(path));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(home, path), "utf8")] as const)),
  );
}
