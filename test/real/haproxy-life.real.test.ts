import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, leftOf } from "../support/left.ts";
import { underLoad as loaded, newRelease, ship as shipRelease, statusOf } from "../support/shipping.ts";
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

const make = (tag: string, fault: string) => newRelease(system, tag, fault);
const ship = (tag: string) => shipRelease(system, tag);
const production = () => statusOf(system, "production");
const underLoad = <T>(work: () => Promise<T>) => loaded(system, 100, work);

const haproxies = async () =>
  (await leftOf(system.directory)).filter(
    ({ what }) => what.includes("haproxy") && what.includes("production"),
  );

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

  test.each([
    ["the component", ["api"]],
    ["everything", []],
  ])("a restart of %s under load loses no request", async (_, only) => {
    const { done, seen } = await underLoad(() => system.run("restart", "production", ...only));
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
