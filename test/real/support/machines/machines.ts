import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Child } from "../../../../pipeline/io/process.ts";
import { createProcesses } from "../../../../pipeline/io/processes.ts";
import { eventually, isAlive } from "../../../support/left.ts";
import { template } from "./template.ts";

const execute = promisify(execFile);

/** One booted Debian with systemd and sshd, in a network namespace of its own. */
export type Machine = {
  name: string;
  address: string;
  /** Its file system, as it is seen from outside. */
  root: string;
  /** Runs a shell line there as root; its standard output. */
  sh(line: string): Promise<string>;
  /** How often the user who deploys has been shaken hands with. */
  handshakes(): Promise<number>;
  /** Cuts its link, or mends it. */
  link(up: boolean): Promise<void>;
  /** Ends it at once, as a loss of power does. */
  kill(): Promise<void>;
};

export type Machines = {
  machines: Machine[];
  /** An ssh_config(5) that knows them by name. */
  sshConfig: string;
  directory: string;
  close(): Promise<void>;
};

let networks = 0;

/** Tests steer their machines also while they try what happens with other keys. */
const unchecked = ["-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];

/**
 * Boots machines on a bridge of their own. `login`: the user who comes by ssh; without rights where it is not root. The
 * bridge has addresses of a documentation range, and leads nowhere else. `personality`: machines that say they are of
 * another architecture.
 */
export async function bootMachines(
  names: string[],
  login = "root",
  personality: Record<string, string> = {},
): Promise<Machines> {
  const from = await template();
  const directory = await mkdtemp(join(tmpdir(), "bw-machines-"));
  const processes = createProcesses();
  await sweep();
  const bridge = `bw${process.pid}n${++networks}`;
  const first = await freeRange();
  const addressOf = (at: number): string => `198.51.100.${first + at}`;
  const ip = (...words: string[]) => execute("ip", words);
  await ip("link", "add", bridge, "type", "bridge");
  await ip("addr", "add", `${addressOf(1)}/27`, "dev", bridge);
  await ip("link", "set", bridge, "up");
  const key = join(directory, "key");
  await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const publicKey = await readFile(`${key}.pub`, "utf8");
  const booted: { machine: Machine; child: Child }[] = [];
  // No name is taken twice: the kernel takes the link of a machine that is gone away when it gets to it.
  const network = networks;
  const machineOf = (at: number): string => `b${process.pid.toString(36)}${network}x${at}`;

  const boot = async (name: string, at: number) => {
    const root = join(directory, name);
    const address = addressOf(10 + at);
    const [upper, work] = [join(directory, `${name}-upper`), join(directory, `${name}-work`)];
    for (const made of [root, upper, work]) await mkdir(made);
    // What a machine changes lies over the template, which stays as it is.
    const layers = `lowerdir=${from},upperdir=${upper},workdir=${work}`;
    await execute("mount", ["-t", "overlay", "-o", layers, "overlay", root]);
    await writeFile(join(root, "etc/hostname"), `${name}\n`);
    await writeFile(join(root, "etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${name}\n`);
    await writeFile(
      join(root, "etc/systemd/network/10-host0.network"),
      `[Match]\nName=host0\n[Network]\nAddress=${address}/27\nLinkLocalAddressing=no\n`,
    );
    const hostKey = join(root, "etc/ssh/ssh_host_ed25519_key");
    await rm(hostKey, { force: true });
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", hostKey]);
    const users = login === "root" ? ["root"] : ["root", login];
    if (login !== "root") await execute("chroot", [root, "useradd", "-m", "-s", "/bin/bash", login]);
    for (const user of users) {
      const home = user === "root" ? join(root, "root") : join(root, "home", user);
      await mkdir(join(home, ".ssh"), { recursive: true });
      await writeFile(join(home, ".ssh/authorized_keys"), publicKey);
      await chmod(join(home, ".ssh"), 0o700);
      if (user !== "root") await execute("chroot", [root, "chown", "-R", `${user}:`, `/home/${user}`]);
    }
    const started = await processes.start({
      argv: [
        // A control group of its own: several systemds in one would take each other's away.
        ...["sh", "-c", ownGroup, "sh", `bw-${process.pid}-${name}`],
        // A namespace of processes around it: with its first one everything goes, however we end.
        ...["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--link-journal=no",
        `--machine=${machineOf(at)}`,
        `--hostname=${name}`,
        "--console=pipe",
        ...(personality[name] === undefined ? [] : [`--personality=${personality[name]}`]),
        "-D",
        root,
        `--network-veth`,
        `--network-bridge=${bridge}`,
        "-b",
      ],
      directory: "/",
      environment: { PATH: process.env.PATH ?? "" },
      output: () => {},
    });
    if (!started.ok) throw new Error(started.failure);
    const host = `vb-${machineOf(at)}`;
    const sh = async (line: string) =>
      (
        await execute(
          "ssh",
          ["-F", join(directory, "ssh_config"), "-o", "ConnectTimeout=1", ...unchecked, `root@${name}`, line],
          {
            timeout: 60_000,
            maxBuffer: 1 << 26,
          },
        )
      ).stdout;
    const machine: Machine = {
      name,
      address,
      root,
      sh,
      handshakes: async () =>
        Number(
          await sh(
            `journalctl --sync; journalctl -u ssh -o cat | grep -c 'Accepted publickey for ${login}' || true`,
          ),
        ),
      link: async (up) => void (await ip("link", "set", host, up ? "up" : "down")),
      kill: async () => void (await started.value.stop(0)),
    };
    booted.push({ machine, child: started.value });
  };
  await Promise.all(names.map(boot));
  booted.sort((a, b) => names.indexOf(a.machine.name) - names.indexOf(b.machine.name));
  const known = await Promise.all(
    booted.map(async ({ machine: { name, address, root } }) => {
      const text = await readFile(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
      const [kind, bytes] = text.split(" ");
      return `${name},${address} ${kind} ${bytes}\n`;
    }),
  );
  await writeFile(join(directory, "known_hosts"), known.join(""));
  await writeFile(
    join(directory, "ssh_config"),
    [
      ...booted.flatMap(({ machine: { name, address } }) => [
        `Host ${name}`,
        `  HostName ${address}`,
        `  HostKeyAlias ${name}`,
      ]),
      "Host *",
      `  User ${login}`,
      `  IdentityFile ${key}`,
      "  IdentitiesOnly yes",
      `  UserKnownHostsFile ${join(directory, "known_hosts")}`,
      "",
    ].join("\n"),
  );
  const close = async () => {
    await Promise.all(booted.map(({ child }) => child.stop(0)));
    await processes.close();
    await ip("link", "del", bridge).catch(() => {});
    for (const name of names) {
      await execute("umount", ["--lazy", join(directory, name)]).catch(() => {});
      await execute("sh", [
        "-c",
        `rmdir /sys/fs/cgroup/bw-${process.pid}-${name} /sys/fs/cgroup/*/bw-${process.pid}-${name}`,
      ]).catch(() => {});
    }
    await rm(directory, { recursive: true, force: true });
  };
  for (const { machine } of booted) {
    const up = () =>
      machine.sh("systemctl is-system-running || true").then(
        (said) => /running|degraded/.test(said),
        () => false,
      );
    if (await eventually(up, 60_000)) continue;
    await close();
    throw new Error(`${machine.name} did not come up`);
  }
  return {
    machines: booted.map(({ machine }) => machine),
    sshConfig: join(directory, "ssh_config"),
    directory,
    close,
  };
}

const ownGroup = `name=$1; shift
for at in /sys/fs/cgroup /sys/fs/cgroup/*; do
  [ -e "$at/cgroup.procs" ] && mkdir -p "$at/$name" 2>/dev/null || continue
  for each in cpuset.cpus cpuset.mems; do [ -e "$at/$name/$each" ] && [ -e "$at/$each" ] && cat "$at/$each" >"$at/$name/$each" 2>/dev/null; done
  echo $$ >"$at/$name/cgroup.procs" 2>/dev/null
done
exec "$@"`;

async function links(): Promise<string[]> {
  const { stdout } = await execute("ip", ["-o", "link"]);
  return stdout.split("\n").flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);
}

/** The first address of 32 that no other bridge has: one that was killed may not be gone yet. */
async function freeRange(): Promise<number> {
  const { stdout } = await execute("ip", ["-o", "-4", "addr"]);
  const taken = [...stdout.matchAll(/198\.51\.100\.(\d+)/g)].map(([, last]) => Math.floor(Number(last) / 32));
  const free = [0, 1, 2, 3, 4, 5, 6, 7].find((each) => !taken.includes(each));
  if (free === undefined) throw new Error("every range of addresses for machines is taken");
  return free * 32;
}

/** Bridges of a test that was killed: an address twice would lead into the old one. */
async function sweep(): Promise<void> {
  for (const name of await links()) {
    const owner = /^bw(\d+)n\d+$/.exec(name)?.[1];
    if (owner !== undefined && Number(owner) !== process.pid && !isAlive(Number(owner)))
      await execute("ip", ["link", "del", name]).catch(() => {});
  }
}
