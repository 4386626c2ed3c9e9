import type { Platform } from "../../config/config.ts";
import type { OpenEnvironment } from "../../deploy/inspect.ts";
import type { Release } from "../../deploy/release.ts";
import type { ImageLayers } from "../../image/unpack.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import type { Processes } from "../../io/process.ts";
import { createRedactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type Connections, connectionIn } from "../ssh/connection.ts";
import { first } from "./answer.ts";
import type { SystemdSpec } from "./config.ts";
import { platformOf } from "./deliver.ts";
import { Fleet } from "./fleet.ts";
import { Host } from "./host.ts";
import type { HostRouter } from "./host-router.ts";
import { protocol } from "./host-script.ts";
import { systemdInspect } from "./inspect.ts";
import { Knowledge } from "./knowledge.ts";
import { systemdRouter } from "./router.ts";
import { SystemdStore } from "./store.ts";
import { systemdTarget } from "./target.ts";

export type OpenOptions = {
  environment: string;
  app: string;
  spec: SystemdSpec;
  /** Component that takes the traffic, or null. */
  front: string | null;
  processes: Processes;
  clock: Clock;
  http: Http;
  variables: Record<string, string | undefined>;
  /** Where connections are kept for whoever comes next, and closed by who owns them; without it they are this one's. */
  connections?: Connections;
  layersOf(image: string, digest: string, platform: Platform): Promise<Result<ImageLayers, string>>;
  fetchable(release: Release): Promise<boolean>;
  /** What splits the traffic on the hosts. */
  technology: HostRouter;
  /** The strategy promises that no request is lost in a switch. */
  promised: boolean;
  /** Nothing will be changed: hosts that cannot be had are told beside what the others show. */
  looking?: boolean;
};

/** A connection to all hosts of an environment. */
export type SystemdEnvironment = OpenEnvironment & {
  store: SystemdStore;
  /** Whether a service is reached from every host; null: it is. */
  reach(
    kind: string,
    host: string,
    port: number,
    path: string,
  ): Promise<{ from: string; reason: string } | null>;
};

/** Connects to every host; a host that cannot be had is told before anything is begun. */
export async function openSystemd(options: OpenOptions): Promise<Result<SystemdEnvironment>> {
  const { environment, app, spec, processes, clock, http, variables, front } = options;
  const shared: Connections = options.connections ?? new Map();
  const hosts = spec.hosts.map(
    (one) =>
      new Host(
        one,
        connectionIn(shared, { address: one.address, processes, clock, variables }),
        app,
        spec.sudo,
      ),
  );
  const close = async () => {
    if (options.connections === undefined) await Promise.all([...shared.values()].map((one) => one.close()));
  };
  const [own] = hosts;
  if (!own) throw new Error(`${environment} has no hosts`);
  const fleet = new Fleet(environment, hosts, own, spec.parallel);
  const platforms = await greet(fleet, options);
  if (!platforms.ok) {
    await close();
    return platforms;
  }
  const redactor = createRedactor();
  // Where nothing listens, weights are only written down, on every host.
  const fronts = front === null ? fleet.hosts : fleet.having([front]);
  const known = new Knowledge(fleet, fronts, options.technology.shares);
  const [door] = fronts;
  const url = door && spec.port !== null ? `http://${door.name}:${spec.port}` : "";
  const store = new SystemdStore(fleet, known, {
    clock,
    directory: spec.directory,
    fetchable: options.fetchable,
  });
  return ok({
    target: systemdTarget(fleet, known, {
      http,
      redactor,
      platforms: platforms.value,
      url,
      layersOf: options.layersOf,
      place: { app, directory: spec.directory, user: spec.user },
    }),
    router: systemdRouter(fleet, known, spec.split, options.technology),
    store,
    inspect: systemdInspect(fleet, known, { url, redactor }),
    reach: async (...place) => {
      const all = await fleet.each(fleet.reached, (host) =>
        host.ask(["reach", ...place], { timeoutMs: 15_000 }),
      );
      for (const { host, said } of all) {
        if (said.ok) continue;
        const { failure } = said;
        return { from: host.name, reason: failure.kind === "unknown" ? failure.reason : failure.words };
      }
      return null;
    },
    close: async () => {
      store.close();
      await close();
    },
  });
}

/** Asks every host who it is: reached, provisioned for this application, and of a kind that images can be for. */
async function greet(
  fleet: Fleet,
  { environment, app, spec, looking = false, technology, promised }: OpenOptions,
): Promise<Result<Map<Host, Platform>>> {
  const all = await fleet.each(fleet.hosts, (host) => host.ask(["hello"], { timeoutMs: 30_000 }));
  const found = new Map<Host, Platform>();
  const unfit = (host: Host, reason: string, remedy: string) =>
    fail({ kind: "host-unfit" as const, environment, host: host.name, reason, remedy });
  const provision = (host: Host) => `bellwether provision ${host.name}`;
  const isRest = all.some(({ host, said }) => host === fleet.first && said.ok);
  for (const { host, said } of all) {
    if (!said.ok && looking && isRest) {
      fleet.lose(host, said.failure);
      continue;
    }
    if (!said.ok) {
      const reason = said.failure.kind === "unknown" ? said.failure.reason : said.failure.words;
      return unfit(host, reason, remedyFor(reason, host.name, spec.sudo));
    }
    const lines = said.value;
    const version = first(lines, "protocol") ?? "";
    if (version !== String(protocol))
      return unfit(
        host,
        `its part of ${app} speaks protocol ${version || "none"}, this program ${protocol}`,
        provision(host),
      );
    const own = first(lines, "directory");
    if (own !== spec.directory)
      return unfit(
        host,
        `${app} lies in ${own} there, the configuration says ${spec.directory}`,
        provision(host),
      );
    if (first(lines, "writable") !== "yes")
      return unfit(
        host,
        `${spec.directory} cannot be written: it is full, or read-only`,
        `df -h ${spec.directory}`,
      );
    const has = first(lines, "technology") ?? "none";
    if (!looking && has !== "none" && has !== technology.name)
      return unfit(
        host,
        `${has} splits the traffic there, the configuration says ${technology.name}`,
        provision(host),
      );
    const flaw = has === "none" || looking ? null : technology.unfit(first(lines, "router") ?? "", promised);
    if (flaw !== null)
      return unfit(host, flaw, "install that, or write `router: haproxy` or `strategy: recreate`");
    const machine = first(lines, "arch") ?? "";
    const platform = platformOf(machine);
    if (platform === null) return unfit(host, `it is a ${machine}`, "use a host of x86_64 or aarch64");
    found.set(host, platform);
  }
  return ok(found);
}

/** What to do, by what ssh or sudo said. */
function remedyFor(reason: string, host: string, sudo: boolean): string {
  if (/host key verification/i.test(reason))
    return `look at the host's key, then add it: ssh-keyscan ${host} >> ~/.ssh/known_hosts`;
  if (/permission denied/i.test(reason)) return `see that \`ssh ${host}\` works without a password`;
  if (/sudo|password is required/i.test(reason))
    return `give its user the rule of sudo: bellwether provision ${host}`;
  if (/no such file|not found/i.test(reason)) return `bellwether provision ${host}`;
  return `see that \`ssh ${host}${sudo ? " sudo -n true" : ""}\` works`;
}
