import { startTraffic as startOne, type TrafficSeen } from "../../../../pipeline/cli/life/traffic.ts";

/** GET and POST to every host at the same time, `perSecond` in all, over kept connections; at most two minutes' worth. */
export function startTraffic(hosts: { name: string; address: string }[], perSecond = 200) {
  const rate = Math.round(perSecond / hosts.length);
  const all = hosts.map(({ name, address }) => ({
    name,
    load: startOne({ url: `http://${address}:8080`, rate, limit: rate * 120, timeoutMs: 10_000 }),
  }));
  return {
    /** What the clients of each host saw. */
    seen: Object.fromEntries(all.map(({ name, load }) => [name, load.seen])) as Record<string, TrafficSeen>,
    stop: async (): Promise<void> => {
      await Promise.all(all.map(({ load }) => load.stop()));
    },
  };
}

/** Every failure, by host; nothing where there was none. */
export const failuresIn = (seen: Record<string, TrafficSeen>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(seen)
      .filter(([, { failed }]) => failed > 0)
      .map(([name, { failures }]) => [name, failures]),
  );

/** Versions that answered anybody. */
export const servedIn = (seen: Record<string, TrafficSeen>): string[] =>
  [...new Set(Object.values(seen).flatMap(({ served }) => Object.keys(served)))].sort();
