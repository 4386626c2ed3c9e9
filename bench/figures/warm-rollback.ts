import { atMost, type Figure } from "../figure.ts";
import { watchFront } from "../front.ts";
import { sample, spread } from "../measure.ts";
import { createShop } from "../shop.ts";

const rounds = 8;

/** From the start of the program to the last answer of the release that is left, the other one being warm. */
export const warmRollback: Figure = {
  name: "warm-rollback",
  about: "a rollback to a warm release, from its command to the last answer of the release that is left",
  async measure(bench) {
    const shop = await createShop(bench, "blue-green");
    try {
      for (const version of ["1.0.0", "1.1.0"]) {
        await shop.tag(version);
        await shop.ship(version);
      }
      const front = watchFront(await shop.url(), 10, 5);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const [left, to] = round % 2 === 0 ? ["1.1.0", "1.0.0"] : ["1.0.0", "1.1.0"];
        const decided = performance.now();
        await shop.run("rollback", "production", "--to", to ?? "");
        await new Promise((resolve) => setTimeout(resolve, 200));
        const last = front.answers.findLast(({ version }) => version === left);
        times.push((last?.at ?? Number.POSITIVE_INFINITY) - decided);
      }
      await front.stop();
      const found = sample(times);
      return {
        rows: [
          atMost("warm-rollback", found.median, 1_000, "ms"),
          atMost("warm-rollback failed", front.answers.filter(({ good }) => !good).length, 0, "requests"),
        ],
        notes: [`the left release answered last ${spread(found)} after the command`],
        detail: { ...found },
      };
    } finally {
      await shop.close();
    }
  },
};
