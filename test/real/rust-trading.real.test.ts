import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { released, ship, statusOf } from "../support/shipping.ts";
import { makeSystem, type System } from "../support/system.ts";
import { exampleFiles } from "./support/example.ts";
import { bootMachines, type Machine, type Machines } from "./support/machines/machines.ts";
import { failuresIn, servedIn, startTraffic } from "./support/machines/traffic.ts";

const engines = ["engine-1", "engine-2", "engine-3"];
let booted: Machines;
let system: System;
let fleet: Machine[];
let traffic: ReturnType<typeof startTraffic> | null = null;

beforeAll(async () => {
  booted = await bootMachines(["stage-1", ...engines], "deploy");
  fleet = booted.machines.slice(1);
  system = await makeSystem({
    files: await exampleFiles("rust-trading"),
    bare: true,
    limitMs: 300_000,
    variables: toolchain(),
  });
  for (let i = 0; i < 2; i++)
    await system.edit("bellwether.yaml", "known-hosts: known_hosts", `ssh-config: ${booted.sshConfig}`);
  // The same pipeline with holds that a test can wait for, and one person.
  await system.edit("bellwether.yaml", "hold: 5m", "hold: 2s, samples: 10");
  await system.edit("bellwether.yaml", "watch: 30s", "watch: 2s");
  await system.edit(
    "bellwether.yaml",
    "approval: { required: 1 }",
    "approval: { required: 1, four-eyes: false }",
  );
  await system.git("init", "--quiet", "--initial-branch", "main");
  await system.git("config", "user.name", "Ada");
  await system.commit("rust-trading");
  await system.git("checkout", "--quiet", "-b", "develop");
});
afterEach(async () => {
  await traffic?.stop();
  traffic = null;
});
afterAll(async () => {
  await system?.close();
  await booted?.close();
});

/** Cargo is found where its installer put it. */
const toolchain = (): Record<string, string> => ({
  PATH: `${process.env.HOME}/.cargo/bin:${process.env.PATH}`,
  ...(process.env.RUSTUP_HOME ? { RUSTUP_HOME: process.env.RUSTUP_HOME } : {}),
  ...(process.env.CARGO_HOME ? { CARGO_HOME: process.env.CARGO_HOME } : {}),
});

const order = async ({ address }: Machine, quantity: number) => {
  const sent = await fetch(`http://${address}:8080/orders`, {
    method: "POST",
    body: JSON.stringify({ quantity }),
  });
  return { status: sent.status, body: await sent.json() };
};

test("its configuration is checked by its schemas, and its mode must agree", async () => {
  const sound = await system.run("validate", "production");
  expect(sound.code, sound.stderr).toBe(0);
  await system.edit("config/production/risk_limits.toml", "max_daily_loss = 5000", "max_daily_loss = 50000");
  await system.edit(
    "bellwether.yaml",
    "CONFIG: config/production, TRADING_MODE: paper",
    "CONFIG: config/production, TRADING_MODE: live",
  );
  const refused = await system.run("validate", "production");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    "config/production/risk_limits.toml max_daily_loss: got 50000, expected must be <= 5000",
  );
  expect(refused.stderr).toContain(
    "environments.production.rules[0]: got TRADING_MODE=live PAPER_TRADING=true",
  );
  await system.git("checkout", "--quiet", ".");
});

test("it is checked, built, and deployed to staging and to three hosts in the order of its start", async () => {
  for (const name of ["staging", "production"]) {
    const made = await system.run("provision", name, "--user", "root", "--yes");
    expect(made.code, made.stderr).toBe(0);
  }
  await system.git("tag", "v1.0.0");
  const shipped = await ship(system, "v1.0.0");
  expect(shipped.code, shipped.stdout).toBe(0);
  expect((await statusOf(system, "production"))?.live).toBe("1.0.0");
  for (const host of fleet) {
    expect(await order(host, 10_000)).toMatchObject({ status: 200, body: { mode: "paper" } });
    expect(await order(host, 10_001)).toMatchObject({ status: 422, body: { limit: "max_position_size" } });
    const started = await host.sh(
      "for s in market-data risk-manager execution-engine signal-bridge; do systemctl show -P ExecMainStartTimestampMonotonic 'rust-trading-'$s'@*'; done",
    );
    const times = started.trim().split("\n").map(Number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
});

test("B11: other limits are shipped under load, and a rollback brings the old ones back", async () => {
  await system.edit(
    "config/production/risk_limits.toml",
    "max_position_size = 10000",
    "max_position_size = 5000",
  );
  await system.commit("smaller positions");
  await system.git("tag", "v1.1.0");
  traffic = startTraffic(fleet);
  const { seen } = traffic;
  expect((await system.run(...released("v1.1.0"))).code).toBe(3);
  expect((await system.run("approve", "production", "v1.1.0")).code).toBe(0);
  const before = await Promise.all(fleet.map((host) => host.handshakes()));
  const done = await system.run(...released("v1.1.0"));
  expect(done.code, done.stdout).toBe(0);
  const after = await Promise.all(fleet.map((host) => host.handshakes()));
  // Gates, approvals, the rollout and its journal: all by one connection.
  expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1, 1]);
  expect(await order(fleet[2] as Machine, 10_000)).toMatchObject({ status: 422 });
  const back = await system.run("rollback", "production");
  expect(back.code, back.stdout).toBe(0);
  await traffic.stop();
  expect(failuresIn(seen)).toEqual({});
  expect(servedIn(seen)).toEqual(["1.0.0", "1.1.0"]);
  for (const host of fleet) expect(await order(host, 10_000)).toMatchObject({ status: 200 });
});
