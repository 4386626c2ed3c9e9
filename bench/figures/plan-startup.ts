import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { alternate, spread } from "../measure.ts";
import { commitAll } from "../repository.ts";

const pairs = 31;
const limitMs = 30_000;
const made = new Set(["node_modules", "dist", ".bellwether", "coverage", "reports"]);

/** What a look at the plan costs beside the start of Node itself. */
export const planStartup: Figure = {
  name: "plan-startup",
  about: "`bellwether plan` of examples/quotes beside `node -e 0`, whole process, config cached",
  async measure({ children, directory, program, repository }) {
    const quotes = join(directory, "quotes");
    const filter = (source: string): boolean => !made.has(basename(source));
    await cp(join(repository, "examples", "quotes"), quotes, { recursive: true, filter });
    await commitAll(children, quotes);
    const node = process.execPath;
    const run = (...argv: string[]) => ({
      run: () => children.time({ argv: [node, ...argv], directory: quotes }, limitMs),
    });
    const [plan, bare] = await alternate(pairs, 3, [run(program, "plan", "-C", quotes), run("-e", "0")]);
    if (!plan || !bare) throw new Error("a side has no sample");
    return {
      rows: [atMost("plan-startup", plan.median / bare.median, 2.5, "× node -e 0")],
      notes: [`plan ${spread(plan)}, node -e 0 ${spread(bare)}`],
      detail: { plan, bare },
    };
  },
};
