import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Children, Command } from "./children.ts";
import type { Bench } from "./figure.ts";
import type { Side } from "./measure.ts";
import { commitAll } from "./repository.ts";

const usualSize = 50;

/** `ran` is how a run shows, to any tool, that the step was executed and not taken from a cache. */
const command = (n: number): string => `cp in/${n}.txt out/${n}.txt && echo ${n} >> ran`;

/** The same graph for both tools: 50 steps, each with one input and one output, that do not need each other. */
export type Graph = {
  readonly directory: string;
  /** Forgets all outputs and all state of the tools. */
  makeCold(): Promise<void>;
  /** Throws unless all outputs are there and exactly so many steps were executed since the last check. */
  check(executed: number): Promise<void>;
  /** Forgets the outputs alone: the tools' caches have them. */
  loseOutputs(): Promise<void>;
  readonly size: number;
};

/** Writes the graph as bellwether.yaml and as wireit's package.json, in a git repository of its own. */
export async function createGraph(children: Children, directory: string, size = usualSize): Promise<Graph> {
  const numbers = Array.from({ length: size }, (_, index) => index + 1);
  await mkdir(join(directory, "in"), { recursive: true });
  for (const n of numbers) await writeFile(join(directory, "in", `${n}.txt`), `input ${n}\n`);
  await writeFile(join(directory, "bellwether.yaml"), bellwetherYaml(numbers));
  await writeFile(join(directory, "package.json"), wireitPackage(numbers));
  await writeFile(join(directory, "turbo.json"), turboJson(numbers));
  await writeFile(
    join(directory, ".gitignore"),
    "node_modules/\n.bellwether/\n.wireit/\n.turbo/\nout/\nran\n",
  );
  const bin = join(directory, "node_modules", ".bin");
  await mkdir(bin, { recursive: true });
  await symlink(wireit, join(bin, "wireit"));
  await symlink(turbo, join(bin, "turbo"));
  await commitAll(children, directory);

  const path = (name: string): string => join(directory, name);
  const makeCold = async (): Promise<void> => {
    for (const name of [".bellwether", ".wireit", ".turbo", "out", "ran"])
      await rm(path(name), { recursive: true, force: true });
    await mkdir(path("out"));
    await writeFile(path("ran"), "");
  };
  await makeCold();
  const loseOutputs = async (): Promise<void> => {
    await rm(path("out"), { recursive: true, force: true });
    await mkdir(path("out"));
  };
  return {
    directory,
    size,
    makeCold,
    loseOutputs,
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

const turbo = join(import.meta.dirname, "node_modules", "turbo", "bin", "turbo");
const wireit = join(import.meta.dirname, "node_modules", "wireit", "bin", "wireit.js");

const bellwetherYaml = (numbers: number[]): string =>
  [
    "app: fifty",
    "checks:",
    "  lint:",
    ...numbers.map(
      (n) => `    step-${n}: { run: "${command(n)}", inputs: [in/${n}.txt], outputs: [out/${n}.txt] }`,
    ),
    "",
  ].join("\n");

function wireitPackage(numbers: number[]): string {
  const names = numbers.map((n) => `step-${n}`);
  const steps = numbers.map((n) => [
    `step-${n}`,
    { command: command(n), files: [`in/${n}.txt`], output: [`out/${n}.txt`] },
  ]);
  return JSON.stringify(
    {
      name: "fifty",
      private: true,
      packageManager: "npm@11.8.0",
      scripts: Object.fromEntries([
        ...[...names, "all"].map((name) => [name, "wireit"]),
        ...numbers.map((n) => [`copy-${n}`, command(n)]),
      ]),
      wireit: { ...Object.fromEntries(steps), all: { dependencies: names } },
    },
    null,
    2,
  );
}

/** The steps as turbo's tasks of a single package: it runs each by npm, so that only its cached runs are compared. */
const turboJson = (numbers: number[]): string =>
  JSON.stringify(
    {
      cacheDir: ".turbo/cache",
      tasks: Object.fromEntries(
        numbers.map((n) => [`copy-${n}`, { inputs: [`in/${n}.txt`], outputs: [`out/${n}.txt`] }]),
      ),
    },
    null,
    2,
  );

/** A caller's CI would switch wireit's cache off and colour output: both tools get the same plain environment. */
const environment = { CI: "", WIREIT_CACHE: "local", npm_config_update_notifier: "false" };

const runLimitMs = 60_000;

/** `bellwether run lint` of the graph. */
export const ours = (bench: Bench, directory: string): Command => ({
  argv: [process.execPath, bench.program, "run", "lint", "--event", "local", "-C", directory],
  directory,
  environment,
});

/** The steps of the last run there, by its report: when each began (ms since the epoch), and how long it took (ms). */
export async function stepsOf(directory: string): Promise<{ startedAt: number; ms: number }[]> {
  const text = await readFile(join(directory, ".bellwether", "reports", "last.json"), "utf8");
  const report: { stages: { steps: { startedAt: number; ms: number }[] }[] } = JSON.parse(text);
  return report.stages.flatMap(({ steps }) => steps);
}

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

/** turbo by the program that npm installs, which starts the binary. */
export const turboRun = ({ directory, size }: Graph): Command => ({
  argv: [
    process.execPath,
    turbo,
    "run",
    ...Array.from({ length: size }, (_, index) => `copy-${index + 1}`),
    "--output-logs=hash-only",
  ],
  directory,
  environment: { ...environment, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
});

export type Begin = "cold" | "cached" | "restore";

/** How a run begins: with nothing, with all outputs in place, or with the tools' caches alone. */
export function side(bench: Bench, graph: Graph, tool: Command, begin: Begin): Side {
  return {
    ...(begin === "cold" ? { prepare: () => graph.makeCold() } : {}),
    ...(begin === "restore" ? { prepare: () => graph.loseOutputs() } : {}),
    run: () => bench.children.time(tool, runLimitMs),
    check: () => graph.check(begin === "cold" ? graph.size : 0),
  };
}

/** Fills the tool's cache. */
export async function warm(bench: Bench, graph: Graph, tool: Command): Promise<void> {
  await bench.children.time(tool, runLimitMs);
  await graph.check(graph.size);
}
