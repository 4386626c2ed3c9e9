import { atMost, type Figure } from "../figure.ts";
import { createFleet } from "../fleet.ts";

const requests = 100_000;
const switches = 100;

/** B14: a switch of weights loses no request and cuts no connection. */
export const proxySwitches: Figure = {
  name: "proxy-switches",
  about: "100,000 requests of 50 keep-alive clients, GET and POST, across 100 switches between two backends",
  async measure(bench) {
    const fleet = await createFleet(bench);
    const backends = { blue: await fleet.backend("blue"), green: await fleet.backend("green") };
    const { port, peer } = await fleet.ourProxy(backends);
    await peer.ask({ blue: 100, green: 0 }, 5_000);

    let switched = 0;
    let switching: Promise<unknown> = Promise.resolve();
    const result = await fleet.load(
      { port, clients: 50, requests, limitMs: 120_000, reportEvery: Math.floor(requests / (switches + 1)) },
      () => {
        switching = switching.then(async () => {
          if (switched >= switches) return;
          await peer.ask(switched % 2 === 0 ? { blue: 0, green: 100 } : { blue: 100, green: 0 }, 5_000);
          switched++;
        });
        // It is awaited below: until then a proxy that has died must not end the bench.
        switching.catch(() => {});
      },
    );
    await switching;

    const good = result.requests - result.failed;
    return {
      rows: [
        {
          figure: "proxy-switches requests",
          measured: String(good),
          bound: `${requests}`,
          pass: good === requests,
        },
        {
          figure: "proxy-switches switches",
          measured: String(switched),
          bound: `${switches}`,
          pass: switched === switches,
        },
        atMost("proxy-switches failed", result.failed, 0, "requests"),
        atMost("proxy-switches resets", result.resets, 0, "connections"),
      ],
      notes: [
        `served by blue ${result.served.blue ?? 0}, by green ${result.served.green ?? 0}; ${Math.round(result.requestsPerSecond)} requests/s, p95 ${result.p95.toFixed(1)} ms, max ${result.max.toFixed(1)} ms`,
        ...Object.entries(result.reasons).map(([reason, count]) => `failed: ${reason}, ${count} times`),
      ],
      detail: { ...result, switched },
    };
  },
};
