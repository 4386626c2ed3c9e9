import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { deploymentContract } from "../contract/deployment.ts";
import { eventually } from "../support/left.ts";
import { bootMachines, type Machine, type Machines } from "./support/machines/machines.ts";
import { giveNginx } from "./support/machines/nginx.ts";
import { systemdRig } from "./support/machines/rig.ts";
import { switchesUnderLoad } from "./support/machines/switches.ts";
import { type Trade, tradeRepository } from "./support/machines/trade.ts";
import { failuresIn, servedIn, startTraffic } from "./support/machines/traffic.ts";

describe("one host with nginx", () => {
  let booted: Machines;
  beforeAll(async () => {
    booted = await bootMachines(["web-1"], "deploy");
    await giveNginx(booted.machines);
  });
  afterAll(() => booted?.close());
  deploymentContract("a host by ssh with nginx", () => systemdRig(booted, "deploy", "nginx"));

  test("B14: 100 reloads under 50 clients with kept connections, GET and POST, lose no request", async () => {
    const rig = await systemdRig(booted, "deploy", "nginx");
    const { answers, failures } = await switchesUnderLoad(rig, booted.machines[0]?.address ?? "", 100);
    await rig.close();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(1_000);
  });
});

describe("a life behind nginx", () => {
  let booted: Machines;
  let trade: Trade;
  let host: Machine;
  let traffic: ReturnType<typeof startTraffic> | null = null;
  beforeAll(async () => {
    booted = await bootMachines(["web-1"], "deploy");
    [host] = booted.machines as [Machine];
    trade = await tradeRepository(booted.sshConfig, ["deploy@web-1"], ["sudo: true", "router: nginx"]);
  });
  afterEach(async () => {
    await traffic?.stop();
    traffic = null;
  });
  afterAll(async () => {
    await trade?.close();
    await booted?.close();
  });
  const answer = async () => await (await fetch(`http://${host.address}:8080/`)).json();

  test("a version that loses requests in a switch is refused for a strategy that promises none, and taken for recreate", async () => {
    const made = await trade.run("provision", "web-1", "--user", "root", "--yes");
    expect(made.code, made.stderr).toBe(0);
    await trade.make("1.0.0", {});
    const refused = await trade.run("deploy", "production", "1.0.0");
    expect(refused.code, refused.stdout).toBe(3);
    expect(refused.stdout).toMatch(/its nginx 1\.22\.\d+ loses requests when weights change: 1\.27\.4/);
    const canary = "strategy: { canary: { weights: [10, 50, 100], hold: 2s, samples: 10 } }";
    await trade.configure(canary, "strategy: recreate");
    const done = await trade.run("deploy", "production", "1.0.0");
    expect(done.code, done.stdout).toBe(0);
    expect(await answer()).toMatchObject({ version: "1.0.0" });
    await trade.configure("strategy: recreate", canary);
    await giveNginx(booted.machines);
    await host.sh("systemctl restart trade-router");
  });

  test("B14, B23: a canary under load loses no request, and the old version is kept until it answers no more", async () => {
    await trade.make("1.1.0", { replace: ["GREETING: hello", "GREETING: good-day"] });
    traffic = startTraffic([host]);
    const done = await trade.run("deploy", "production", "1.1.0");
    expect(done.code, done.stdout).toBe(0);
    await traffic.stop();
    expect(failuresIn(traffic.seen)).toEqual({});
    expect(servedIn(traffic.seen)).toEqual(["1.0.0", "1.1.0"]);
    expect(await answer()).toMatchObject({ version: "1.1.0", greeting: "good-day" });
    expect(await host.sh("cat /opt/trade/router/releases.conf")).toContain(
      "map $host $measured { default 0; }",
    );
  });

  test("B18: a release that fails under traffic goes back by itself", async () => {
    await trade.make("1.2.0", { mode: "errors" });
    traffic = startTraffic([host]);
    const done = await trade.run("deploy", "production", "1.2.0");
    expect(done).toMatchObject({ code: 1, stdout: expect.stringContaining("requests failed, limit 1 %") });
    await traffic.stop();
    const others = Object.values(failuresIn(traffic.seen)).flat();
    expect(others.filter((line) => !line.includes("answered 500"))).toEqual([]);
    expect(await answer()).toMatchObject({ version: "1.1.0" });
  });

  test("B11, B2: a rollback loses no request, and neither does an engine that is killed", async () => {
    traffic = startTraffic([host]);
    const back = await trade.run("rollback", "production");
    expect(back.code, back.stdout).toBe(0);
    await trade.make("1.3.0", {});
    const running = trade.start("deploy", "production", "1.3.0");
    await running.printed("10 % for");
    running.kill("SIGKILL");
    await running.ended;
    const returned = async () => {
      const [seen] = JSON.parse((await trade.run("status", "production", "--json")).stdout);
      return seen.lease === null && seen.weights["1.0.0"] === 100;
    };
    expect(await eventually(returned, 60_000)).toBe(true);
    const again = await trade.run("deploy", "production", "1.3.0");
    expect(again.code, again.stdout).toBe(0);
    await traffic.stop();
    expect(failuresIn(traffic.seen)).toEqual({});
    expect(await answer()).toMatchObject({ version: "1.3.0" });
  });
});
