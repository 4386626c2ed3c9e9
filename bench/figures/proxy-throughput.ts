import { atLeast, atMost, type Figure } from "../figure.ts";
import { createFleet, type Fleet } from "../fleet.ts";
import type { LoadResult } from "../load/tally.ts";
import { median, sample, spread } from "../measure.ts";

const rounds = 11;
const roundMs = 2_000;
const warmUpMs = 2_000;
/** Longer than the figure takes: no connection may end because its proxy waits for its turn. */
const keepAliveMs = 600_000;

/** What the weights, the counting and the safety of our proxy cost beside the plainest one. */
export const proxyThroughput: Figure = {
  name: "proxy-throughput",
  about: "our proxy beside the plainest node:http proxy, 50 keep-alive clients, GET and POST",
  async measure(bench) {
    const fleet = await createFleet(bench);
    const backend = await fleet.backend("blue", keepAliveMs);
    const ours = await fleet.ourProxy({ blue: backend });
    await ours.peer.ask({ blue: 100 }, 5_000);
    const plain = await fleet.plainProxy(backend);

    const found: { ours: LoadResult[]; plain: LoadResult[] } = { ours: [], plain: [] };
    for (const port of [ours.port, plain.port]) await round(fleet, port, warmUpMs);
    for (let index = 0; index < rounds; index++) {
      found.ours.push(await round(fleet, ours.port, roundMs));
      found.plain.push(await round(fleet, plain.port, roundMs));
    }

    const rate = (result: LoadResult): number => result.requestsPerSecond;
    const p95 = (result: LoadResult): number => result.p95;
    // Rounds side by side met the same machine: each of ours is held against the plain one after it.
    const ratio = (of: (result: LoadResult) => number): number =>
      median(found.ours.map((result, index) => of(result) / of(found.plain[index] ?? result)));
    const lost = [...found.ours, ...found.plain].reduce(
      (sum, result) => sum + result.failed + result.resets,
      0,
    );
    return {
      rows: [
        atLeast("proxy-throughput", ratio(rate), 0.77, "× plain"),
        atMost("proxy-throughput p95", ratio(p95), 1.3, "× plain"),
        atMost("proxy-throughput lost", lost, 0, "requests"),
      ],
      notes: [
        `ours ${spread(sample(found.ours.map(rate)), "requests/s")}, plain ${spread(sample(found.plain.map(rate)), "requests/s")}`,
        `p95 ours ${spread(sample(found.ours.map(p95)), "ms", 1)}, plain ${spread(sample(found.plain.map(p95)), "ms", 1)}`,
      ],
      detail: found,
    };
  },
};

const round = (fleet: Fleet, port: number, limitMs: number): Promise<LoadResult> =>
  fleet.load({ port, clients: 50, requests: Number.MAX_SAFE_INTEGER, limitMs, reportEvery: 0 });
