import { atMost, type Figure } from "../figure.ts";
import { watchFront } from "../front.ts";
import { sample, spread } from "../measure.ts";
import { createShop } from "../shop.ts";

const rounds = 3;

/** B18: healthy at the switch, errors after it. */
export const returnAfterSwitch: Figure = {
  name: "return-after-switch",
  about: "a release that fails after the switch: from its first bad answer to its last one",
  async measure(bench) {
    const shop = await createShop(bench, "blue-green", "watch: 30s");
    try {
      await shop.tag("1.0.0");
      await shop.run("run", "--event", "release", "--ref", "v1.0.0");
      const front = watchFront(await shop.url(), 10, 20);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const version = `1.${round + 1}.0`;
        await shop.tag(version, "errors");
        const before = front.answers.length;
        const code = await shop.start("run", "--event", "release", "--ref", `v${version}`).ended;
        if (code !== 1) throw new Error(`the bad release ended with ${code}, expected 1`);
        const bad = front.answers.slice(before).filter(({ good }) => !good);
        times.push((bad.at(-1)?.at ?? Number.POSITIVE_INFINITY) - (bad[0]?.at ?? 0));
      }
      await front.stop();
      const found = sample(times);
      return {
        rows: [atMost("return-after-switch", found.max, 5_000, "ms")],
        notes: [`bad answers came for ${spread(found)}`],
        detail: { ...found },
      };
    } finally {
      await shop.close();
    }
  },
};
