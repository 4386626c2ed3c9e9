import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { createGraph, ours, warm } from "../graph.ts";
import { sample, spread } from "../measure.ts";

const runs = 5;

/** What a run costs in memory when it has nothing to do. */
export const peakMemory: Figure = {
  name: "peak-memory",
  about: "peak resident memory of a run of 50 cached steps",
  async measure(bench) {
    const graph = await createGraph(bench.children, join(bench.directory, "ours"));
    const command = ours(bench, graph.directory);
    await warm(bench, graph, command);
    const file = join(bench.directory, "peak");
    const [node = "", ...args] = command.argv;
    const measured = {
      ...command,
      argv: [node, "--import", join(import.meta.dirname, "..", "hooks", "peak-memory.js"), ...args],
      environment: { ...command.environment, PEAK_MEMORY_FILE: file },
    };
    const megabytes: number[] = [];
    for (let run = 0; run < runs; run++) {
      await bench.children.time(measured, 60_000);
      await graph.check(0);
      megabytes.push((Number(await readFile(file, "utf8")) * 1024) / 1e6);
    }
    const peak = sample(megabytes);
    return {
      rows: [atMost("peak-memory", peak.max, 120, "MB")],
      notes: [spread(peak, "MB")],
      detail: { megabytes },
    };
  },
};
