import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTraffic, type TrafficSeen } from "../../pipeline/cli/life/traffic.ts";
import { eventually, leftOf } from "../support/left.ts";
import { makeSystem, type System, smallConfig } from "../support/system.ts";
import { haproxyProgram } from "./support/haproxy.ts";

let system: System;
beforeAll(async () => {
  await haproxyProgram();
  system = await makeSystem({
    files: {
      "bellwether.yaml": smallConfig.replace("target: local", "target: { local: { router: haproxy } }"),
    },
  });
}, 300_000);
afterAll(async () => {
  expect(await system?.close()).toEqual([]);
});

const released = (tag: string) => ["run", "--event", "release", "--ref", tag];

/** Commits the change to develop and tags it. */
async function make(tag: string, fault: string): Promise<void> {
  await system.git("checkout", "--quiet", "develop");
  await system.edit("bellwether.yaml", 'VERSION: "${version}"', `VERSION: "\${version}"${fault}`);
  await system.edit("service/server.mjs", "// The smallest", `// ${tag}\n// The smallest`);
  await system.commit(`What ${tag} brings`);
  await system.release(tag);
}

/** Runs a release of that tag to its gate, approves it, and runs it again. */
async function ship(tag: string) {
  expect((await system.run(...released(tag))).code).toBe(3);
  expect((await system.run("approve", "production", tag)).code).toBe(0);
  return await system.run(...released(tag));
}

const production = async () => {
  const { stdout } = await system.run("status", "production", "--json");
  return (JSON.parse(stdout) as { url: string | null; live: string }[])[0];
};

const haproxies = async () =>
  (await leftOf(system.directory)).filter(
    ({ what }) => what.includes("haproxy") && what.includes("production"),
  );

async function underLoad<T>(work: () => Promise<T>): Promise<{ done: T; seen: TrafficSeen }> {
  const url = (await production())?.url ?? "";
  const traffic = startTraffic({ url, rate: 100, limit: 10_000, timeoutMs: 10_000 });
  try {
    return { done: await work(), seen: traffic.seen };
  } finally {
    await traffic.stop();
  }
}

describe.sequential("a system behind HAProxy goes from a commit to production and back", () => {
  test("the first release goes to production, and HAProxy serves it", async () => {
    await system.release("v1.0.0");
    const done = await ship("v1.0.0");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(await haproxies()).toHaveLength(1);
    const url = (await production())?.url;
    expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: "1.0.0" });
  });

  test("B14: a canary under load goes through without a failed request", async () => {
    await make("v1.1.0", "");
    const { done, seen } = await underLoad(() => ship("v1.1.0"));
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(seen).toMatchObject({ failed: 0, failures: [] });
    expect(Object.keys(seen.served).sort()).toEqual(["1.0.0", "1.1.0"]);
    expect((await production())?.live).toBe("1.1.0");
  });

  test("a slow canary is judged by HAProxy's figures and goes back by itself, without a failed request", async () => {
    await make("v1.2.0", ', FAULT: "slow:700"');
    const { done, seen } = await underLoad(() => ship("v1.2.0"));
    expect(seen).toMatchObject({ failed: 0, failures: [] });
    expect(done.code).toBe(1);
    expect(done.stdout).toMatch(/The analysis at 50 % failed: p95 /);
    expect((await production())?.live).toBe("1.1.0");
  });

  test("a restart of the component under load loses no request", async () => {
    const { done, seen } = await underLoad(() => system.run("restart", "production", "api"));
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(seen).toMatchObject({ failed: 0, failures: [] });
  });

  test("a killed daemon takes HAProxy with it, and the next one serves on the same port", async () => {
    const before = await production();
    const daemons = (await leftOf(system.directory)).filter(({ what }) => / daemon production$/.test(what));
    expect(daemons).toHaveLength(1);
    for (const { pid } of daemons) process.kill(pid, "SIGKILL");
    expect(await system.run("start", "production")).toMatchObject({ code: 0, stderr: "" });
    expect(await eventually(async () => (await haproxies()).length === 1, 5_000)).toBe(true);
    expect(await production()).toMatchObject({ url: before?.url, live: "1.1.0" });
    expect(await (await fetch(`${before?.url}/version`)).json()).toEqual({ version: "1.1.0" });
  });

  test("doctor names the HAProxy that was found", async () => {
    const { stdout } = await system.run("doctor", "production");
    expect(stdout).toMatch(/haproxy.* >=2\.4 is asked for/);
  });

  test("stop ends HAProxy, too", async () => {
    expect((await system.run("stop", "production")).code).toBe(0);
    expect(await haproxies()).toEqual([]);
  });
});
