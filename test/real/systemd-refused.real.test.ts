import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootMachines, type Machine, type Machines } from "./support/machines/machines.ts";
import { type Trade, tradeRepository } from "./support/machines/trade.ts";
import { failuresIn, servedIn, startTraffic } from "./support/machines/traffic.ts";

/** What is refused before the first effect, each with its reason: the host stays as it was. */
let booted: Machines;
let trade: Trade;
let host: Machine;
let old: Machine;

beforeAll(async () => {
  booted = await bootMachines(["web-1", "old-1"], "deploy", { "old-1": "x86" });
  [host, old] = booted.machines as [Machine, Machine];
  trade = await tradeRepository(booted.sshConfig, ["deploy@web-1"], ["sudo: true"]);
  await trade.make("1.0.0", {});
});
afterAll(async () => {
  await trade?.close();
  await booted?.close();
});

const deploy = () => trade.run("deploy", "production", "1.0.0");
const releases = () =>
  host.sh("ls /opt/trade/releases /etc/systemd/system 2>/dev/null | grep -c trade-api || true");

async function refused(reason: string | RegExp, next?: string): Promise<void> {
  const done = await deploy();
  expect(done.code, done.stdout).toBe(3);
  expect(done.stdout).toMatch(reason);
  expect(done.stdout).toContain("Nothing was begun");
  if (next !== undefined) expect(done.stdout).toContain(next);
  expect(await releases()).toBe("0\n");
}

test("a host of another architecture, or none that images are for, is refused by its name", async () => {
  expect(await old.sh("uname -m")).toBe("i686\n");
  const elsewhere = await tradeRepository(booted.sshConfig, ["deploy@old-1"], ["sudo: true"]);
  try {
    expect((await elsewhere.run("provision", "old-1", "--user", "root", "--yes")).code).toBe(0);
    await elsewhere.make("1.0.0", {});
    const done = await elsewhere.run("deploy", "production", "1.0.0");
    expect(done.code, done.stdout).toBe(3);
    expect(done.stdout).toContain("old-1 of production cannot be worked with: it is a i686");
  } finally {
    await elsewhere.close();
  }
});

test("a host that was not provisioned is refused with the command that does it", async () => {
  await refused(/web-1 of production cannot be worked with/, "bellwether provision web-1");
  expect((await trade.run("provision", "web-1", "--user", "root", "--yes")).code).toBe(0);
});

test("a host whose key is not known, or is another one, is never spoken with", async () => {
  const file = join(booted.directory, "known_hosts");
  const known = await readFile(file, "utf8");
  await writeFile(file, "");
  await refused(/Host key verification failed/, "ssh-keyscan");
  await writeFile(file, known);
});

test("a user who is not let in, and one who may not call the host's part, are told apart", async () => {
  await trade.configure("deploy@web-1", "nobody@web-1");
  await refused(/Permission denied/, "works without a password");
  await trade.configure("nobody@web-1", "deploy@web-1");
  await host.sh("mv /etc/sudoers.d/bellwether-trade /root/");
  await refused(/a password is required/, "bellwether provision web-1");
  await host.sh("mv /root/bellwether-trade /etc/sudoers.d/");
});

test("the rule of sudo allows the host's part and nothing else", async () => {
  const asDeploy = (words: string) => host.sh(`runuser -u deploy -- ${words} 2>&1 || true`);
  expect(await asDeploy("sudo -n /usr/local/lib/bellwether/trade hello")).toContain("\n.ok\n");
  expect(await asDeploy("sudo -n systemctl stop ssh")).toContain("a password is required");
  expect(await asDeploy("sudo -n /usr/local/lib/bellwether/trade 'prune;reboot'")).toContain(".no bad");
  expect(await asDeploy("sudo -n /usr/local/lib/bellwether/trade prepare ../../etc")).toContain(".no bad");
});

test("a directory that cannot be written is told before anything is sent", async () => {
  await host.sh(
    "mount -t tmpfs -o size=64k tmpfs /opt/trade/blobs; mount -o bind /opt/trade /opt/trade; mount -o remount,bind,ro /opt/trade",
  );
  await refused(/\/opt\/trade cannot be written: it is full, or read-only/);
  await host.sh("umount -l /opt/trade; umount -l /opt/trade/blobs");
});

test("a service that the release needs and that no host reaches is named with the host", async () => {
  await trade.configure("    watch: 2s", "    reach: [{ tcp: 127.0.0.1:5999 }]\n    watch: 2s");
  await refused(
    /web-1 of production cannot be worked with: a service that the release needs is not reached: tcp 127\.0\.0\.1:5999/,
  );
  const asked = await trade.run("validate", "production");
  expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining("127.0.0.1:5999") });
  await trade.configure("    reach: [{ tcp: 127.0.0.1:5999 }]\n", "");
});

test("provision refuses a port that somebody else has", async () => {
  await host.sh(
    "systemctl stop trade-router; systemd-run -q --unit=other socat TCP-LISTEN:8080,fork,reuseaddr -",
  );
  const done = await trade.run("provision", "web-1", "--user", "root", "--yes");
  expect(done).toMatchObject({ code: 3, stderr: expect.stringContaining("port 8080 is taken by socat") });
  await host.sh("systemctl stop other; systemctl start trade-router");
});

test("a port of a component that somebody took is replaced, and two applications live side by side", async () => {
  await host.sh("systemd-run -q --unit=squatter socat TCP-LISTEN:21000,fork,bind=127.0.0.1 -");
  const done = await deploy();
  expect(done.code, done.stdout).toBe(0);
  expect(await host.sh("cat /opt/trade/ports")).not.toContain(" 21000\n");
  const other = await tradeRepository(booted.sshConfig, ["deploy@web-1"], ["sudo: true"]);
  try {
    await other.configure("app: trade", "app: second");
    await other.configure("port: 8080\n        ssh", "port: 9090\n        ssh");
    await other.make("5.0.0", {});
    expect((await other.run("provision", "web-1", "--user", "root", "--yes")).code).toBe(0);
    const beside = await other.run("deploy", "production", "5.0.0");
    expect(beside.code, beside.stdout).toBe(0);
    expect(await (await fetch(`http://${host.address}:9090/`)).json()).toMatchObject({ version: "5.0.0" });
    expect(await (await fetch(`http://${host.address}:8080/`)).json()).toMatchObject({ version: "1.0.0" });
  } finally {
    await other.close();
  }
});

test("persons start, stop and run things on a host, and the journal says who", async () => {
  expect(
    await trade.run(
      "exec",
      "production",
      "api",
      "--",
      "sh",
      "-c",
      "echo $VERSION of $(id -un); test -w . || echo read-only",
    ),
  ).toMatchObject({
    code: 0,
    stdout: "1.0.0 of trade\nread-only\n",
  });
  expect((await trade.run("exec", "production", "api", "--", "sh", "-c", "exit 3")).code).toBe(1);
  expect((await trade.run("restart", "production", "feed")).code).toBe(0);
  expect((await trade.run("stop", "production")).code).toBe(0);
  expect((await fetch(`http://${host.address}:8080/`)).status).toBe(503);
  expect((await trade.run("start", "production")).code).toBe(0);
  expect(await (await fetch(`http://${host.address}:8080/`)).json()).toMatchObject({ version: "1.0.0" });
  const journal = await host.sh("cat /opt/trade/journal");
  expect(journal.match(/"action":"(\w+)","actor":"ada"/g)).toEqual([
    '"action":"restart","actor":"ada"',
    '"action":"stop","actor":"ada"',
    '"action":"start","actor":"ada"',
  ]);
  expect(journal.match(/"kind":"executed"/g)).toHaveLength(2);
  expect((await trade.run("journal", "verify", "production")).code).toBe(0);
});

test("a service that was stopped by hand makes the environment unhealthy, and can be started again", async () => {
  await host.sh("systemctl stop 'trade-api@*'");
  const [seen] = JSON.parse((await trade.run("status", "production", "--json")).stdout);
  expect(seen.health.status).toBe("UNHEALTHY");
  const started = await trade.run("start", "production");
  expect(started.code, started.stderr).toBe(0);
  const again = await trade.run("status", "production", "--json");
  expect(JSON.parse(again.stdout)[0].health.status).toBe("HEALTHY");
});

test("a slow network is only slow: a tenth of a second each way, under load", async () => {
  const before = await readFile(booted.sshConfig, "utf8");
  const delay = fileURLToPath(new URL("support/machines/delay.mjs", import.meta.url));
  await writeFile(booted.sshConfig, `${before}  ProxyCommand ${process.execPath} ${delay} %h %p 100\n`);
  await trade.make("1.0.0-slow.1", {});
  const traffic = startTraffic([host]);
  const done = await trade.run("deploy", "production", "1.0.0-slow.1");
  expect(done.code, done.stdout).toBe(0);
  const back = await trade.run("rollback", "production");
  expect(back.code, back.stdout).toBe(0);
  await traffic.stop();
  await writeFile(booted.sshConfig, before);
  expect(failuresIn(traffic.seen)).toEqual({});
  expect(servedIn(traffic.seen)).toEqual(["1.0.0", "1.0.0-slow.1"]);
});

test("an sshd that is killed in mid-deploy ends no process, and what was asked is looked for again", async () => {
  await trade.make("1.0.1", {});
  const running = trade.start("deploy", "production", "1.0.1", "--report", join(trade.directory, "r.json"));
  await running.printed("place 1.0.1");
  await host.sh("pkill -o -f 'sshd: deploy' || true");
  const done = await running.ended;
  // It goes on where the connection came again in time, and back where it did not; never in between.
  expect([0, 1]).toContain(done.code);
  const live = done.code === 0 ? "1.0.1" : "1.0.0";
  expect(await (await fetch(`http://${host.address}:8080/`)).json()).toMatchObject({ version: live });
  const [seen] = JSON.parse((await trade.run("status", "production", "--json")).stdout);
  expect(seen).toMatchObject({ live, weights: { [live]: 100 }, lease: null });
});

test("a full disk in mid-deploy leaves the old release, and no half of the new one", async () => {
  await trade.make("1.1.0", {});
  await host.sh(
    "mkdir -p /opt/trade/keep; cp -a /opt/trade/releases/. /opt/trade/keep/; mount -t tmpfs -o size=200k,nr_inodes=400 tmpfs /opt/trade/releases && cp -a /opt/trade/keep/. /opt/trade/releases/; dd if=/dev/zero of=/opt/trade/releases/.fill bs=1k 2>/dev/null; true",
  );
  const done = await trade.run("deploy", "production", "1.1.0");
  expect(done.code, done.stdout).toBe(1);
  expect(done.stdout).toMatch(/web-1: .*(cannot be written|cannot be unpacked|No space left|left)/);
  expect(await host.sh("ls -A /opt/trade/releases | grep '^1[.]1[.]0' || true")).toBe("");
  const after = (await (await fetch(`http://${host.address}:8080/`)).json()) as { version: string };
  expect(after.version).toMatch(/^1\.0\./);
});
