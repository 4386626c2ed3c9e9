import { copyFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** A home of the program as it is now: `dist/` built from the sources, beside links to the rest. */
    home: string;
  }
}

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the program once for all tests that start it, so that none depends on a `dist/` of yesterday. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), "bellwether-home-"));
  const config = join(repository, "tsdown.config.ts");
  await build({ config, cwd: repository, outDir: join(home, "dist"), logLevel: "error" });
  for (const name of ["node_modules", "examples", "schema"])
    await symlink(join(repository, name), join(home, name));
  await copyFile(join(repository, "package.json"), join(home, "package.json"));
  provide("home", home);
  return () => rm(home, { recursive: true, force: true });
}
