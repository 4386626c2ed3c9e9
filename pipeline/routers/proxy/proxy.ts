import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Drained, RouterCounters } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import { Backend } from "./backend.ts";
import { Exchange, refuse } from "./forward.ts";
import { asksForTunnel, serveAsOrdinary } from "./ordinary.ts";
import { Rotation } from "./rotation.ts";
import { refuseUpgrade, upgrade } from "./upgrade.ts";

export type ProxyOptions = {
  /** Silence (ms) after which a backend's answer is given up: 504. */
  answerTimeoutMs?: number;
};

const nothingServed = "nothing is served here at the moment: no release is live";

/** The built-in HTTP and WebSocket proxy: splits requests between releases by weight, on a port of loopback. */
export function createProxy(options: ProxyOptions = {}) {
  const answerTimeoutMs = options.answerTimeoutMs ?? 60_000;
  const backends = new Map<string, Backend>();
  let weights: Record<string, number> = {};
  let rotation = new Rotation<Backend>([]);
  let listening: { server: Server; port: number } | null = null;

  const alternative = (than: Backend) => rotation.other(than);

  const serve = (): Server => {
    const server = createServer({ noDelay: true, keepAliveTimeout: 65_000 }, (request, response) => {
      const backend = rotation.next();
      if (backend === null) refuse(response, 503, nothingServed);
      else new Exchange(request, response, backend, alternative).send();
    });
    server.on("upgrade", (request, socket, head) => {
      const client = socket as Socket;
      if (!asksForTunnel(request)) {
        serveAsOrdinary(server, { request, client, head });
        return;
      }
      const backend = rotation.next();
      if (backend === null) refuseUpgrade(client, "503 Service Unavailable", nothingServed);
      else upgrade({ request, client, head }, backend, alternative);
    });
    return server;
  };

  const arrange = () => {
    const shares: [Backend, number][] = [];
    for (const [release, weight] of Object.entries(weights)) {
      const backend = backends.get(release);
      if (backend) shares.push([backend, weight]);
    }
    rotation = new Rotation(shares);
  };

  return {
    /** Listens on this port, or on a free one; a second call moves over without cutting what is open. */
    async listen(port: number | null): Promise<Result<number, string>> {
      if (listening && (port === null || port === listening.port)) return ok(listening.port);
      const server = serve();
      const bound = await new Promise<Result<number, string>>((resolve) => {
        server.once("error", (error: NodeJS.ErrnoException) => resolve(fail(error.code ?? error.message)));
        server.listen({ host: "127.0.0.1", port: port ?? 0 }, () => {
          const address = server.address();
          resolve(typeof address === "object" && address ? ok(address.port) : fail("no address"));
        });
      });
      if (!bound.ok) return bound;
      listening?.server.close();
      listening = { server, port: bound.value };
      return bound;
    },

    /** Names the port (loopback) on which a release listens. */
    route(release: string, port: number): void {
      const known = backends.get(release);
      if (known?.port === port) return;
      backends.set(release, new Backend(release, port, answerTimeoutMs, known?.counters));
      arrange();
    },

    /**
     * Sends a release's traffic to another port of it, and waits until nothing is open at the old one, at most
     * `drainMs`; what is left there is counted, not cut.
     */
    async move(release: string, port: number, drainMs: number): Promise<Drained> {
      const old = backends.get(release);
      if (old?.port === port) return { leftOpen: 0 };
      backends.set(release, new Backend(release, port, answerTimeoutMs, old?.counters));
      arrange();
      return (await old?.drain(drainMs)) ?? { leftOpen: 0 };
    },

    /** Sets all weights in one step, at once, % by release; a release without a route gets nothing. */
    async shift(next: Record<string, number>): Promise<Result<void, never>> {
      weights = { ...next };
      arrange();
      return ok(undefined);
    },

    weights: async (): Promise<Record<string, number>> => ({ ...weights }),

    /** Cumulative counters by release. */
    async statistics(): Promise<Result<Record<string, RouterCounters>, never>> {
      const all: Record<string, RouterCounters> = {};
      for (const [release, { counters }] of backends) {
        all[release] = { ...counters, latency: [...counters.latency] };
      }
      return ok(all);
    },

    /** Waits until a release has no open request or socket, at most `timeoutMs`; what is left is counted, not cut. */
    async drain(release: string, timeoutMs: number): Promise<Drained> {
      return (await backends.get(release)?.drain(timeoutMs)) ?? { leftOpen: 0 };
    },

    /** Cuts what a release still has open and forgets its counters. */
    forget(release: string): void {
      backends.get(release)?.cut();
      backends.delete(release);
      arrange();
    },

    /** Takes no new connection, lets open requests end for at most `graceMs`, then cuts. */
    async close(graceMs: number): Promise<void> {
      const server = listening?.server;
      listening = null;
      const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
      await Promise.all([...backends.values()].map((backend) => backend.drain(graceMs)));
      for (const backend of backends.values()) backend.cut();
      server?.closeAllConnections();
      await closed;
    },
  };
}
