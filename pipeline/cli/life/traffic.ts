import { Agent, request } from "node:http";

/** What the load saw. Every answer that is not 2xx, every reset and every time-out is a failure. */
export type TrafficSeen = {
  requests: number;
  failed: number;
  /** Requests answered, by the version that answered. */
  served: Record<string, number>;
  /** The first few failures, for the summary. */
  failures: string[];
};

export type Traffic = {
  readonly seen: TrafficSeen;
  /** Ends the load and waits for the answers that are still under way. */
  stop(): Promise<void>;
};

export type TrafficOptions = {
  url: string;
  /** Requests per second, evenly spaced. */
  rate: number;
  /** No more than this many requests in all: the load ends by itself. */
  limit: number;
  timeoutMs: number;
};

const symbols = ["AAPL", "MSFT", "GOOG", "AMZN"];

/** A constant load: three GETs of a quote to each POST of a paper order, over kept connections. */
export function startTraffic(options: TrafficOptions): Traffic {
  const seen: TrafficSeen = { requests: 0, failed: 0, served: {}, failures: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const open = new Set<Promise<void>>();
  const failed = (what: string) => {
    seen.failed += 1;
    if (seen.failures.length < 10) seen.failures.push(what);
  };
  const send = (number: number): Promise<void> =>
    new Promise((done) => {
      const order = number % 4 === 3;
      const symbol = symbols[number % symbols.length] ?? "AAPL";
      const path = order ? "/orders" : `/quotes/${symbol}`;
      const body = order ? JSON.stringify({ symbol, side: "buy", quantity: 1 }) : "";
      const call = request(new URL(path, options.url), {
        agent,
        method: order ? "POST" : "GET",
        headers: order ? { "content-type": "application/json", "content-length": body.length } : {},
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      const name = `${order ? "POST" : "GET"} ${path}`;
      call.once("error", (error) => {
        failed(`${name}: ${error.message}`);
        done();
      });
      call.once("response", (answer) => {
        const status = answer.statusCode ?? 0;
        const version = String(answer.headers["x-app-version"] ?? "unknown");
        answer.resume();
        answer.once("end", () => {
          if (status < 200 || status > 299) failed(`${name}: answered ${status}`);
          else seen.served[version] = (seen.served[version] ?? 0) + 1;
          done();
        });
      });
      call.end(body);
    });
  const startedAt = performance.now();
  // Arrivals follow the clock, not the answers: a slow release must not make the load lighter.
  const timer = setInterval(() => {
    const due = Math.min(options.limit, Math.floor(((performance.now() - startedAt) / 1000) * options.rate));
    while (seen.requests < due) {
      const call = send(seen.requests++);
      open.add(call);
      void call.finally(() => open.delete(call));
    }
  }, 1000 / options.rate);
  return {
    seen,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
    },
  };
}
