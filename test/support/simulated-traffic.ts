import type { RouterCounters } from "../../pipeline/deploy/target.ts";
import { noCounters, timed } from "../../pipeline/deploy/traffic.ts";

/** One request as the release sees it. */
export type Arrival = { sinceStartMs: number; weight: number; at: number };

/** How a release answers a request that reaches a running process. */
export type Answering = { latencyMs(arrival: Arrival): number; fails(arrival: Arrival): boolean };

/** What the traffic finds behind the router. `upAt` tells whether the process lives at that time. */
export type Backend = Answering & { startedAt: number; upAt(at: number): boolean };

/** A steady stream of requests, split by weight in a smooth round; counted up to the time that is asked for. */
export class SimulatedTraffic {
  readonly counters: Record<string, RouterCounters> = {};
  /** Requests that got an error, or that nobody served, by release id ("none": nothing was served). */
  readonly failed: { at: number; release: string }[] = [];
  requests = 0;
  readonly #intervalMs: number;
  #nextAt: number;
  #credit: Record<string, number> = {};

  constructor(requestsPerSecond: number, startAt: number) {
    this.#intervalMs = requestsPerSecond > 0 ? 1_000 / requestsPerSecond : Number.POSITIVE_INFINITY;
    this.#nextAt = startAt + this.#intervalMs;
  }

  /** Lets the requests up to `now` arrive, at these weights. */
  passUntil(
    now: number,
    weights: Record<string, number>,
    backend: (release: string) => Backend | null,
  ): void {
    for (; this.#nextAt <= now; this.#nextAt += this.#intervalMs) this.arrive(this.#nextAt, weights, backend);
  }

  /** One request. */
  arrive(at: number, weights: Record<string, number>, backend: (release: string) => Backend | null): void {
    this.requests++;
    const release = this.#pick(weights);
    if (release === null) this.failed.push({ at, release: "none" });
    else this.#serve(at, release, weights[release] ?? 0, backend(release));
  }

  #pick(weights: Record<string, number>): string | null {
    let best: string | null = null;
    let total = 0;
    for (const [release, weight] of Object.entries(weights)) {
      this.#credit[release] = (this.#credit[release] ?? 0) + weight;
      total += weight;
      if (weight > 0 && (best === null || (this.#credit[release] ?? 0) > (this.#credit[best] ?? 0)))
        best = release;
    }
    if (best !== null) this.#credit[best] = (this.#credit[best] ?? 0) - total;
    return best;
  }

  #serve(at: number, release: string, weight: number, backend: Backend | null): void {
    this.counters[release] ??= noCounters();
    const counters = this.counters[release];
    const arrival = { at, weight, sinceStartMs: backend ? at - backend.startedAt : 0 };
    const failed = !backend?.upAt(at) || backend.fails(arrival);
    const latencyMs = backend?.upAt(at) ? backend.latencyMs(arrival) : 0.1;
    counters.requests++;
    if (failed) {
      counters.failed++;
      this.failed.push({ at, release });
    }
    timed(counters.latency, latencyMs);
  }
}
