import { resolve } from "node:path";
import type { SystemdHost, SystemdTarget } from "../../config/config.ts";
import type { EnvironmentRecord } from "../../deploy/inspect.ts";
import type { Observation } from "../../deploy/target.ts";
import { imageLayers } from "../../image/unpack.ts";
import { ok, type Result } from "../../result.ts";
import { routersOnHost } from "../../routers/on-host.ts";
import type { SshAddress } from "../../targets/ssh/commands.ts";
import { connectionIn } from "../../targets/ssh/connection.ts";
import type { SystemdSpec } from "../../targets/systemd/config.ts";
import { openSystemd, type SystemdEnvironment } from "../../targets/systemd/open.ts";
import type { Desk } from "../desk.ts";
import { layersOn } from "../images/layers.ts";
import { layoutOf } from "../images/work.ts";
import type { Reach, ReachPlace, Standing } from "./way.ts";

/** Where the hosts of an environment are, as the driver wants it. */
const hostsSpec = (target: SystemdTarget, root: string): SystemdSpec => ({
  ...target,
  hosts: target.hosts.map((host) => ({ ...host, address: addressOf(host, target, root) })),
});

/** How ssh reaches one host; files of the configuration are relative to the root. */
export const addressOf = (
  { destination, port }: SystemdHost,
  { sshConfig, knownHosts }: SystemdTarget,
  root: string,
): SshAddress => ({
  destination,
  port,
  config: sshConfig === null ? null : resolve(root, sshConfig),
  knownHosts: knownHosts === null ? null : resolve(root, knownHosts),
});

/** Begins to connect to hosts, for whoever comes next. */
export function connectHosts(target: SystemdTarget, root: string, desk: Desk): void {
  const { processes, clock, variables } = desk;
  for (const host of target.hosts) {
    const address = addressOf(host, target, root);
    void connectionIn(desk.connections, { address, processes, clock, variables }).connect();
  }
}

/** A connection to the hosts of an environment; `looking`: nothing will be changed by it. */
export function openHosts(
  { config, environment, root, state, desk }: ReachPlace,
  target: SystemdTarget,
  looking: boolean,
): Promise<Result<SystemdEnvironment>> {
  return openSystemd({
    environment: environment.name,
    app: config.app,
    spec: hostsSpec(target, root),
    front: target.front,
    ...desk,
    looking,
    technology: routersOnHost[target.router],
    // A recreate stops what serves: only there is a request that goes astray in a switch no broken promise.
    promised: environment.strategy.kind !== "recreate",
    layersOf: (image, digest, platform) => layersOn(layoutOf(state, image), digest, platform),
    fetchable: async (release) => {
      const there = await Promise.all(
        release.components.map(({ image, digest }) =>
          imageLayers({ layout: layoutOf(state, image), digest, platform: "linux/amd64" }),
        ),
      );
      return there.every(({ ok: found }) => found);
    },
  });
}

/** An environment on hosts: each time a connection to all of them. */
export function reachHosts(place: ReachPlace, target: SystemdTarget): Reach {
  const open = (looking: boolean) => openHosts(place, target, looking);
  const opened = () => open(false);
  const record = async (): Promise<Result<EnvironmentRecord | null>> => {
    const found = await open(true);
    if (!found.ok) return found;
    const read = await recordOf(found.value, found.value.target.observe());
    await found.value.close();
    return read;
  };
  return {
    open: opened,
    existing: opened,
    any: opened,
    running: () => open(true),
    record,
    journals: async () => {
      const found = await open(true);
      if (!found.ok) return found;
      const choice = await found.value.store.choice();
      await found.value.close();
      return choice;
    },
    standing: async (): Promise<Result<Standing>> => {
      const found = await open(true);
      if (!found.ok) return found;
      const looked = found.value.inspect.status();
      const seen = looked.then((one) => (one.ok ? ok(one.value.observation) : one));
      const [known, status] = await Promise.all([recordOf(found.value, seen), looked]);
      await found.value.close();
      if (!known.ok) return known;
      if (!status.ok) return status;
      return ok({ record: known.value, status: status.value });
    },
  };
}

async function recordOf(
  { store }: SystemdEnvironment,
  looked: Promise<Result<Observation>>,
): Promise<Result<EnvironmentRecord | null>> {
  const [journal, releases, seen] = await Promise.all([store.choice(), store.releases(), looked]);
  if (!journal.ok) return journal;
  if (!releases.ok) return releases;
  if (!seen.ok) return seen;
  const { entries, broken, notes } = journal.value;
  if (entries.length === 0 && releases.value.length === 0) return ok(null);
  const told = broken && "reason" in broken ? [`the journal: ${broken.reason}`] : notes;
  return ok({
    live: seen.value.live,
    url: seen.value.url,
    releases: releases.value,
    journal: entries,
    notes: told,
  });
}
