import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installed } from "./packages.ts";

const execute = promisify(execFile);

/** Debian's client, which has BuildKit in it; a newer one on PATH may lack the component that it needs for that. */
const client = "/usr/bin/docker";
const bridge = "bwdocker0";

/** A Docker daemon of a test's own. */
export type RealDocker = {
  /** The variables by which clients find it: a PATH with Debian's client first, and where it listens. */
  variables: Record<string, string>;
  /** Calls its client; the output, without the last line break. */
  call(...args: string[]): Promise<string>;
  close(): Promise<void>;
};

/** Debian's dockerd on a socket, a directory and a bridge of its own; it leaves the machine's packet filter alone. */
export async function realDocker(): Promise<RealDocker> {
  await installed("docker.io", ["/usr/sbin/dockerd"]);
  await installed("iproute2", ["/usr/sbin/ip", "/sbin/ip"]);
  const directory = await mkdtemp(join(tmpdir(), "bellwether-dockerd-"));
  const at = (name: string) => join(directory, name);
  await execute("ip", ["link", "del", bridge]).catch(() => {});
  await execute("ip", ["link", "add", bridge, "type", "bridge"]);
  await execute("ip", ["address", "add", "10.213.77.1/24", "dev", bridge]);
  await execute("ip", ["link", "set", bridge, "up"]);
  const variables = { DOCKER_HOST: `unix://${at("socket")}`, PATH: `/usr/bin:${process.env.PATH ?? ""}` };
  const child = spawn(
    "/usr/sbin/dockerd",
    [
      ...["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid")],
      ...["--host", variables.DOCKER_HOST, "--bridge", bridge],
      ...["--iptables=false", "--ip-forward=false", "--ip-masq=false"],
    ],
    { stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const listens = new Promise<void>((resolve, reject) => {
    let text = "";
    const look = (chunk: Buffer): void => {
      text += chunk;
      if (text.includes("API listen on")) resolve();
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    void ended.then(() => reject(new Error(`dockerd ended: ${text.slice(-2000)}`)));
  });
  const close = async (): Promise<void> => {
    // It ends its containers and its containerd, which have process groups of their own.
    child.kill("SIGTERM");
    const limit = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await ended;
    clearTimeout(limit);
    const containerd = await readFile(at("exec/containerd/containerd.pid"), "utf8").catch(() => "");
    if (containerd !== "" && existsSync(`/proc/${containerd}`)) process.kill(Number(containerd), "SIGKILL");
    await execute("ip", ["link", "del", bridge]).catch(() => {});
    for (const line of (await readFile("/proc/mounts", "utf8")).split("\n")) {
      const [, place = ""] = line.split(" ");
      if (place.startsWith(`${directory}/`)) await execute("umount", ["--lazy", place]);
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await listens;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    variables,
    call: async (...args) =>
      (
        await execute(client, args, { env: { ...process.env, ...variables }, timeout: 120_000 })
      ).stdout.trim(),
    close,
  };
}
