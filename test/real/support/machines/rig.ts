import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { imageLayers } from "../../../../pipeline/image/unpack.ts";
import { systemClock } from "../../../../pipeline/io/clock.ts";
import { createHttp } from "../../../../pipeline/io/http-client.ts";
import { createProcesses } from "../../../../pipeline/io/processes.ts";
import { fail, ok } from "../../../../pipeline/result.ts";
import { routersOnHost } from "../../../../pipeline/routers/on-host.ts";
import { Connection } from "../../../../pipeline/targets/ssh/connection.ts";
import type { SystemdSpec } from "../../../../pipeline/targets/systemd/config.ts";
import { provision } from "../../../../pipeline/targets/systemd/install.ts";
import { openSystemd, type SystemdEnvironment } from "../../../../pipeline/targets/systemd/open.ts";
import type { Provisioning } from "../../../../pipeline/targets/systemd/provision.ts";
import type { Rig } from "../../../contract/deployment.ts";
import { unwrap } from "../../../support/unwrap.ts";
import { imageRig } from "../../../targets/support/images.ts";
import { release } from "../../../targets/support/world.ts";
import type { Machines } from "./machines.ts";

const port = 8080;

/** The application `quotes` on machines that are booted already: a directory, a user and a router of its own each time. */
export async function systemdRig(
  booted: Machines,
  login = "root",
  router: keyof typeof routersOnHost = "haproxy",
): Promise<Rig> {
  const processes = createProcesses();
  const { machines, sshConfig, directory } = booted;
  const spec: SystemdSpec = {
    hosts: machines.map(({ name }) => ({
      name,
      address: { destination: name, port: null, config: sshConfig, knownHosts: null },
      components: ["api"],
    })),
    port,
    directory: "/opt/quotes",
    user: "quotes",
    sudo: login !== "root",
    split: "weights",
    parallel: 8,
  };
  const given: Provisioning = {
    app: "quotes",
    directory: spec.directory,
    user: spec.user,
    login: login === "root" ? null : login,
    port,
    ports: [21_000, 21_999],
    technology: routersOnHost[router],
  };
  for (const machine of machines) await clean(machine);
  await Promise.all(
    machines.map(async ({ name }) => {
      const remote = new Connection({
        address: { destination: `root@${name}`, port: null, config: sshConfig, knownHosts: null },
        processes,
        clock: systemClock,
        variables: process.env,
      });
      const made = await provision(remote, given, false);
      if (!made.ok) throw new Error(made.failure);
      await remote.close();
    }),
  );
  const state = join(directory, `state-${Date.now()}`);
  const { mkdir } = await import("node:fs/promises");
  await mkdir(state);
  const { layout, digests } = await imageRig(state, ["one"]);
  const opened: SystemdEnvironment[] = [];
  const component = { digest: digests.one, command: ["/usr/local/bin/node", "service.mjs"] };
  return {
    releases: [release("1.0.0", [component]), release("1.1.0", [component])],
    exitsWith3: "test -f service.mjs && exit 3",
    ttlMs: 12_000,
    patienceMs: 40_000,
    late: router === "nginx" ? 1 : 0,
    open: async () => {
      const one = unwrap(
        await openSystemd({
          environment: "staging",
          app: "quotes",
          spec,
          front: "api",
          processes,
          clock: systemClock,
          http: createHttp(),
          variables: process.env,
          layersOf: async (_image, digest, platform) => {
            const found = await imageLayers({ layout, digest, platform });
            return found.ok ? ok(found.value) : fail(found.failure.kind);
          },
          fetchable: async () => true,
          technology: routersOnHost[router],
          promised: true,
        }),
      );
      opened.push(one);
      return one;
    },
    lose: async (deployment) => deployment.close(),
    load: async (count) => {
      const [first] = machines;
      for (let sent = 0; sent < count; sent++) {
        const answer = await fetch(`http://${first?.address}:${port}/`);
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        await answer.text();
      }
    },
    wait: (ms) => wait(ms),
    close: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await processes.close();
    },
  };
}

/** Nothing of an earlier test is left. */
async function clean(machine: Machines["machines"][number]): Promise<void> {
  await machine.sh(
    "systemctl stop 'quotes-*' 2>/dev/null; rm -rf /opt/quotes /etc/systemd/system/quotes-* /etc/systemd/system/*/quotes-*; systemctl daemon-reload; systemctl reset-failed; true",
  );
}
