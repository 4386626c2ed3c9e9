import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Children, Command } from "./children.ts";
import type { Bench } from "./figure.ts";
import type { Side } from "./measure.ts";
import { commitAll } from "./repository.ts";

const size = 50;
const numbers = Array.from({ length: size }, (_, index) => index + 1);

/** `ran` is how a run shows, to any tool, that the step was executed and not taken from a cache. */
const command = (n: number): string => `cp in/${n}.txt out/${n}.txt && echo ${n} >> ran`;

/** The same graph for both tools: 50 steps, each with one input and one output, that do not need each other. */
export type Graph = {
  readonly directory: string;
  /** Forgets all outputs and all state of the tools. */
  makeCold(): Promise<void>;
  /** Throws unless all outputs are there and exactly so many steps were executed since the last check. */
  check(executed: number): Promise<void>;
};

/** Writes the graph as bellwether.yaml and as wireit's package.json, in a git repository of its own. */
export async function createGraph(children: Children, directory: string): Promise<Graph> {
  await mkdir(join(directory, "in"), { recursive: true });
  for (const n of numbers) await writeFile(join(directory, "in", `${n}.txt`), `input ${n}\n`);
  await writeFile(join(directory, "bellwether.yaml"), bellwetherYaml());
  await writeFile(join(directory, "package.json"), wireitPackage());
  await writeFile(join(directory, ".gitignore"), "node_modules/\n.bellwether/\n.wireit/\nout/\nran\n");
  const bin = join(directory, "node_modules", ".bin");
  await mkdir(bin, { recursive: true });
  await symlink(wireit, join(bin, "wireit"));
  await commitAll(children, directory);

  const path = (name: string): string => join(directory, name);
  const makeCold = async (): Promise<void> => {
    for (const name of [".bellwether", ".wireit", "out", "ran"])
      await rm(path(name), { recursive: true, force: true });
    await mkdir(path("out"));
    await writeFile(path("ran"), "");
  };
  await makeCold();
  return {
    directory,
    makeCold,
    check: async (executed) => {
      const ran = (await readFile(path("ran"), "utf8")).split("\n").length - 1;
      if (ran !== executed) throw new Error(`${directory}: ${ran} steps were executed, expected ${executed}`);
      await writeFile(path("ran"), "");
      for (const n of numbers)
        if ((await readFile(path(`out/${n}.txt`), "utf8")) !== `input ${n}\n`)
          throw new Error(`out/${n}.txt is wrong`);
    },
  };
}

const wireit = join(import.meta.dirname, "node_modules", "wireit", "bin", "wireit.js");

const bellwetherYaml = (): string =>
  [
    "app: fifty",
    "checks:",
    "  lint:",
    ...numbers.map(
      (n) => `    step-${n}: { run: "${command(n)}", inputs: [in/${n}.txt], outputs: [out/${n}.txt] }`,
    ),
    "",
  ].join("\n");

function wireitPackage(): string {
  const names = numbers.map((n) => `step-${n}`);
  const steps = numbers.map((n) => [
    `step-${n}`,
    { command: command(n), files: [`in/${n}.txt`], output: [`out/${n}.txt`] },
  ]);
  return JSON.stringify(
    {
      name: "fifty",
      private: true,
      scripts: Object.fromEntries([...names, "all"].map((name) => [name, "wireit"])),
      wireit: { ...Object.fromEntries(steps), all: { dependencies: names } },
    },
    null,
    2,
  );
}

/** A caller's CI would switch wireit's cache off and colour output: both tools get the same plain environment. */
const environment = { CI: "", WIREIT_CACHE: "local", npm_config_update_notifier: "false" };

const runLimitMs = 60_000;

/** `bellwether run lint` of the graph. */
export const ours = (bench: Bench, directory: string): Command => ({
  argv: [process.execPath, bench.program, "run", "lint", "--event", "local", "-C", directory],
  directory,
  environment,
});

/** wireit as it is meant to be used: `npm run all`. */
export const throughNpm = (directory: string): Command => ({
  argv: ["npm", "run", "all"],
  directory,
  environment,
});

/** wireit's program alone, told by the environment what npm would tell it. */
export const withoutNpm = (directory: string): Command => ({
  argv: [process.execPath, wireit],
  directory,
  environment: {
    ...environment,
    npm_lifecycle_event: "all",
    npm_package_json: join(directory, "package.json"),
    npm_config_user_agent: process.env.npm_config_user_agent ?? "npm/11.0.0",
  },
});

/** The graph run by one tool, cold or from its cache, checked after each run. */
export function side(bench: Bench, graph: Graph, tool: Command, cold: boolean): Side {
  return {
    ...(cold ? { prepare: () => graph.makeCold() } : {}),
    run: () => bench.children.time(tool, runLimitMs),
    check: () => graph.check(cold ? size : 0),
  };
}

/** Fills the tool's cache. */
export async function warm(bench: Bench, graph: Graph, tool: Command): Promise<void> {
  await bench.children.time(tool, runLimitMs);
  await graph.check(size);
}
