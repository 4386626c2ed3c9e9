import { request } from "node:http";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/left.ts";
import { bootMachines, type Machine, type Machines } from "./support/machines/machines.ts";
import { type Trade, tradeRepository } from "./support/machines/trade.ts";
import { failuresIn, startTraffic } from "./support/machines/traffic.ts";

/** Hosts in roles: the engine's keeps the lease, two others have the traffic. Each test begins where the one before ended. */
let booted: Machines;
let trade: Trade;
let engine: Machine;
let one: Machine;
let two: Machine;
let traffic: ReturnType<typeof startTraffic> | null = null;

const roles =
  "roles: { engine: { hosts: [deploy@engine-1], components: [feed] }, web: { hosts: [deploy@web-1, deploy@web-2], components: [api] } }";
const movedRoles =
  "roles: { web: { hosts: [deploy@web-1, deploy@web-2], components: [api] }, engine: { hosts: [deploy@engine-1], components: [feed] } }";
const canary = "strategy: { canary: { weights: [10, 50, 100], hold: 2s, samples: 10 } }";

beforeAll(async () => {
  booted = await bootMachines(["engine-1", "web-1", "web-2"], "deploy");
  [engine, one, two] = booted.machines as [Machine, Machine, Machine];
  trade = await tradeRepository(booted.sshConfig, ["web-1"], ["sudo: true", "split: weights"]);
  await trade.configure("hosts: [web-1]", roles);
  await trade.configure('"${components.feed.url}"', "http://engine-1:8081");
  await trade.configure(canary, "strategy: blue-green");
  await trade.configure("watch: 2s", "watch: 500ms");
  expect((await trade.run("provision", "production", "--user", "root", "--yes")).code).toBe(0);
  // The machines share the kernel's clock: this one reads it so.
  await two.sh(
    `printf '#!/bin/sh\\nexec /usr/bin/date -d "+1 hour" "$@"\\n' > /usr/local/bin/date; chmod 755 /usr/local/bin/date`,
  );
});
afterEach(async () => {
  await traffic?.stop();
  traffic = null;
});
afterAll(async () => {
  await trade?.close();
  await booted?.close();
});

const load = () => {
  traffic = startTraffic([one, two]);
  return traffic;
};
const deploy = (version: string) => trade.run("deploy", "production", version);
const status = async () => JSON.parse((await trade.run("status", "production", "--json")).stdout)[0];
const liveOn = async () => {
  const { hosts } = await status();
  return hosts.map(({ host, live }: { host: string; live: string }) => `${host} ${live}`);
};
const onAll = (version: string) => ["engine-1", "web-1", "web-2"].map((name) => `${name} ${version}`);

async function deployed(version: string, change: { mode?: string; replace?: [string, string] } = {}) {
  await trade.make(version, change);
  const done = await deploy(version);
  expect(done.code, done.stdout).toBe(0);
  return done;
}

async function withdrawn(version: string, mode: string): Promise<string> {
  await trade.make(version, { mode });
  const { seen } = load();
  const done = await deploy(version);
  expect(done.code, done.stdout).toBe(1);
  await traffic?.stop();
  expect(failuresIn(seen)).toEqual({});
  return done.stdout;
}

test("each role has its components alone, and only the hosts with the front have a router", async () => {
  await deployed("1.0.0");
  const units = (host: Machine) =>
    host.sh(
      "systemctl list-units --plain --no-legend --state=active 'trade-*@*' trade-router.service | cut -d' ' -f1",
    );
  expect(await units(engine)).toMatch(/^trade-feed@\w+\.service\n$/);
  expect(await units(one)).toMatch(/^trade-api@\w+\.service\ntrade-router\.service\n$/);
  expect(await liveOn()).toEqual(onAll("1.0.0"));
  for (const { address } of [one, two])
    expect(await (await fetch(`http://${address}:8080/`)).json()).toMatchObject({ version: "1.0.0" });
});

test("B22: what runs is looked at on every host, and one that runs something else is named", async () => {
  await deployed("1.1.0");
  await two.sh(
    "cd /opt/trade; at=$(readlink current); other=$(ls -d releases/1.0.0-*); ln -sfn $other current.x; mv -T current.x current; echo $at > /root/current",
  );
  const seen = await status();
  expect(seen.live).toBe(null);
  expect(JSON.stringify(seen.notes)).toMatch(/web-2 has 1\.0\.0-\w+ live/);
  await two.sh("cd /opt/trade; ln -sfn $(cat /root/current) current");
  expect(await liveOn()).toEqual(onAll("1.1.0"));
});

test("B16: a readiness that answers 301 is told as that", async () => {
  expect(await withdrawn("1.2.0", "moved")).toContain("got 301 to /elsewhere, expected 200");
  expect(await liveOn()).toEqual(onAll("1.1.0"));
});

test("B17: a release that is ready once and then not gets no traffic", async () => {
  await trade.make("1.3.0", { mode: "flaky" });
  const { seen } = load();
  const done = await deploy("1.3.0");
  expect(done.code, done.stdout).toBe(1);
  expect(done.stdout).not.toContain("traffic: 1.3.0");
  await traffic?.stop();
  expect(failuresIn(seen)).toEqual({});
});

test("B13: a rollback goes to what completed before the live release, not to what was only tried", async () => {
  const back = await trade.run("rollback", "production");
  expect(back.code, back.stdout).toBe(0);
  expect(await liveOn()).toEqual(onAll("1.0.0"));
  expect((await trade.run("rollback", "--help")).code).toBe(0);
});

test("B12: a release whose files are gone is brought again by its digests; where nobody has those, the versions are named", async () => {
  for (const { sh } of booted.machines) await sh("rm -rf /opt/trade/releases/1.1.0-* /opt/trade/blobs/*");
  const back = await trade.run("rollback", "production", "--to", "1.1.0");
  expect(back.code, back.stdout).toBe(0);
  expect(await liveOn()).toEqual(onAll("1.1.0"));
  const none = await trade.run("rollback", "production", "--to", "0.9.0");
  expect(none.code).not.toBe(0);
  expect(none.stdout + none.stderr).toContain("1.0.0");
});

test("B3: of two deploys at once one ships, the other names who holds the lease", async () => {
  await trade.make("1.4.0", {});
  const first = trade.start("deploy", "production", "1.4.0");
  await first.printed("1.4.0 to production");
  const second = await deploy("1.4.0");
  expect(second.code).toBe(3);
  expect(second.stdout).toMatch(/ada.*1\.4\.0|1\.4\.0.*ada/);
  const done = await first.ended;
  expect(done.code, done.stdout).toBe(0);
});

test("B5: a rollback does not wait for the deploy that it is meant to end", async () => {
  await trade.configure("strategy: blue-green", canary.replace("hold: 2s", "hold: 60s"));
  await trade.make("1.5.0", {});
  load();
  const running = trade.start("deploy", "production", "1.5.0");
  await running.printed("10 % for");
  const back = await trade.run("rollback", "production", "--to", "1.1.0");
  expect(back.code, back.stdout).toBe(0);
  expect((await running.ended).code).toBe(1);
  expect(await liveOn()).toEqual(onAll("1.1.0"));
});

test("B7, B46: a journal that was cut off is mended from its copy, and that is said", async () => {
  await engine.sh(
    "f=/opt/trade/journal; head -c $(( $(stat -c %s $f) - 300 )) $f > /root/j; cat /root/j > $f",
  );
  await trade.configure(canary.replace("hold: 2s", "hold: 60s"), "strategy: blue-green");
  await deployed("1.6.0");
  expect(await engine.sh("cat /opt/trade/journal")).toContain('"kind":"journal-restored"');
  expect(await trade.run("journal", "verify", "production")).toMatchObject({ code: 0 });
});

/** An open stream to a host, and what it has said. */
function stream(host: Machine): Promise<{ socket: Socket; said: string[]; ended: Promise<number> }> {
  const key = Buffer.from("0123456789abcdef").toString("base64");
  return new Promise((resolve, reject) => {
    const asked = request({
      host: host.address,
      port: 8080,
      path: "/prices",
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-key": key,
        "sec-websocket-version": "13",
      },
    });
    asked.on("error", reject);
    asked.on("upgrade", (_, socket) => {
      const said: string[] = [];
      socket.on("data", (bytes) => said.push(String(bytes)));
      socket.on("error", () => {});
      const ended = new Promise<number>((done) => socket.on("close", () => done(Date.now())));
      resolve({ socket, said, ended });
    });
    asked.end();
  });
}

test("B19, B20: an open stream is kept until the drain is over, and what is cut then is counted", async () => {
  await trade.configure("warm: 60s", "warm: 0s");
  const open = await stream(one);
  open.socket.write("tick");
  expect(await eventually(() => open.said.includes("1.6.0 tick"), 5_000)).toBe(true);
  await deployed("1.7.0");
  open.socket.write("tock");
  expect(await eventually(() => open.said.includes("1.6.0 tock"), 5_000)).toBe(true);
  await open.ended;
  const told = async () => JSON.stringify((await status()).notes);
  expect(
    await eventually(async () => (await told()).includes("1 of 1.6.0 still open on web-1"), 20_000),
  ).toBe(true);
});

test("split: hosts gives a share of the hosts, whole, the first one first", async () => {
  await trade.configure("split: weights", "split: hosts");
  await trade.configure(
    "strategy: blue-green",
    canary.replace("[10, 50, 100], hold: 2s", "[10, 100], hold: 60s"),
  );
  await trade.make("1.8.0", {});
  load();
  const running = trade.start("deploy", "production", "1.8.0");
  await running.printed("10 % for");
  const versionOn = async ({ address }: Machine) =>
    ((await (await fetch(`http://${address}:8080/`)).json()) as { version: string }).version;
  expect([await versionOn(one), await versionOn(two)]).toEqual(["1.8.0", "1.7.0"]);
  expect((await trade.run("promote", "production", "--full")).code).toBe(0);
  const done = await running.ended;
  expect(done.code, done.stdout).toBe(0);
  expect(await liveOn()).toEqual(onAll("1.8.0"));
});

test("B2: a host whose clock is an hour ahead goes home in time when the engine is killed: its lease counts from its boot", async () => {
  const hour = Number(await two.sh("date +%s")) - Number(await one.sh("date +%s"));
  expect(Math.abs(hour - 3_600)).toBeLessThan(10);
  await trade.configure("split: hosts", "split: weights");
  await trade.make("1.8.1", {});
  load();
  const running = trade.start("deploy", "production", "1.8.1");
  await running.printed("10 % for");
  running.kill("SIGKILL", true);
  await running.ended;
  const home = async () =>
    (await status()).hosts.every(
      ({ host, weights }: { host: string; weights: Record<string, number> }) =>
        host === "engine-1" || weights["1.8.0"] === 100,
    );
  const held = async () => (await status()).lease !== null || !(await home());
  expect(await held()).toBe(true);
  expect(await eventually(async () => !(await held()), 25_000)).toBe(true);
  expect((await trade.run("journal", "verify", "production")).code).toBe(0);
});

test("the lease moves to another host by a person's word alone, with the journal; the first one may be gone", async () => {
  await trade.configure(
    canary.replace("[10, 50, 100], hold: 2s", "[10, 100], hold: 60s"),
    "strategy: blue-green",
  );
  await trade.configure(roles, movedRoles);
  const refused = await deploy("1.8.0");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("bellwether deploy production --lease-host web-1");
  await trade.make("1.9.0", {});
  const moved = await trade.run("deploy", "production", "1.9.0", "--lease-host", "web-1");
  expect(moved.code, moved.stdout + moved.stderr).toBe(0);
  expect(await one.sh("cat /opt/trade/role; grep -c rollout-began /opt/trade/journal")).toMatch(
    /^first\n\d\d?\n$/,
  );
  const history = await trade.run("history", "production");
  expect(history.stdout).toContain("1.0.0");
  expect(history.stdout).toContain("1.9.0");
  expect((await trade.run("journal", "verify", "production")).code).toBe(0);
});
