import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/*
 * dist/ is all that is shipped: sources, migrations and the production dependencies that the lock names. It must
 * run on every platform, so a dependency with a compiled part is refused.
 */
const root = new URL("..", import.meta.url).pathname;
const dist = join(root, "dist");
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
for (const directory of ["src", "migrations"])
  await cp(join(root, directory), join(dist, directory), { recursive: true });
const { name, type, dependencies } = manifest;
await writeFile(
  join(dist, "package.json"),
  `${JSON.stringify({ name, private: true, type, dependencies }, null, 2)}\n`,
);

const production = Object.entries(lock.packages)
  .filter(([path, facts]) => path !== "" && !facts.dev && !facts.devOptional && !facts.link)
  .sort(([a], [b]) => (a < b ? -1 : 1));
for (const [path, facts] of production) {
  const source = join(root, path);
  const names = await readdir(source, { recursive: true }).catch(() => null);
  if (names === null && facts.optional) continue;
  if (names === null) throw new Error(`${path} is not installed: run npm ci`);
  // A nested node_modules has entries of its own in the lock.
  const isOwn = (file) => basename(file) !== "node_modules";
  const compiled = names.find((file) => file.endsWith(".node"));
  if (compiled !== undefined) throw new Error(`${path} has a compiled part, ${compiled}`);
  await cp(source, join(dist, path), { recursive: true, filter: isOwn });
}
console.log(`dist: src, migrations, ${production.length} packages`);
