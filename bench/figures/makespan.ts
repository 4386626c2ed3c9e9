import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { ours, stepsOf } from "../graph.ts";
import { sample, spread } from "../measure.ts";
import { commitAll } from "../repository.ts";

const steps = 100;
const sleepMs = 200;

/**
 * 100 steps that only wait, on as many lanes as the machine has: what the lanes lose between them. The makespan is
 * that of the steps, from the start of the first to the end of the last; the whole process stands below the table.
 */
export const makespan: Figure = {
  name: "makespan-100",
  about: `${steps} steps of \`sleep ${sleepMs / 1000}\` beside the least time that the lanes need`,
  async measure(bench) {
    const directory = join(bench.directory, "sleep");
    await mkdir(directory);
    const lines = Array.from(
      { length: steps },
      (_, index) => `    step-${index}: { run: "sleep ${sleepMs / 1000}", cache: false }`,
    );
    await writeFile(
      join(directory, "bellwether.yaml"),
      ["app: sleep", "checks:", "  lint:", ...lines, ""].join("\n"),
    );
    await writeFile(join(directory, ".gitignore"), ".bellwether/\n");
    await commitAll(bench.children, directory);
    const lanes = availableParallelism();
    const ideal = Math.ceil(steps / lanes) * sleepMs;
    const whole: number[] = [];
    const values: number[] = [];
    // The first run here makes the state directory, and finds nothing of the program in the page cache.
    await bench.children.time(ours(bench, directory), 120_000);
    for (let round = 0; round < 3; round++) {
      whole.push(await bench.children.time(ours(bench, directory), 120_000));
      values.push(await makespanOf(directory));
    }
    const [own, entire] = [sample(values), sample(whole)];
    return {
      rows: [atMost("makespan-100", own.median / ideal, 1.05, "× ideal")],
      notes: [`${spread(own)} on ${lanes} lanes, ideal ${ideal} ms; the whole process ${spread(entire)}`],
      detail: { own, process: entire, ideal, lanes },
    };
  },
};

/** From the start of the first step to the end of the last, in ms, by the run's own report. */
async function makespanOf(directory: string): Promise<number> {
  const all = await stepsOf(directory);
  if (all.length !== steps)
    throw new Error(`the report of the run in ${directory} tells of ${all.length} steps, not of ${steps}`);
  const begun = Math.min(...all.map(({ startedAt }) => startedAt));
  return Math.max(...all.map(({ startedAt, ms }) => startedAt + ms)) - begun;
}
