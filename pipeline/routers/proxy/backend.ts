import type { Socket } from "node:net";
import type { Drained, RouterCounters } from "../../deploy/target.ts";
import { noCounters, timed } from "../../deploy/traffic.ts";
import { BackendAgent } from "./agent.ts";

/** One release as the proxy sees it: where it listens, its connections, what is open, what was counted. */
export class Backend {
  readonly release: string;
  readonly port: number;
  readonly agent: BackendAgent;
  /** Open WebSockets, so that they can be cut when the release is forgotten. */
  readonly sockets = new Set<Socket>();
  readonly counters: RouterCounters;
  #open = 0;
  #waiting: (() => void)[] = [];

  /** `counters` of the same release under another port go on rising. */
  constructor(release: string, port: number, answerTimeoutMs: number, counters?: RouterCounters) {
    this.release = release;
    this.port = port;
    this.agent = new BackendAgent(port, answerTimeoutMs);
    this.counters = counters ?? noCounters();
  }

  /** Requests and sockets that are open. */
  get open(): number {
    return this.#open;
  }

  enter(): void {
    this.#open++;
  }

  leave(): void {
    if (--this.#open > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Counts one request; `ms` from its arrival to the end of the answer. */
  count(ms: number, failed: boolean): void {
    const { counters } = this;
    counters.requests++;
    if (failed) counters.failed++;
    timed(counters.latency, ms);
  }

  /** Waits until nothing is open, at most `timeoutMs`; then its idle connections are closed. */
  async drain(timeoutMs: number): Promise<Drained> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, timeoutMs);
        this.#waiting.push(() => {
          clearTimeout(limit);
          resolve();
        });
      });
    }
    if (this.#open === 0) this.agent.destroy();
    return { leftOpen: this.#open };
  }

  /** Cuts everything that is still open. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
  }
}
