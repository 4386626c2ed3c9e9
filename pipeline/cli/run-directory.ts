import { linkSync, mkdirSync, readdirSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../io/files.ts";
import { reportPaths } from "../plan/report-paths.ts";
import type { Judge } from "../run/judge.ts";

/** How many runs stay; older ones go. */
const keptRuns = 20;

/** Where what a run leaves is kept: reports/runs/20261121T064500Z-1a2b3c4d in the state directory. */
export function runDirectory(state: string, { run, now }: { run: string; now: number }): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return join(state, "reports", "runs", `${stamp}-${run}`);
}

/** The judge, which also keeps every report file that a step wrote, whatever the step came to. */
export function keepingReports(judge: Judge, directory: string): Judge {
  return async (step, facts) => {
    const texts = new Map<string, ReturnType<typeof facts.read>>();
    const read = (path: string) => {
      const text = texts.get(path) ?? facts.read(path);
      texts.set(path, text);
      return text;
    };
    const judgement = await judge(step, { ...facts, read });
    for (const path of reportPaths(step)) {
      const text = await read(path);
      if (!text.ok) continue;
      const file = join(directory, "artifacts", step.id.replaceAll(":", "-"), path);
      await writeFileAtomic(file, text.value, { durable: false });
    }
    return judgement;
  };
}

/** Keeps the run's own reports (paths relative to `reports`) beside its artifacts, and lets the oldest runs go. */
export function keepRun(directory: string, reports: string, names: string[]): void {
  mkdirSync(directory, { recursive: true });
  for (const name of names) {
    if (dirname(name) !== ".") mkdirSync(dirname(join(directory, name)), { recursive: true });
    // Each was written by a rename: the next run's is another file.
    linkSync(join(reports, name), join(directory, name));
  }
  const all = readdirSync(dirname(directory)).sort();
  for (const old of all.slice(0, -keptRuns)) remove(join(dirname(directory), old));
}

/** Most runs left files alone: to remove these by hand is much less than to look for trees. */
function remove(directory: string): void {
  try {
    for (const name of readdirSync(directory)) unlinkSync(join(directory, name));
    rmdirSync(directory);
  } catch {
    rmSync(directory, { recursive: true, force: true });
  }
}
