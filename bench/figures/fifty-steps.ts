import { join } from "node:path";
import { atMost, type Bench, type Figure } from "../figure.ts";
import {
  type Begin,
  createGraph,
  type Graph,
  ours,
  side,
  throughNpm,
  turboRun,
  warm,
  withoutNpm,
} from "../graph.ts";
import { alternate, type Sample, spread } from "../measure.ts";

type Tool = (bench: Bench, graph: Graph) => ReturnType<typeof ours>;

const tools = {
  ours: (bench, { directory }) => ours(bench, directory),
  npm: (_bench, { directory }) => throughNpm(directory),
  direct: (_bench, { directory }) => withoutNpm(directory),
  turbo: (_bench, graph) => turboRun(graph),
} satisfies Record<string, Tool>;

type Name = keyof typeof tools;

/** The graph by each of the tools in turn, each in a repository of its own. */
async function compare(
  bench: Bench,
  names: Name[],
  begin: Begin,
  rounds: number,
): Promise<Partial<Record<Name, Sample>> & { ours: Sample }> {
  const sides = [];
  for (const name of names) {
    const graph = await createGraph(bench.children, join(bench.directory, name));
    const tool = tools[name](bench, graph);
    if (begin !== "cold") await warm(bench, graph, tool);
    sides.push(side(bench, graph, tool, begin));
  }
  const samples = await alternate(rounds, 1, sides);
  const [own] = samples;
  if (own === undefined) throw new Error("a side has no sample");
  return { ...Object.fromEntries(names.map((name, index) => [name, samples[index]])), ours: own };
}

const all = (found: Partial<Record<Name, Sample>>): string =>
  Object.entries(found)
    .map(([name, one]) => `${name} ${spread(one)}`)
    .join(", ");

/** 50 trivial steps by us and by wireit. */
const fiftySteps = (name: string, begin: Begin, about: string, bound: number): Figure => ({
  name,
  about,
  async measure(bench) {
    const found = await compare(bench, ["ours", "npm", "direct"], begin, 15);
    const { npm, direct } = found;
    if (!npm || !direct) throw new Error("a side has no sample");
    return {
      rows: [atMost(name, found.ours.median / npm.median, bound, "× wireit")],
      notes: [
        `${all(found)} (wireit without npm: ours is ${(found.ours.median / direct.median).toFixed(2)} × that)`,
      ],
      detail: found,
    };
  },
});

const about = (how: string) => `a run of 50 trivial steps, ${how}, beside wireit's`;

export const cachedFifty = fiftySteps("cached-50", "cached", about("all of them cached"), 0.4);
export const coldFifty = fiftySteps("cold-50", "cold", about("with nothing cached"), 0.7);
export const restoreFifty = fiftySteps("restore-50", "restore", about("their outputs restored"), 0.5);

/** Both sides are programs of a tenth of a second: medians of fifteen rounds differ by as much from run to run. */
const closeRounds = 41;

/** The same beside turbo, which is a binary behind a program of npm's. */
export const cachedTurbo: Figure = {
  name: "cached-50-turbo",
  about:
    "a run of 50 trivial steps, all of them cached, beside turbo's through the program that npm installs",
  async measure(bench) {
    const found = await compare(bench, ["ours", "turbo"], "cached", closeRounds);
    const { turbo } = found;
    if (!turbo) throw new Error("turbo has no sample");
    return {
      rows: [atMost("cached-50-turbo", found.ours.median / turbo.median, 1.5, "× turbo")],
      notes: [all(found)],
      detail: found,
    };
  },
};

/** What one more cached step costs: 250 of them beside 50. */
export const slope: Figure = {
  name: "slope",
  about: "what one more cached step costs, from 50 and 250 of them",
  async measure(bench) {
    const sides = [];
    for (const size of [50, 250]) {
      const graph = await createGraph(bench.children, join(bench.directory, String(size)), size);
      const tool = ours(bench, graph.directory);
      await warm(bench, graph, tool);
      sides.push(side(bench, graph, tool, "cached"));
    }
    const [few, many] = await alternate(15, 1, sides);
    if (!few || !many) throw new Error("a side has no sample");
    return {
      rows: [atMost("slope", (many.median - few.median) / 200, 0.5, "ms a step")],
      notes: [`50 steps ${spread(few)}, 250 steps ${spread(many)}`],
      detail: { few, many },
    };
  },
};
