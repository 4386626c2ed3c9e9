import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createChildren } from "./children.ts";
import type { Figure, Findings } from "./figure.ts";
import { deadStart } from "./figures/dead-start.ts";
import { engineIdle } from "./figures/engine-idle.ts";
import { cachedFifty, cachedTurbo, coldFifty, restoreFifty, slope } from "./figures/fifty-steps.ts";
import { hostRollback } from "./figures/host-rollback.ts";
import { imageBuild } from "./figures/image-build.ts";
import { lastOldAnswer, lastOldAnswerHaproxy } from "./figures/last-old-answer.ts";
import { makespan } from "./figures/makespan.ts";
import { peakMemory } from "./figures/peak-memory.ts";
import { planStartup } from "./figures/plan-startup.ts";
import { postgresReady } from "./figures/postgres-ready.ts";
import { proxySwitches } from "./figures/proxy-switches.ts";
import { proxyThroughput } from "./figures/proxy-throughput.ts";
import { returnAfterSwitch } from "./figures/return-after-switch.ts";
import { secretScan } from "./figures/secret-scan.ts";
import { warmRollback } from "./figures/warm-rollback.ts";
import { table } from "./table.ts";

const figures: Figure[] = [
  planStartup,
  peakMemory,
  cachedFifty,
  coldFifty,
  cachedTurbo,
  restoreFifty,
  slope,
  makespan,
  postgresReady,
  secretScan,
  imageBuild,
  proxySwitches,
  proxyThroughput,
  lastOldAnswer,
  lastOldAnswerHaproxy,
  warmRollback,
  hostRollback,
  returnAfterSwitch,
  deadStart,
  engineIdle,
];

const repository = resolve(import.meta.dirname, "..");
/** Another build of the program can be named, e.g. to compare two. */
const program = resolve(process.env.BELLWETHER_PROGRAM ?? join(repository, "dist", "main.cjs"));

/** Measures the figures one after the other; gives the exit code: 0 where all bounds hold, 1, or 130. */
async function measureAll(wanted: Figure[], directory: string, signal: AbortSignal): Promise<number> {
  const found: Record<string, Findings> = {};
  for (const figure of wanted) {
    console.error(`${figure.name}: ${figure.about} …`);
    found[figure.name] = await measureOne(figure, join(directory, figure.name), signal);
    if (signal.aborted) return 130;
  }
  const rows = Object.values(found).flatMap((findings) => findings.rows);
  console.log(table(rows));
  for (const [name, { notes }] of Object.entries(found))
    for (const note of notes) console.log(`${name}: ${note}`);
  await save(found);
  return rows.every(({ pass }) => pass) ? 0 : 1;
}

/** A figure that cannot be measured has missed its bound. */
async function measureOne(figure: Figure, directory: string, signal: AbortSignal): Promise<Findings> {
  await mkdir(directory);
  const children = createChildren(directory, signal);
  try {
    return await figure.measure({ directory, children, program, repository });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const row = { figure: figure.name, measured: "nothing", bound: "a figure", pass: false };
    return { rows: [row], notes: [reason], detail: { reason } };
  } finally {
    await children.close();
  }
}

async function save(found: Record<string, Findings>): Promise<void> {
  const machine = { node: process.version, platform: `${platform()}-${arch()}`, cores: cpus().length };
  const file = join(import.meta.dirname, "results.json");
  const value = { format: 1, at: new Date().toISOString(), machine, figures: found };
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !figures.some((figure) => figure.name === name));

if (unknown.length > 0) {
  console.error(
    `unknown figure: ${unknown.join(", ")}; known: ${figures.map(({ name }) => name).join(", ")}`,
  );
  process.exitCode = 2;
} else if (!existsSync(program)) {
  console.error(`${program} is not there: build it first with \`npm run build\``);
  process.exitCode = 2;
} else {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-bench-"));
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => interruption.abort());
  const wanted = figures.filter(({ name }) => names.length === 0 || names.includes(name));
  try {
    process.exitCode = await measureAll(wanted, directory, interruption.signal);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
