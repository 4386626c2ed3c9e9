import type { Config, Environment, SystemdHost, SystemdTarget } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import { unknownName } from "../plan/select.ts";
import { fail, ok, type Result } from "../result.ts";
import { routersOnHost } from "../routers/on-host.ts";
import { Connection } from "../targets/ssh/connection.ts";
import { lacking, provision as make } from "../targets/systemd/install.ts";
import type { Provisioning } from "../targets/systemd/provision.ts";
import { type Desk, openDesk } from "./desk.ts";
import { addressOf } from "./reach/hosts.ts";
import type { Settings } from "./settings.ts";
import { readConfig } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** The options of `provision`: who comes to do it, whether it is only shown, whether nobody is asked. */
export type ProvisionOptions = {
  environment?: string;
  user?: string;
  sudo?: boolean;
  dryRun?: boolean;
  yes?: boolean;
};

type Wanted = { environment: Environment; target: SystemdTarget; host: SystemdHost };

/**
 * Prepares hosts: user, directories, HAProxy, the host's part and the rule of sudo. What would be changed is shown first;
 * done again, nothing is. `names` are hosts, or environments, which are all of their hosts.
 */
export async function provision(
  settings: Settings,
  names: string[],
  options: ProvisionOptions,
): Promise<number> {
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const wanted = wantedHosts(config.value, names, options.environment);
  if (!wanted.ok) return tellFailure(wanted.failure);
  const desk = openDesk();
  try {
    return await provisionAll(settings, config.value, wanted.value, { ...options, desk });
  } finally {
    await desk.close();
  }
}

type Doing = ProvisionOptions & { desk: Desk };

async function provisionAll(
  { json, root }: Settings,
  config: Config,
  wanted: Wanted[],
  doing: Doing,
): Promise<number> {
  const opened = wanted.map((one) => ({ ...one, ...connection(config, one, root, doing) }));
  try {
    const found = await Promise.all(
      opened.map(async (one) => ({
        ...one,
        asked: await lacking(one.remote, one.given, doing.sudo ?? false),
      })),
    );
    for (const { environment, host, asked } of found)
      if (!asked.ok) return tellFailure(unfit(environment, host, asked.failure, doing));
    const changes = found.map(({ host, asked }) => ({
      host: host.name,
      changes: asked.ok ? asked.value : [],
    }));
    const left = found.filter(({ asked }) => asked.ok && asked.value.length > 0);
    if (!json || left.length > 0) say(json, shown(changes));
    if (left.length === 0 || doing.dryRun) {
      if (json) answer({ format: 1, changed: false, hosts: changes });
      return 0;
    }
    const agreed = doing.yes ? ok(true) : await agree(left.map(({ host }) => host.name).join(", "));
    if (!agreed.ok) return tellFailure(agreed.failure);
    if (!agreed.value) {
      say(json, ["nothing was changed"]);
      return 0;
    }
    for (const { environment, host, remote, given } of left) {
      const made = await make(remote, given, doing.sudo ?? false);
      if (!made.ok) return tellFailure(unfit(environment, host, made.failure, doing));
      say(json, [`${host.name}: done`]);
    }
    if (json) answer({ format: 1, changed: true, hosts: changes });
    return 0;
  } finally {
    await Promise.all(opened.map(({ remote }) => remote.close()));
  }
}

/** Whoever sits at a terminal is asked; nobody else is guessed for. */
async function agree(hosts: string): Promise<Result<boolean>> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    return fail({
      kind: "usage",
      got: "changes that nobody has agreed to, and no terminal to ask at",
      expected: "a word that they are wanted",
      remedy: "Write `--yes`, or `--dry-run` to see them only.",
    });
  const { confirm } = await import("@clack/prompts");
  const agreed = await confirm({ message: `Change ${hosts}?`, initialValue: false, output: process.stderr });
  return ok(agreed === true);
}

/** Hosts of which the same is wanted have it once. */
function shown(all: { host: string; changes: string[] }[]): string[] {
  const alike = new Map<string, string[]>();
  for (const { host, changes } of all) {
    const same = changes.join("\n");
    alike.set(same, [...(alike.get(same) ?? []), host]);
  }
  return [...alike].flatMap(([changes, hosts]) =>
    changes === ""
      ? [`${hosts.join(", ")}: nothing to change`]
      : [`${hosts.join(", ")}:`, ...changes.split("\n").map((one) => `  ${one}`)],
  );
}

function connection(
  config: Config,
  { target, host }: Wanted,
  root: string,
  { desk, user }: Doing,
): { remote: Connection; given: Provisioning } {
  const address = addressOf(host, target, root);
  const login = /^(.*)@/.exec(host.destination)?.[1] ?? null;
  const destination = user === undefined ? address.destination : `${user}@${host.name}`;
  return {
    remote: new Connection({
      address: { ...address, destination },
      processes: desk.processes,
      clock: desk.clock,
      variables: desk.variables,
    }),
    given: {
      app: config.app,
      directory: target.directory,
      user: target.user,
      login: target.sudo ? login : null,
      port: target.front !== null && host.components.includes(target.front) ? target.port : null,
      ports: target.ports,
      technology: routersOnHost[target.router],
    },
  };
}

/** The hosts that are meant, each once, with the environment that says how they should be. */
function wantedHosts(config: Config, names: string[], only: string | undefined): Result<Wanted[]> {
  const all = Object.values(config.environments).flatMap((environment): Wanted[] => {
    const { target } = environment;
    if (target.kind !== "systemd" || (only !== undefined && environment.name !== only)) return [];
    return target.hosts.map((host) => ({ environment, target, host }));
  });
  const known = [...new Set(all.flatMap(({ environment, host }) => [environment.name, host.name]))];
  const found: Wanted[] = [];
  for (const name of names) {
    const meant = all.filter(({ environment, host }) => environment.name === name || host.name === name);
    const [first] = meant;
    if (!first) return fail(unknownName("host or environment", name, known));
    const environments = [...new Set(meant.map(({ environment }) => environment.name))];
    if (environments.length > 1) return fail(ambiguous(name, environments));
    found.push(...meant.filter((one) => !found.includes(one)));
  }
  const nobody = found.find(({ target, host }) => target.sudo && !host.destination.includes("@"));
  return nobody ? fail(noLogin(nobody.host.name)) : ok(found);
}

const ambiguous = (name: string, environments: string[]): Failure => ({
  kind: "usage",
  got: `${name}, a host of ${environments.join(" and ")}`,
  expected: "the environment that it is prepared for",
  remedy: `Write for example \`bellwether provision ${name} --environment ${environments[0]}\`.`,
});

const noLogin = (host: string): Failure => ({
  kind: "usage",
  got: `the host ${host} with sudo, and no user that comes there`,
  expected: "the user whom sudo allows the host's part",
  remedy: `Write the host as deploy@${host} in the configuration.`,
});

const unfit = ({ name }: Environment, host: SystemdHost, reason: string, { user, sudo }: Doing): Failure => ({
  kind: "host-unfit",
  environment: name,
  host: host.name,
  reason: reason.replace(/\.+$/, ""),
  remedy: /password is required|permission denied|cannot lock|must be root|not allowed/i.test(reason)
    ? `come as somebody who may do that: bellwether provision ${host.name} --user root${sudo ? "" : ", or --sudo"}`
    : `see to it on ${user === undefined ? "" : `${user}@`}${host.name}, then provision it again`,
});
