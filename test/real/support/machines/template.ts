import { execFile } from "node:child_process";
import { access, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { installed } from "../packages.ts";

const execute = promisify(execFile);

/** Packages of a machine, beside the smallest Debian. A change of the list is another template. */
const packages = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "haproxy",
  "nginx",
  "socat",
  "iproute2",
  "util-linux",
  "procps",
  "sudo",
  "libstdc++6",
];

/** Where what is made once for all tests is kept. */
export const home = "/var/tmp/bellwether-machines";

/** The file system that every machine of a test begins with; made once on this machine. */
export async function template(): Promise<string> {
  await installed("mmdebstrap", ["/usr/bin/mmdebstrap"]);
  await installed("systemd-container", ["/usr/bin/systemd-nspawn"]);
  await installed("openssh-client", ["/usr/bin/ssh"]);
  await installed("iproute2", ["/usr/sbin/ip", "/sbin/ip"]);
  const made = join(home, `debian-${packages.length}-1`);
  if (await there(join(made, "etc"))) return made;
  await mkdir(home, { recursive: true });
  const partial = join(home, `.making-${process.pid}`);
  await rm(partial, { recursive: true, force: true });
  await execute("mmdebstrap", ["--variant=minbase", `--include=${packages.join(",")}`, "bookworm", partial], {
    timeout: 280_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  const wanted = join(partial, "etc/systemd/system");
  const disable = ["haproxy.service", "nginx.service", "systemd-networkd-wait-online.service"];
  for (const name of disable) await symlink("/dev/null", join(wanted, name)).catch(() => {});
  await mkdir(join(wanted, "multi-user.target.wants"), { recursive: true });
  await symlink(
    "/lib/systemd/system/systemd-networkd.service",
    join(wanted, "multi-user.target.wants/systemd-networkd.service"),
  );
  await writeFile(join(partial, "etc/machine-id"), "");
  // The services of tests are programs of Node; the machine gets this one's.
  await execute("cp", [process.execPath, join(partial, "usr/local/bin/node")]);
  await rename(partial, made);
  return made;
}

export const there = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
