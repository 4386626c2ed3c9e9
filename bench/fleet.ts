import { bundle } from "./build.ts";
import type { Children, Peer } from "./children.ts";
import type { Bench } from "./figure.ts";
import type { Round } from "./load/generator.ts";
import type { LoadResult } from "./load/tally.ts";

/** Backends, proxies and the load, each a process of its own on a free port of loopback. */
export type Fleet = {
  backend(name: string, keepAliveMs?: number): Promise<number>;
  /** Gives its port; its peer takes weights by backend. */
  ourProxy(backends: Record<string, number>): Promise<{ port: number; peer: Peer }>;
  /** The same behind HAProxy; throws where this machine has none. */
  haproxy(backends: Record<string, number>): Promise<{ port: number; peer: Peer }>;
  plainProxy(backend: number): Promise<{ port: number }>;
  load(round: Round, onSent?: (sent: number) => void): Promise<LoadResult>;
};

export async function createFleet({ children, directory }: Bench): Promise<Fleet> {
  const listener = async (children: Children, source: string, args: string[]) => {
    const { peer, ready } = await children.fork(await bundle(source, directory), args);
    return { peer, port: Number(ready) };
  };
  const { peer: generator } = await children.fork(await bundle("load/generator.ts", directory), []);
  let heard: (sent: number) => void = () => {};
  generator.listen((message) => heard((message as { sent: number }).sent));
  return {
    backend: async (name, keepAliveMs) => {
      const args = keepAliveMs === undefined ? [name] : [name, String(keepAliveMs)];
      return (await listener(children, "peers/backend.ts", args)).port;
    },
    ourProxy: (backends) => listener(children, "peers/our-proxy.ts", [JSON.stringify(backends)]),
    haproxy: (backends) => listener(children, "peers/haproxy.ts", [JSON.stringify(backends), directory]),
    plainProxy: (backend) => listener(children, "peers/plain-proxy.ts", [String(backend)]),
    load: async (round, onSent = () => {}) => {
      heard = onSent;
      // The round ends by itself at its own limit; a client may still wait for its last answer then.
      return (await generator.ask(round, round.limitMs + 15_000)) as LoadResult;
    },
  };
}
