import { atMost, type Bench, type Figure } from "../figure.ts";
import { watchFront } from "../front.ts";
import { createHosts } from "../hosts.ts";
import { type Sample, sample, spread } from "../measure.ts";

const rounds = 8;

/** A rollback over SSH to a release that is warm, from the start of the program to the last answer of the one that is left. */
export const hostRollback: Figure = {
  name: "host-rollback",
  about:
    "a rollback to a warm release on a host, from its command to the last answer of the release that is left",
  async measure(bench) {
    if (process.getuid?.() !== 0)
      return {
        rows: [],
        notes: ["host-rollback was not measured: root alone can boot machines"],
        detail: {},
      };
    const one = await rollbacks(bench, ["web-1"]);
    const three = await rollbacks(bench, ["web-1", "web-2", "web-3"]);
    return {
      rows: [
        atMost("host-rollback", one.moved.median, 1_000, "ms"),
        atMost("host-rollback failed", one.failed + three.failed, 0, "requests"),
      ],
      notes: [
        `one host: moved ${spread(one.moved)}, the whole command ${spread(one.whole)}`,
        `three hosts on these processors: moved ${spread(three.moved)}, the whole command ${spread(three.whole)}`,
      ],
      detail: { one, three },
    };
  },
};

async function rollbacks(
  bench: Bench,
  names: string[],
): Promise<{ moved: Sample; whole: Sample; failed: number }> {
  const hosts = await createHosts({ ...bench, directory: `${bench.directory}/${names.length}` }, names);
  try {
    for (const version of ["1.0.0", "1.1.0"]) {
      await hosts.make(version);
      await hosts.run("deploy", "production", version);
    }
    const fronts = hosts.machines.map(({ address }) => watchFront(`http://${address}:8080`, 1, 10));
    const moved: number[] = [];
    const whole: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const [left, to] = round % 2 === 0 ? ["1.1.0", "1.0.0"] : ["1.0.0", "1.1.0"];
      const decided = performance.now();
      whole.push(await hosts.run("rollback", "production", "--to", to ?? ""));
      const last = fronts.map(({ answers }) => answers.findLast(({ version }) => version === left)?.at);
      moved.push(Math.max(...last.map((at) => (at ?? Number.POSITIVE_INFINITY) - decided)));
    }
    await Promise.all(fronts.map((front) => front.stop()));
    const failed = fronts.flatMap(({ answers }) => answers).filter(({ good }) => !good).length;
    return { moved: sample(moved), whole: sample(whole), failed };
  } finally {
    await hosts.close();
  }
}
