import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles a TypeScript module of this repository to plain JavaScript, as the product is, and gives its path:
 * a loader that compiles on the fly would add its own cost to each function.
 */
export async function bundle(source: string, directory: string): Promise<string> {
  const outfile = join(directory, `${basename(source, ".ts")}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, source)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: {
      js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
    },
    logLevel: "error",
  });
  return outfile;
}
