import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { glob } from "../files.ts";
import { sample, spread } from "../measure.ts";
import { createShop } from "../shop.ts";

const rounds = 5;

/** From the end of a process that exits while it starts to the engine's word about it in the journal. */
export const deadStart: Figure = {
  name: "dead-start",
  about: "a process that exits while it starts, until it is noticed",
  async measure(bench) {
    const shop = await createShop(bench, "blue-green");
    try {
      await shop.tag("1.0.0");
      await shop.ship("1.0.0");
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const version = `1.${round + 1}.0`;
        await shop.tag(version, "exit");
        await shop.start("run", "--event", "release", "--ref", `v${version}`).ended;
        const noticed = (await shop.journal()).findLast(
          ({ fact }) => fact.kind === "outcome" && fact.ok === false && String(fact.step).startsWith("ready"),
        );
        const releases = join(shop.directory, ".bellwether", "local", "production", "releases");
        const ends = await Promise.all(
          (await glob(releases, "ended-at")).map(async (file) => Number(await readFile(file, "utf8"))),
        );
        times.push((noticed?.at ?? Number.POSITIVE_INFINITY) - Math.max(...ends));
      }
      const found = sample(times);
      return {
        rows: [atMost("dead-start", found.max, 1_000, "ms")],
        notes: [`noticed ${spread(found)} after the process's last line`],
        detail: { ...found },
      };
    } finally {
      await shop.close();
    }
  },
};
