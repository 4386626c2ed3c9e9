import { chmod, mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../io/clock.ts";
import { removeTree, writeFileAtomic } from "../../io/files.ts";
import { createProcesses } from "../../io/processes.ts";
import type { LocalDeployment } from "../../targets/local/client.ts";
import { ensureDaemon } from "../../targets/local/launch.ts";
import { watchInterruption } from "../interrupt.ts";
import { outliveReaders } from "../outlive-readers.ts";
import { daemonLaunch } from "../reach/local.ts";
import { tellFailure } from "../terminal.ts";
import { watchAncestors } from "./ancestors.ts";
import { bellwetherIn, ownEnvironment } from "./command.ts";
import { acts, live } from "./life.ts";
import { makeRepository, type Repository } from "./repository.ts";
import { startReport, summaryLines } from "./summary.ts";
import type { Traffic } from "./traffic.ts";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(home, "dist", "main.cjs");
const environments = ["staging", "production"];

const print = (line: string) => process.stdout.write(`${line}\n`);

/** A fresh repository of the example; its cache is this repository's own, so that a second life is warm. */
async function prepare(directory: string): Promise<Repository> {
  // The database runs as another user when we are root: it must be able to pass through.
  await chmod(directory, 0o711);
  const repository = await makeRepository(join(home, "examples", "quotes"), directory);
  const cache = join(home, ".bellwether", "cache");
  await mkdir(cache, { recursive: true });
  await mkdir(join(directory, ".bellwether"), { recursive: true, mode: 0o711 });
  await symlink(cache, join(directory, ".bellwether", "cache"));
  return repository;
}

/** Daemons that end with this process, however it ends: the life leaves nothing running. */
async function tieDaemons(root: string): Promise<LocalDeployment[]> {
  const place = {
    root,
    state: join(root, ".bellwether"),
    clock: systemClock,
    variables: ownEnvironment(),
    program,
  };
  const opened: LocalDeployment[] = [];
  for (const environment of environments) {
    const daemon = await ensureDaemon(daemonLaunch(place, environment, true));
    if (!daemon.ok)
      throw new Error(`the daemon of ${environment} did not start: exit ${tellFailure(daemon.failure)}`);
    opened.push(daemon.value);
  }
  return opened;
}

async function main(keep: boolean): Promise<number> {
  const startedAt = performance.now();
  const interruption = watchInterruption();
  const orphaned = new AbortController();
  const unwatch = watchAncestors(() => orphaned.abort());
  const signal = AbortSignal.any([interruption.signal, orphaned.signal]);
  const directory = await mkdtemp(join(tmpdir(), "bellwether-quotes-"));
  const processes = createProcesses();
  let traffic: Traffic | null = null;
  let daemons: LocalDeployment[] = [];
  let kept = false;
  try {
    const repository = await prepare(directory);
    if (!keep) daemons = await tieDaemons(directory);
    const bellwether = bellwetherIn({
      processes,
      program,
      repository: directory,
      signal,
      print: (line) => print(`    ${line}`),
    });
    const life = await live({
      repository,
      bellwether,
      signal,
      announce: (title, number) => print(`\n[${number}/${acts}] ${title}`),
      loaded: (started) => {
        traffic = started;
      },
    });
    const report = startReport(life, acts, signal.aborted, Math.round(performance.now() - startedAt));
    await writeFileAtomic(
      join(home, ".bellwether", "reports", "start.json"),
      `${JSON.stringify(report, null, 2)}\n`,
    );
    kept = keep && !signal.aborted;
    for (const line of summaryLines(report, kept ? directory : null)) print(line);
    if (signal.aborted) return 130;
    return report.outcome === "passed" ? 0 : 1;
  } finally {
    await (traffic as Traffic | null)?.stop();
    await processes.close();
    await Promise.all(daemons.map((daemon) => daemon.inspect.shutdown()));
    if (!kept) await removeTree(directory);
    unwatch();
    interruption.close();
  }
}

outliveReaders();
void main(process.argv.includes("--keep")).then((code) => {
  process.exitCode = code;
});
