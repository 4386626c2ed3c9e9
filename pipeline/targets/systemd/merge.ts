import type { HostStatus } from "../../deploy/inspect.ts";
import { isThereItself } from "../../deploy/party.ts";
import type { Observation, ObservedComponent, ObservedRelease } from "../../deploy/target.ts";
import type { HostSeen } from "./seen.ts";

/** What each host showed, in the order of the configuration; null: it could not be reached. */
export type Seen = { host: string; front: boolean; seen: HostSeen | null };

/**
 * The fleet as one: a release is placed where every host has it, a component runs where it runs on every host of its
 * role, a release is live where it is on all (B21, B22). A host that could not be reached takes no part; the engine
 * began with all of them, and one that was cut off returns by itself.
 */
export function merged(hosts: readonly Seen[], url: string): Observation {
  const there = hosts.flatMap((one) => (one.seen ? [{ ...one, seen: one.seen }] : []));
  const ids = [...new Set(there.flatMap(({ seen }) => Object.keys(seen.releases)))];
  const lives = new Set(there.map(({ seen }) => seen.live));
  const disagree = disagreement(there);
  return {
    releases: Object.fromEntries(ids.flatMap((id) => releaseIn(there, id))),
    weights: weightsOf(there.filter(({ front }) => front).map(({ seen }) => seen.weights)),
    live: lives.size === 1 && disagree === null ? ([...lives][0] ?? null) : null,
    url,
    ...(disagree === null ? {} : { disagree }),
  };
}

type There = Omit<Seen, "seen"> & { seen: HostSeen };

function releaseIn(hosts: There[], id: string): [string, ObservedRelease][] {
  const having = hosts.flatMap(({ host, seen }) => {
    const release = seen.releases[id];
    return release ? [{ host, release }] : [];
  });
  const [one] = having;
  if (!one) return [];
  const names = [...new Set(having.flatMap(({ release }) => Object.keys(release.components)))];
  const components = names.map((name): [string, ObservedComponent] => {
    const all = having.flatMap(({ host, release }) => {
      const unit = release.components[name];
      return unit ? [{ host, unit }] : [];
    });
    const worst =
      all.find(({ unit }) => unit.state === "exited") ??
      all.find(({ unit }) => unit.state === "stopped") ??
      all[0];
    if (!worst) throw new Error(`nothing is known of ${name}`);
    const { usage: _, runsIn: __, shared: ___, ...shown } = worst.unit;
    const log = hosts.length > 1 ? shown.log.map((line) => `${worst.host}: ${line}`) : shown.log;
    const shared = all.every(({ unit }) => unit.shared);
    return [name, { ...shown, log, ...(shared ? { shared } : {}) }];
  });
  const secrets = one.release.secrets;
  return [
    [
      id,
      {
        version: one.release.version,
        placed: having.length === hosts.length,
        components: Object.fromEntries(components),
        ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
      },
    ],
  ];
}

/** Where the hosts are of one mind, that; otherwise what the whole fleet serves on the average. */
function weightsOf(all: Record<string, number>[]): Record<string, number> {
  const [one] = all;
  if (one === undefined) return {};
  const same = (other: Record<string, number>) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])].every((id) => one[id] === other[id]);
  if (all.every(same)) return one;
  const sum: Record<string, number> = {};
  for (const weights of all)
    for (const [id, share] of Object.entries(weights)) sum[id] = (sum[id] ?? 0) + share / all.length;
  return sum;
}

/** Which hosts have something else live than the others, or run something else than what is live there; null: none. */
function disagreement(hosts: There[]): string | null {
  const named = (seen: HostSeen): string =>
    seen.live === null ? "nothing" : (seen.releases[seen.live]?.directory ?? "something unknown");
  for (const { host, seen } of hosts) {
    const release = seen.live === null ? undefined : seen.releases[seen.live];
    for (const [name, { runsIn }] of Object.entries(release?.components ?? {}))
      if (runsIn !== null && release && runsIn !== release.directory)
        return `${host} runs ${name} of ${runsIn}, though ${release.directory} is live there`;
  }
  const kinds = new Map<string, string[]>();
  for (const { host, seen } of hosts) kinds.set(named(seen), [...(kinds.get(named(seen)) ?? []), host]);
  if (kinds.size < 2) return null;
  return [...kinds]
    .sort(([, a], [, b]) => a.length - b.length)
    .map(([release, names]) => `${names.join(", ")} ${names.length === 1 ? "has" : "have"} ${release} live`)
    .join(", ");
}

/** Each host by itself, for people. */
export const hostsOf = (hosts: readonly (Seen & { reason: string | null })[]): HostStatus[] =>
  hosts.map(({ host, seen, reason }) => {
    const versionOf = (id: string) => seen?.releases[id]?.version ?? id;
    return {
      host,
      unreachable: seen === null ? (reason ?? "not reached") : null,
      live: seen?.live ? versionOf(seen.live) : null,
      weights: Object.fromEntries(
        Object.entries(seen?.weights ?? {}).map(([id, share]) => [versionOf(id), share]),
      ),
      components: Object.entries(seen?.releases ?? {}).flatMap(([id, release]) =>
        Object.entries(release.components)
          .filter(([, unit]) => isThereItself(unit) || id === seen?.live)
          .map(([name, { state, pid, port, usage }]) => ({
            name,
            version: release.version,
            state,
            pid,
            port,
            usage,
          })),
      ),
    };
  });
