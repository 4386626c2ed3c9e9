import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../pipeline/report/report.ts";
import {
  underLoad as loaded,
  newRelease,
  released,
  ship as shipRelease,
  statusOf as statusIn,
} from "../support/shipping.ts";
import { makeSystem, type System } from "../support/system.ts";

let system: System;
beforeAll(async () => {
  system = await makeSystem();
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

const push = () => system.run("run", "--event", "push", "--ref", "develop");
const make = (tag: string, fault: string) => newRelease(system, tag, fault);
const ship = (tag: string) => shipRelease(system, tag);
const statusOf = (name: string) => statusIn(system, name);
const underLoad = <T>(work: () => Promise<T>) => loaded(system, 60, work);

describe.sequential("a system goes from a commit to production and back", { timeout: 60_000 }, () => {
  test("a push to develop is checked, built and deployed to staging", async () => {
    const done = await push();
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toMatch(/✔ Staging: passed in/);
    const staging = await statusOf("staging");
    expect(staging?.live).toMatch(/^0\.0\.0-develop\.1\+[0-9a-f]{7}$/);
    expect(done.stdout).toContain(`staging: ${staging?.live} is live at ${staging?.url}`);
    expect(await (await fetch(`${staging?.url}/version`)).json()).toEqual({ version: staging?.live });
  });

  test("a release waits with exit code 3 and says how to go on", async () => {
    await system.release("v1.0.0");
    const done = await system.run(...released("v1.0.0"));
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("‖ 1.0.0 waits for approval for production.\n");
    expect(done.stdout).toContain(
      "next: Approve it with `bellwether approve production 1.0.0`, then repeat this run.",
    );
    expect(done.stdout).toContain("staging has completed these digests already");
  });

  test("an approved release goes to production with the digest that staging has seen", async () => {
    const approved = await system.run("approve", "production", "--json");
    expect(approved.code).toBe(0);
    const { version, digests } = JSON.parse(approved.stdout);
    expect({ version, digests: digests.length }).toEqual({ version: "1.0.0", digests: 1 });
    const done = await system.run(...released("v1.0.0"), "--json", "--report", "copy.json");
    expect(done.code).toBe(0);
    const report: Report = JSON.parse(done.stdout);
    expect(report).toEqual(await system.report());
    expect(report).toMatchObject({
      format: 1,
      outcome: "passed",
      exitCode: 0,
      version: "1.0.0",
      failures: [],
    });
    const image = report.stages.find((stage) => stage.id === "image")?.steps.find((step) => step.digests);
    expect(Object.values(image?.digests ?? {})).toEqual(digests);
    expect(done.stderr).toContain("✔ Production: passed in");
    expect((await statusOf("production"))?.live).toBe("1.0.0");
  });

  test("v1.1.0 goes to production by canary under load, and no request fails", async () => {
    await make("v1.1.0", "");
    const { done, seen } = await underLoad(() => ship("v1.1.0"));
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(seen).toMatchObject({ failed: 0, failures: [] });
    expect(Object.keys(seen.served).sort()).toEqual(["1.0.0", "1.1.0"]);
    const rollouts = (await system.report()).rollouts.filter((one) => one.environment === "production");
    expect(rollouts).toHaveLength(1);
    expect(rollouts[0]).toMatchObject({ strategy: "canary", stable: "1.0.0", outcome: "completed" });
    expect(rollouts[0]?.weights.map(({ weights }) => weights)).toEqual([
      { "1.0.0": 50, "1.1.0": 50 },
      { "1.1.0": 100 },
    ]);
    expect(await statusOf("production")).toMatchObject({ live: "1.1.0", warm: [{ version: "1.0.0" }] });
  });

  test("a slow release goes back by itself: exit code 1, the reason, and no request fails", async () => {
    await make("v1.2.0", ', FAULT: "slow:700"');
    const { done, seen } = await underLoad(() => ship("v1.2.0"));
    expect(seen).toMatchObject({ failed: 0, failures: [] });
    expect(done.code).toBe(1);
    expect(done.stdout).toMatch(
      /✖ 1\.2\.0 was withdrawn from production; 1\.1\.0 is live\. The analysis at 50 % failed: p95 .*\n {2}next: Mend the release and ship it again\./,
    );
    expect(await statusOf("production")).toMatchObject({ live: "1.1.0" });
  });

  test("B13: a rollback goes to what completed before the live one, not to what was only attempted", async () => {
    const { done, seen } = await underLoad(() => system.run("rollback", "production"));
    expect(seen).toMatchObject({ failed: 0, failures: [] });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect((await statusOf("production"))?.live).toBe("1.0.0");
  });

  test("B12: a rollback to a version that is not kept ends with 3 and lists those that are", async () => {
    const done = await system.run("rollback", "production", "--to", "v0.9.0");
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("✖ 0.9.0 is not kept on production.\n");
    expect(done.stdout).toContain("expected: one of 1.1.0\n");
    expect(done.stdout).toContain(
      "next: Go back to one that is kept: `bellwether rollback production --to 1.1.0`.",
    );
    expect((await statusOf("production"))?.live).toBe("1.0.0");
  });

  test("B11: a rollback to a named version brings its configuration back", async () => {
    expect((await system.run("rollback", "production", "--to", "v1.1.0")).code).toBe(0);
    const production = await statusOf("production");
    expect(production?.live).toBe("1.1.0");
    expect(await (await fetch(`${production?.url}/version`)).json()).toEqual({ version: "1.1.0" });
  });

  test("B46: the history tells each rollout, newest first, with its outcome and who asked", async () => {
    const { code, stdout } = await system.run("history", "production", "--json");
    expect(code).toBe(0);
    const entries = (JSON.parse(stdout) as { production: { what: string }[] }).production;
    expect(entries).toMatchObject([
      { what: "rollback", version: "1.1.0", outcome: "completed", actor: "Ada" },
      { what: "rollback", version: "1.0.0", outcome: "completed", actor: "Ada" },
      { what: "deploy", version: "1.2.0", outcome: "returned", actor: "Ada" },
      { what: "deploy", version: "1.1.0", outcome: "completed", actor: "Ada" },
      { what: "deploy", version: "1.0.0", outcome: "completed", actor: "Ada" },
    ]);
    const words = await system.run("history");
    expect(words.stdout).toMatch(/^staging\n[\s\S]*\nproduction\n[\s\S]*deploy +1\.2\.0 +returned +Ada/);
  });

  test("logs shows what the live release printed", async () => {
    const { code, stdout } = await system.run("logs", "production");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+Z 1\.1\.0 api \| 1\.1\.0 listens\n/m);
  });

  test("logs --follow goes on with new lines until Ctrl-C", async () => {
    const following = system.start("logs", "production", "--follow", "-n", "0");
    expect((await system.run("restart", "production", "api")).code).toBe(0);
    await following.printed("1.1.0 listens");
    following.kill("SIGINT", true);
    expect((await following.ended).code).toBe(0);
  });

  test("stop ends an environment, start brings it back as it was, on the same port", async () => {
    const before = await statusOf("production");
    const stopped = await system.run("stop", "production");
    expect(stopped).toMatchObject({ code: 0, stdout: "production: stopped\n", stderr: "" });
    expect(await statusOf("production")).toMatchObject({ url: null, live: "1.1.0" });
    await expect(fetch(`${before?.url}/version`)).rejects.toThrow();
    expect((await system.run("stop", "production")).stdout).toBe("production is not running\n");
    const started = await system.run("start", "production");
    expect(started).toMatchObject({ code: 0, stdout: "production: started\n", stderr: "" });
    expect(await statusOf("production")).toMatchObject({ url: before?.url, live: "1.1.0" });
    expect((await fetch(`${before?.url}/version`)).status).toBe(200);
  });

  test("B31: abort with nothing under way changes nothing and ends with 0", async () => {
    const done = await system.run("abort", "production");
    expect(done).toMatchObject({
      code: 0,
      stdout: "nothing is under way on production; stable is untouched\n",
    });
  });
});
