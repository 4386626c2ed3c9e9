import { join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { createGraph, ours, side, throughNpm, warm, withoutNpm } from "../graph.ts";
import { alternate, spread } from "../measure.ts";

/** 50 trivial steps by us and by wireit, each in a repository of its own with its outputs in place. */
const fiftySteps = (name: string, cold: boolean, rounds: number, bound: number): Figure => ({
  name,
  about: `a run of 50 trivial steps, ${cold ? "with nothing cached" : "all of them cached"}, beside wireit's`,
  async measure(bench) {
    const sides = [];
    for (const [part, toolIn] of [
      ["ours", (directory: string) => ours(bench, directory)],
      ["npm", throughNpm],
      ["direct", withoutNpm],
    ] as const) {
      const graph = await createGraph(bench.children, join(bench.directory, part));
      const tool = toolIn(graph.directory);
      if (!cold) await warm(bench, graph, tool);
      sides.push(side(bench, graph, tool, cold));
    }
    const [own, npm, direct] = await alternate(rounds, 1, sides);
    if (!own || !npm || !direct) throw new Error("a side has no sample");
    return {
      rows: [atMost(name, own.median / npm.median, bound, "× wireit")],
      notes: [
        `ours ${spread(own)}, npm run all ${spread(npm)}, wireit without npm ${spread(direct)} (ours is ${(own.median / direct.median).toFixed(2)} × that)`,
      ],
      detail: { ours: own, npm, direct },
    };
  },
});

export const cachedFifty = fiftySteps("cached-50", false, 15, 0.5);
export const coldFifty = fiftySteps("cold-50", true, 15, 0.7);
