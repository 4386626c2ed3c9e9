import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeSystem, type System } from "../../support/system.ts";
import type { RealRegistry } from "./registry.ts";

const execute = promisify(execFile);
const call = async (program: string, ...args: string[]): Promise<string> =>
  (await execute(program, args, { timeout: 120_000, maxBuffer: 1 << 26 })).stdout;

const busybox = "/bin/busybox";
const quotes = fileURLToPath(new URL("../../../examples/quotes/", import.meta.url));

/** This machine's platform, as images name it. */
export const here = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

/** A base with Node and what it links, made of this machine's own by buildah, in the registry. */
export async function pushNodeBase({ host }: RealRegistry, scratch: string): Promise<string> {
  const root = join(scratch, "node-root");
  const libraries = (await call("ldd", process.execPath)).match(/\/[^\s)]+/g) ?? [];
  for (const file of [process.execPath, ...libraries]) {
    const place = join(root, file === process.execPath ? "usr/bin/node" : file);
    await mkdir(dirname(place), { recursive: true });
    await cp(file, place, { dereference: true });
  }
  await cp(busybox, join(root, "bin", "sh"));
  const container = (await call("buildah", "from", "scratch")).trim();
  await call("buildah", "add", "--quiet", container, root, "/");
  await call("buildah", "config", "--env", "PATH=/usr/bin:/bin", container);
  const name = `${host}/base/node:20`;
  const into = ["--tls-verify=false", "--format", "oci", container, `docker://${name}`];
  await call("buildah", "commit", "--quiet", ...into);
  await call("buildah", "rm", container);
  return name;
}

/** examples/quotes as a system of its own whose image stands on that base and is published. */
export async function quotesOn({ host }: RealRegistry, base: string): Promise<System> {
  const system = await makeSystem({ files: { "bellwether.yaml": "app: unused\n" }, limitMs: 200_000 });
  await cp(quotes, system.directory, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist|\.bellwether)(\/|$)/.test(path.slice(quotes.length - 1)),
  });
  await writeFile(join(system.directory, ".gitignore"), ".bellwether/\nnode_modules/\ndist/\n");
  const scratchBase = "base: scratch # a node image where a registry is at hand";
  await system.edit("bellwether.yaml", scratchBase, `base: "${base}"\n    publish: true`);
  await system.edit("bellwether.yaml", "platforms: [linux/amd64, linux/arm64]", `platforms: [${here}]`);
  await system.edit(
    "bellwether.yaml",
    "repository: registry.example/quotes",
    `repository: ${host}/team/quotes`,
  );
  await system.commit("Quotes on a base");
  return system;
}
