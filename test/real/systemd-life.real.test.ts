import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/left.ts";
import { bootMachines, type Machine, type Machines } from "./support/machines/machines.ts";
import { type Trade, token, tradeRepository } from "./support/machines/trade.ts";
import { failuresIn, servedIn, startTraffic } from "./support/machines/traffic.ts";

/** One life of a system on three hosts; each test begins where the one before ended. */
let booted: Machines;
let trade: Trade;
let one: Machine;
let two: Machine;
let three: Machine;
let traffic: ReturnType<typeof startTraffic> | null = null;

beforeAll(async () => {
  booted = await bootMachines(["web-1", "web-2", "web-3"], "deploy");
  [one, two, three] = booted.machines as [Machine, Machine, Machine];
  trade = await tradeRepository(
    booted.sshConfig,
    ["deploy@web-1", "deploy@web-2", "deploy@web-3"],
    ["sudo: true"],
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
  traffic = startTraffic(booted.machines);
  return traffic;
};
const deploy = (version: string, ...more: string[]) => trade.run("deploy", "production", version, ...more);
const status = async () => {
  const [found] = JSON.parse((await trade.run("status", "production", "--json")).stdout);
  return found;
};

test("provision needs somebody who may, shows what it would change, and changes nothing the second time", async () => {
  const refused = await trade.run("provision", "production", "--yes");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("bellwether provision web-1 --user root");
  const unasked = await trade.run("provision", "production", "--user", "root");
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  const shown = await trade.run("provision", "production", "--user", "root", "--dry-run");
  expect(shown.stdout).toContain("web-1, web-2, web-3:\n  add the user trade, who cannot log in");
  expect(await one.sh("ls /opt")).toBe("");
  const made = await trade.run("provision", "production", "--user", "root", "--yes");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("web-3: done") });
  const again = await trade.run("provision", "production", "--user", "root", "--yes");
  expect(again).toMatchObject({ code: 0, stdout: "web-1, web-2, web-3: nothing to change\n" });
});

test("the first release comes up on every host, behind it, in the order of its start", async () => {
  await trade.make("1.0.0", {});
  const done = await deploy("1.0.0");
  expect(done.code, done.stdout).toBe(0);
  for (const { address } of booted.machines) {
    const answer = await (await fetch(`http://${address}:8080/`)).json();
    expect(answer).toMatchObject({
      version: "1.0.0",
      greeting: "hello",
      feed: expect.stringMatching(/^http:\/\/127/),
    });
  }
  const seen = await status();
  expect(seen).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 100 }, health: { status: "HEALTHY" } });
  expect(seen.hosts.map(({ host, live }: { host: string; live: string }) => [host, live])).toEqual([
    ["web-1", "1.0.0"],
    ["web-2", "1.0.0"],
    ["web-3", "1.0.0"],
  ]);
  const logs = await trade.run("logs", "production", "api");
  expect(logs.stdout.match(/web-\d 1\.0\.0 api \| listening as 1\.0\.0/g)).toHaveLength(3);
  const unit = await two.sh(
    "systemctl show trade-api@* -p User,NoNewPrivileges,ProtectSystem,LimitNOFILE,Nice",
  );
  expect(unit).toContain("User=trade");
  expect(unit).toContain("LimitNOFILE=4096");
  expect(unit).toContain("NoNewPrivileges=yes");
  expect(unit).toContain("ProtectSystem=strict");
});

test("B14, B23: a canary under load loses no request, with one handshake a host", async () => {
  await trade.make("1.1.0", { replace: ["GREETING: hello", "GREETING: good-day"] });
  const before = await handshakes();
  const { seen } = load();
  const done = await deploy("1.1.0");
  expect(done.code, done.stdout).toBe(0);
  await traffic?.stop();
  expect(failuresIn(seen)).toEqual({});
  expect(servedIn(seen)).toEqual(["1.0.0", "1.1.0"]);
  expect((await handshakes()).map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1, 1]);
  expect(await (await fetch(`http://${three.address}:8080/`)).json()).toMatchObject({ greeting: "good-day" });
});

test("B15, B50: a release that dies at its start is withdrawn with its last lines, without its secrets", async () => {
  await trade.make("1.2.0", { mode: "dies" });
  const { seen } = load();
  const done = await deploy("1.2.0");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("its process ended: exit code 7");
  expect(done.stdout).toMatch(/web-\d: cannot open the order book with \*\*\*/);
  expect(done.stdout + done.stderr).not.toContain(token);
  await traffic?.stop();
  expect(failuresIn(seen)).toEqual({});
  expect(servedIn(seen)).toEqual(["1.1.0"]);
});

test("B15: what a process said stands there, also where the journal read it only after its end", async () => {
  await trade.make("1.2.1", { mode: "dies-unread" });
  const deploying = trade.start("deploy", "production", "1.2.1");
  for (const { sh } of booted.machines) {
    expect(await eventually(async () => (await sh("ls /opt/trade/shared")).includes("begun"), 30_000)).toBe(
      true,
    );
    await sh("systemctl kill -s STOP systemd-journald; touch /opt/trade/shared/go");
  }
  for (const { sh } of booted.machines) {
    const dead = async () => (await sh("systemctl list-units -q --state=failed 'trade-api@*'")) !== "";
    expect(await eventually(dead, 30_000)).toBe(true);
    await sh("systemctl kill -s CONT systemd-journald; rm /opt/trade/shared/*");
  }
  const done = await deploying.ended;
  expect(done.stdout).toMatch(/web-\d: cannot open the order book with \*\*\*/);
});

test("B18: a release that fails under traffic goes back by itself, on all hosts", async () => {
  await trade.make("1.3.0", { mode: "errors" });
  const { seen } = load();
  const done = await deploy("1.3.0");
  expect(done).toMatchObject({ code: 1, stdout: expect.stringContaining("requests failed, limit 1 %") });
  await traffic?.stop();
  expect(
    Object.values(failuresIn(seen))
      .flat()
      .filter((line) => !line.includes("answered 500")),
  ).toEqual([]);
  expect(await status()).toMatchObject({ live: "1.1.0", weights: { "1.1.0": 100 } });
});

test("B11: a rollback brings back code, environment and limits", async () => {
  await trade.make("1.4.0", {
    replace: ["open-files: 4096 }\n    systemd: { Nice: 1 }", "open-files: 8192 }\n    systemd: { Nice: 5 }"],
  });
  const { seen } = load();
  const deployed = await deploy("1.4.0");
  expect(deployed.code, deployed.stdout).toBe(0);
  const limits = async () => {
    const pid = await three.sh(`systemctl show -P MainPID ${await liveUnit(three)}`);
    return three.sh(
      `awk '/open files/ { print $4 }' /proc/${pid.trim()}/limits; awk '{ print $19 }' /proc/${pid.trim()}/stat`,
    );
  };
  expect(await limits()).toBe("8192\n5\n");
  const back = await trade.run("rollback", "production");
  expect(back.code, back.stdout).toBe(0);
  await traffic?.stop();
  expect(failuresIn(seen)).toEqual({});
  expect(await limits()).toBe("4096\n1\n");
  expect(await status()).toMatchObject({ live: "1.1.0" });
});

test("B2: an engine killed in mid-canary is missed by the hosts themselves, and the next run puts it right", async () => {
  await trade.make("1.5.0", {});
  const { seen } = load();
  const running = trade.start("deploy", "production", "1.5.0");
  await running.printed("10 % for");
  running.kill("SIGKILL", true);
  await running.ended;
  expect(await eventually(async () => (await status()).weights["1.1.0"] === 100, 25_000)).toBe(true);
  const next = await deploy("1.5.0");
  expect(next.code, next.stdout).toBe(0);
  expect(next.stdout).toContain("found the rollout of 1.5.0 unfinished: its engine was lost (ada");
  await traffic?.stop();
  expect(failuresIn(seen)).toEqual({});
  const verified = await trade.run("journal", "verify", "production");
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("is whole") });
});

test("B1: Ctrl-C in mid-canary leaves stable with all traffic, and the lease free", async () => {
  load();
  await trade.make("1.6.0", {});
  const running = trade.start("deploy", "production", "1.6.0");
  await running.printed("10 % for");
  running.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(await status()).toMatchObject({ live: "1.5.0", weights: { "1.5.0": 100 }, lease: null });
});

test("B21: a host whose link is cut in mid-canary takes all back; it returns by itself", async () => {
  const { seen } = load();
  const running = trade.start("deploy", "production", "1.6.0");
  await running.printed("10 % for");
  await three.link(false);
  const done = await running.ended;
  expect(done.code, done.stdout).toBe(1);
  expect(done.stdout).toContain("web-3");
  expect(await eventually(async () => (await status()).weights["1.5.0"] === 100, 5_000)).toBe(true);
  const partial = await status();
  expect(partial.hosts[2]).toMatchObject({ host: "web-3", unreachable: expect.any(String) });
  await three.link(true);
  expect(await eventually(async () => (await status()).hosts[2].weights["1.5.0"] === 100, 25_000)).toBe(true);
  await traffic?.stop();
  expect(Object.keys(failuresIn(seen)).filter((name) => name !== "web-3")).toEqual([]);
});

test("what was edited by hand is told by status, and stands in the journal of the next rollout", async () => {
  const dropIn = `/etc/systemd/system/${await liveUnit(two)}.d`;
  await two.sh(`mkdir -p ${dropIn}; echo '[Service]' > ${dropIn}/hand.conf; systemctl daemon-reload`);
  expect((await status()).notes.join("\n")).toMatch(
    /changed by hand: unit api on web-2 of \S+ is with the drop-in hand\.conf/,
  );
  load();
  const mended = await deploy("1.6.0");
  expect(mended.code, mended.stdout).toBe(0);
  const history = JSON.parse((await trade.run("history", "production", "--full")).stdout);
  expect(JSON.stringify(history)).toContain("hand.conf");
});

test("a host that is gone is told before the first effect, and takes a running deploy back", async () => {
  await trade.make("1.7.0", {});
  const { seen } = load();
  const running = trade.start("deploy", "production", "1.7.0");
  await running.printed("10 % for");
  await three.kill();
  const done = await running.ended;
  expect(done.code, done.stdout).toBe(1);
  expect(done.stdout).toContain("web-3");
  const refused = await deploy("1.7.0");
  expect(refused).toMatchObject({
    code: 3,
    stdout: expect.stringContaining("web-3 of production cannot be worked with"),
  });
  expect(await status()).toMatchObject({ live: "1.6.0", weights: { "1.6.0": 100 } });
  await traffic?.stop();
  expect(Object.keys(failuresIn(seen)).filter((name) => name !== "web-3")).toEqual([]);
});

/** The unit of the live release's front. */
const liveUnit = async ({ sh }: Machine): Promise<string> => {
  const slot = await sh(
    "for s in blue green; do [ /opt/trade/slots/$s -ef /opt/trade/current ] && echo $s; done; true",
  );
  return `trade-api@${slot.trim()}.service`;
};

const handshakes = (): Promise<number[]> => Promise.all(booted.machines.map((one) => one.handshakes()));
