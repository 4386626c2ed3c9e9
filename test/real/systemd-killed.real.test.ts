import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/left.ts";
import { bootMachines, type Machines } from "./support/machines/machines.ts";
import { type Trade, tradeRepository } from "./support/machines/trade.ts";
import { failuresIn, startTraffic } from "./support/machines/traffic.ts";

/** An engine that is killed at each step of a canary on two hosts, under load. */
let booted: Machines;
let trade: Trade;
beforeAll(async () => {
  booted = await bootMachines(["web-1", "web-2"], "deploy");
  trade = await tradeRepository(booted.sshConfig, ["deploy@web-1", "deploy@web-2"], ["sudo: true"]);
  await trade.configure("lease: 10s", "lease: 5s");
  await trade.configure("[10, 50, 100], hold: 2s", "[10, 100], hold: 1s");
  expect((await trade.run("provision", "production", "--user", "root", "--yes")).code).toBe(0);
  await trade.make("1.0.0", {});
  expect((await trade.run("deploy", "production", "1.0.0")).code).toBe(0);
  await trade.make("1.1.0", {});
});
afterAll(async () => {
  await trade?.close();
  await booted?.close();
});

type Status = { live: string; lease: unknown; hosts: { weights: Record<string, number> }[] };
const status = async (): Promise<Status> =>
  JSON.parse((await trade.run("status", "production", "--json")).stdout)[0];

const steps = [
  "place 1.1.0 …",
  "start feed 1.1.0 …",
  "ready feed 1.1.0 …",
  "start api 1.1.0 …",
  "shift 10 % 1.1.0 …",
  "10 % for",
  "shift 100 % 1.1.0 …",
  "watch 1.1.0 …",
  "commit 1.1.0 …",
  "commit 1.1.0: done",
];

test("B6: SIGKILL of the engine at every step leaves the hosts fully old or fully new, and loses no request", async () => {
  const ends: string[] = [];
  for (const step of steps) {
    const traffic = startTraffic(booted.machines, 100);
    const running = trade.start("deploy", "production", "1.1.0");
    await running.printed(step);
    running.kill("SIGKILL", true);
    await running.ended;
    let seen = await status();
    const whole = async () => {
      seen = await status();
      return seen.lease === null && seen.hosts.every(({ weights }) => weights[seen.live] === 100);
    };
    expect(await eventually(whole, 40_000), `${step}: ${JSON.stringify(seen)}`).toBe(true);
    await traffic.stop();
    expect(failuresIn(traffic.seen), step).toEqual({});
    ends.push(seen.live);
    if (seen.live === "1.0.0") continue;
    const back = await trade.run("rollback", "production", "--to", "1.0.0");
    expect(back.code, back.stdout).toBe(0);
  }
  expect(new Set(ends)).toEqual(new Set(["1.0.0", "1.1.0"]));
  expect((await trade.run("journal", "verify", "production")).code).toBe(0);
});
