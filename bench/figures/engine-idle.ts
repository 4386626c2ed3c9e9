import { readFile } from "node:fs/promises";
import { atMost, type Figure } from "../figure.ts";
import { watchFront } from "../front.ts";
import { createShop } from "../shop.ts";

const measuredMs = 20_000;
/** A clock tick of the system's accounting (ms): Linux counts in hundredths of a second everywhere. */
const tickMs = 10;

/** What the engine itself takes of a core while a canary is held; the daemon's and the releases' are not its. */
export const engineIdle: Figure = {
  name: "engine-idle",
  about: "processor time of the engine while it holds a canary",
  async measure(bench) {
    if (process.platform !== "linux") throw new Error("processor times are read from /proc");
    const shop = await createShop(bench, "{ canary: { weights: [10, 100], hold: 5m, limit: 10m } }");
    try {
      await shop.tag("1.0.0");
      await shop.ship("1.0.0");
      await shop.tag("1.1.0");
      const front = watchFront(await shop.url(), 5, 20);
      const engine = shop.start("run", "--event", "release", "--ref", "v1.1.0");
      await until(async () => (await shop.journal()).some(({ fact }) => fact.step === "hold 10 %"));
      // What is loaded once at the beginning of a hold is not the holding.
      await wait(2_000);
      const before = await processorMs(engine.pid);
      await wait(measuredMs);
      const used = (await processorMs(engine.pid)) - before;
      process.kill(engine.pid, "SIGTERM");
      await engine.ended;
      await front.stop();
      const share = (used / measuredMs) * 100;
      return {
        rows: [atMost("engine-idle", share, 1, "% of a core")],
        notes: [`${used} ms of processor time in ${measuredMs / 1_000} s of a hold`],
        detail: { usedMs: used, measuredMs },
      };
    } finally {
      await shop.close();
    }
  },
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("the canary was not held within a minute");
    await wait(50);
  }
}

async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
