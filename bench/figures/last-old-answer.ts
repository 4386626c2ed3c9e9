import { atMost, type Figure } from "../figure.ts";
import { createFleet } from "../fleet.ts";
import type { LoadResult } from "../load/tally.ts";
import { median, monotonicMs, sample, spread } from "../measure.ts";

const switches = 100;
const betweenMs = 100;
const limitMs = 60_000;

type Switch = { from: string; at: number };

/** Time (ms) from the command of each switch to the last answer of the release that it took the traffic from. */
function lastOldAnswers(made: readonly Switch[], { handovers }: LoadResult): number[] {
  return made.map(({ from, at }, index) => {
    const until = made[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const old = handovers.filter((one) => one.backend === from && one.at >= at && one.at < until);
    return Math.max(0, ...old.map((one) => one.at - at));
  });
}

/** How long a release that was switched away from goes on answering, under 50 keep-alive clients. */
const lastOldAnswerOf = (name: string, router: "ourProxy" | "haproxy"): Figure => ({
  name,
  about: `the last old answer after each of ${switches} switches, 50 keep-alive clients, GET and POST`,
  async measure(bench) {
    const fleet = await createFleet(bench);
    const backends = { blue: await fleet.backend("blue"), green: await fleet.backend("green") };
    const { port, peer } = await fleet[router](backends);
    await peer.ask({ blue: 100, green: 0 }, 5_000);
    const made: Switch[] = [];
    let over = false;
    const loading = fleet
      .load({
        port,
        clients: 50,
        requests: Number.MAX_SAFE_INTEGER,
        limitMs: (switches + 5) * betweenMs,
        reportEvery: 0,
      })
      .finally(() => {
        over = true;
      });
    while (!over && made.length < switches) {
      await new Promise((resolve) => setTimeout(resolve, betweenMs));
      const [from, to] = made.length % 2 === 0 ? ["blue", "green"] : ["green", "blue"];
      made.push({ from, at: monotonicMs() });
      await peer.ask({ [from]: 0, [to]: 100 }, limitMs);
    }
    const result = await loading;
    const found = lastOldAnswers(made, result);
    return {
      rows: [
        atMost(name, median(found), 20, "ms"),
        atMost(`${name} failed`, result.failed, 0, "requests"),
        atMost(`${name} resets`, result.resets, 0, "connections"),
      ],
      notes: [
        `${spread(sample(found), "ms", 1)} over ${found.length} switches, ${Math.round(result.requestsPerSecond)} requests/s, p95 ${result.p95.toFixed(1)} ms`,
        ...Object.entries(result.reasons).map(([reason, count]) => `failed: ${reason}, ${count} times`),
      ],
      detail: { lastOldAnswers: found, requests: result.requests, reasons: result.reasons },
    };
  },
});

export const lastOldAnswer = lastOldAnswerOf("last-old-answer", "ourProxy");
export const lastOldAnswerHaproxy = lastOldAnswerOf("last-old-answer-haproxy", "haproxy");
