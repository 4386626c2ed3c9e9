import { unknownName } from "../plan/select.ts";
import { fail, ok, type Result } from "../result.ts";
import { openDesk } from "./desk.ts";
import type { Settings } from "./settings.ts";
import { environmentOf, readConfig } from "./subject.ts";
import { say } from "./terminal.ts";

/**
 * Makes another host keep an environment's lease and journal, where a person says so: the one before may be gone for good.
 * Refused while somebody holds the lease. The configuration must name that host first from then on.
 */
export async function moveLease(settings: Settings, name: string, host: string): Promise<Result<void>> {
  const config = await readConfig(settings);
  if (!config.ok) return config;
  const environment = environmentOf(config.value, name);
  if (!environment.ok) return environment;
  const { target } = environment.value;
  const hosts = target.kind === "systemd" ? target.hosts.map((one) => one.name) : [];
  if (!hosts.includes(host) || target.kind !== "systemd") return fail(unknownName("host", host, hosts));
  if (hosts[0] !== host)
    return fail({
      kind: "usage",
      got: `--lease-host ${host}, while the configuration names ${hosts[0]} first`,
      expected: `${host} as the first host of ${name}`,
      remedy: `Put ${host} first under hosts, or under the first role: the first host keeps the lease.`,
    });
  const desk = openDesk();
  try {
    const { openHosts } = await import("./reach/hosts.ts");
    const { root, state } = settings;
    const place = { config: config.value, environment: environment.value, root, state, desk };
    const opened = await openHosts(place, target, true);
    if (!opened.ok) return opened;
    const moved = await opened.value.store.moveTo(host);
    await opened.value.close();
    if (!moved.ok) return moved;
    say(settings.json, [`the lease of ${name} is kept on ${host} from now on`]);
    return ok(undefined);
  } finally {
    await desk.close();
  }
}
