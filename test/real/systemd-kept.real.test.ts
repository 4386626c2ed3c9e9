import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/left.ts";
import { bootMachines, type Machine, type Machines } from "./support/machines/machines.ts";
import { type Trade, tradeRepository } from "./support/machines/trade.ts";
import { failuresIn, servedIn, startTraffic } from "./support/machines/traffic.ts";

/** What a change restarts: the components that it is about, and nothing else. */
let booted: Machines;
let trade: Trade;
let host: Machine;
let traffic: ReturnType<typeof startTraffic> | null = null;

beforeAll(async () => {
  booted = await bootMachines(["web-1"], "deploy");
  [host] = booted.machines as [Machine];
  trade = await tradeRepository(booted.sshConfig, ["deploy@web-1"], ["sudo: true"]);
  expect((await trade.run("provision", "web-1", "--user", "root", "--yes")).code).toBe(0);
});
afterEach(async () => {
  await traffic?.stop();
  traffic = null;
});
afterAll(async () => {
  await trade?.close();
  await booted?.close();
});

/** The process of a component that runs there; one, unless both slots have one of their own. */
const processesOf = async (component: string) =>
  (await host.sh(`systemctl show -P MainPID 'trade-${component}@*' | grep -vx -e 0 -e '' || true`))
    .trim()
    .split("\n");
const answer = async () => await (await fetch(`http://${host.address}:8080/`)).json();
const status = async () => JSON.parse((await trade.run("status", "production", "--json")).stdout)[0];

async function deployed(version: string, change: [string, string]) {
  await trade.make(version, { replace: change });
  traffic = startTraffic([host]);
  const done = await trade.run("deploy", "production", version);
  expect(done.code, done.stdout).toBe(0);
  await traffic.stop();
  expect(failuresIn(traffic.seen)).toEqual({});
  expect(servedIn(traffic.seen)).toContain(version);
  return done;
}

test("a value that one component reads restarts that one alone, under load, and the report says so", async () => {
  await trade.make("1.0.0", {});
  expect((await trade.run("deploy", "production", "1.0.0")).code).toBe(0);
  const [feed] = await processesOf("feed");
  const done = await deployed("1.1.0", ["GREETING: hello", "GREETING: good-day"]);
  expect(done.stdout).toContain("feed of 1.1.0: nothing changed, not restarted");
  expect(await processesOf("feed")).toEqual([feed]);
  expect(await answer()).toMatchObject({ version: "1.1.0", greeting: "good-day" });
  expect(await status()).toMatchObject({ live: "1.1.0", health: { status: "HEALTHY" } });
});

test("a rollback to the warm release restarts nothing, and the next deploy finds nothing changed by hand", async () => {
  const [feed] = await processesOf("feed");
  const back = await trade.run("rollback", "production");
  expect(back.code, back.stdout).toBe(0);
  expect(await answer()).toMatchObject({ version: "1.0.0", greeting: "hello" });
  expect(await processesOf("feed")).toEqual([feed]);
  const done = await deployed("1.2.0", ["GREETING: good-day", "GREETING: hi"]);
  expect(done.stdout).not.toContain("changed by hand");
  expect(await processesOf("feed")).toEqual([feed]);
});

test("what is shared goes on when the release that it came with is pruned, and comes again after a crash", async () => {
  const [feed = ""] = await processesOf("feed");
  for (const [version, from, to] of [
    ["1.3.0", "hi", "hey"],
    ["1.4.0", "hey", "ahoy"],
    ["1.5.0", "ahoy", "servus"],
    ["1.6.0", "servus", "moin"],
  ] as const) {
    await deployed(version, [`GREETING: ${from}`, `GREETING: ${to}`]);
  }
  expect(await processesOf("feed")).toEqual([feed]);
  const ranIn = (await host.sh(`readlink /proc/${feed}/cwd`)).trim();
  expect(ranIn).toContain("/releases/1.0.0-");
  expect(await host.sh(`test -e ${ranIn}/feed.mjs && echo there`)).toBe("there\n");
  await host.sh(`kill -9 ${feed}`);
  expect(await eventually(async () => /^[1-9]/.test((await processesOf("feed"))[0] ?? ""), 10_000)).toBe(
    true,
  );
  const [again] = await processesOf("feed");
  expect(await host.sh(`readlink /proc/${again}/cwd`)).toContain("/releases/1.6.0-");
  expect(await status()).toMatchObject({ live: "1.6.0", health: { status: "HEALTHY" } });
});

test("what reads the address of a component that changed is restarted with it", async () => {
  const [feed] = await processesOf("feed");
  const [api] = await processesOf("api");
  const done = await deployed("2.0.0", ['DEPTH: "10"', 'DEPTH: "20"']);
  expect(done.stdout).not.toContain("nothing changed");
  expect(await processesOf("feed")).not.toEqual([feed]);
  expect(await processesOf("api")).not.toEqual([api]);
});

test("B2: an engine that is killed in the canary of one component leaves the other one alone", async () => {
  await trade.make("2.1.0", { replace: ["GREETING: moin", "GREETING: hello"] });
  await status();
  const before = await processesOf("feed");
  traffic = startTraffic([host]);
  const running = trade.start("deploy", "production", "2.1.0");
  await running.printed("10 % 2.1.0");
  running.kill("SIGKILL");
  await running.ended;
  const alone = async () =>
    (await status()).weights["2.0.0"] === 100 && (await processesOf("api")).length === 1;
  expect(await eventually(alone, 60_000)).toBe(true);
  await traffic.stop();
  expect(failuresIn(traffic.seen)).toEqual({});
  // The release before the live one had a feed of its own, which went with it.
  const [live] = (await processesOf("feed")).filter((pid) => before.includes(pid));
  expect(live).toMatch(/^[1-9]/);
});

test("by recreate, too, only what changed is stopped", async () => {
  await trade.configure(
    "strategy: { canary: { weights: [10, 50, 100], hold: 2s, samples: 10 } }",
    "strategy: recreate",
  );
  const before = await processesOf("feed");
  await trade.make("3.0.0", { replace: ["GREETING: hello", "GREETING: again"] });
  const done = await trade.run("deploy", "production", "3.0.0");
  expect(done.code, done.stdout).toBe(0);
  expect(await processesOf("feed")).toEqual(before);
  expect(await answer()).toMatchObject({ version: "3.0.0", greeting: "again" });
});
