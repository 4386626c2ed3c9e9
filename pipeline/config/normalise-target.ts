import type { Component, SystemdHost, Target } from "./config.ts";
import { portsPattern, type WrittenTarget } from "./schema-target.ts";

/** What runs the releases, with every default filled in. */
export function normaliseTarget(
  written: WrittenTarget | undefined,
  app: string,
  components: Record<string, Pick<Component, "name" | "port">>,
): Target {
  const given = typeof written === "object" ? written : {};
  const { local, systemd } = given;
  if (!systemd) return { kind: "local", port: local?.port ?? null, router: local?.router ?? "built-in" };
  const names = Object.keys(components);
  const front = Object.values(components).find(({ port }) => port !== null) ?? null;
  const [, from = 21_000, to = 21_999] = portsPattern.exec(systemd.ports ?? "")?.map(Number) ?? [];
  const roles = Object.values(systemd.roles ?? {});
  const hosts = [
    ...(systemd.hosts ?? []).map((host) => hostOf(host, names)),
    ...roles.flatMap((role) => role.hosts.map((host) => hostOf(host, role.components))),
  ];
  return {
    kind: "systemd",
    hosts: together(hosts),
    front: front?.name ?? null,
    port: front === null ? null : (systemd.port ?? front.port),
    router: systemd.router ?? "haproxy",
    directory: systemd.directory ?? `/opt/${app}`,
    user: systemd.user ?? app,
    sudo: systemd.sudo ?? false,
    split: systemd.split ?? "weights",
    parallel: systemd.parallel ?? 8,
    ports: [from, to],
    sshConfig: systemd["ssh-config"] ?? null,
    knownHosts: systemd["known-hosts"] ?? null,
  };
}

/** `deploy@web-1:2222`: the port goes apart, and people see the name alone. */
function hostOf(written: string, components: readonly string[]): SystemdHost {
  const port = /:(\d+)$/.exec(written)?.[1];
  const destination = written.replace(/:\d+$/, "");
  return {
    name: destination.replace(/^.*@/, ""),
    destination,
    port: port === undefined ? null : Number(port),
    components: [...components],
  };
}

/** One host in two roles is one host with the components of both. */
function together(hosts: SystemdHost[]): SystemdHost[] {
  const found = new Map<string, SystemdHost>();
  for (const host of hosts) {
    const known = found.get(host.name);
    const components = [...new Set([...(known?.components ?? []), ...host.components])];
    found.set(host.name, { ...(known ?? host), components });
  }
  return [...found.values()];
}
