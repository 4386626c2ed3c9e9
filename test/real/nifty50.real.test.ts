import { afterAll, beforeAll, expect, test } from "vitest";
import { released, ship, statusOf } from "../support/shipping.ts";
import { makeSystem, type System } from "../support/system.ts";
import { access } from "./support/access.ts";
import { exampleFiles } from "./support/example.ts";
import { installed } from "./support/packages.ts";

let system: System;
beforeAll(async () => {
  await installed("redis-server", ["/usr/bin/redis-server"]);
  system = await makeSystem({
    files: await exampleFiles("nifty50"),
    bare: true,
    limitMs: 300_000,
    variables: access(),
  });
  // The same pipeline with holds that a test can wait for.
  await system.edit("bellwether.yaml", "hold: 5m, samples: 500", "hold: 2s, samples: 10, limit: 60s");
  await system.edit("bellwether.yaml", "max: 0.1%, samples: 500", "max: 0.1%, samples: 10");
  await system.git("init", "--quiet", "--initial-branch", "main");
  await system.git("config", "user.name", "Ada");
  await system.commit("nifty50");
  await system.git("checkout", "--quiet", "-b", "develop");
});
afterAll(async () => expect(await system.close()).toEqual([]));

/** Asks production all the time while `work` lasts; gives the statuses that were no success. */
async function watched(work: () => Promise<void>): Promise<{ asked: number; failed: string[] }> {
  const url = (await statusOf(system, "production"))?.url;
  const seen = { asked: 0, failed: [] as string[] };
  let over = false;
  const asking = async () => {
    while (!over) {
      const status = await fetch(`${url}/version`).then(
        async (answer) => (await answer.text()) && String(answer.status),
        (error: unknown) => String(error),
      );
      seen.asked += 1;
      if (status !== "200") seen.failed.push(status);
    }
  };
  const all = [asking(), asking()];
  try {
    await work();
  } finally {
    over = true;
    await Promise.all(all);
  }
  return seen;
}

const live = async (): Promise<unknown> => {
  const url = (await statusOf(system, "production"))?.url;
  return (await fetch(`${url}/version`)).json();
};

test("nifty50 goes from a commit on develop to staging: checks, scan, tests with real servers, image, smoke test", async () => {
  const done = await system.run("run", "--event", "push");
  expect(done.stdout).toMatch(/\[unit:unit\] passed in .*: 20 tests passed, coverage \d\d/);
  expect(done.stdout).toMatch(/\[integration:api\] passed in .*: 3 tests passed\n/);
  expect(done.stdout).toContain("applied: 0001_trade.sql, 0002_trade_by_day.sql\n");
  expect(done.stdout).toMatch(/✔ Staging +passed/);
  expect(done.code).toBe(0);
});

test("a release waits for its approval, and goes to production with what production's file says", async () => {
  await system.release("v1.0.0");
  expect((await system.run(...released("v1.0.0"))).code).toBe(3);
  expect((await ship(system, "v1.0.0")).code).toBe(0);
  expect(await live()).toEqual({ version: "1.0.0", mode: "production", max_position: 10 });
});

test("a canary brings new limits, and a rollback brings back code and limits, without a failed request", async () => {
  await system.git("checkout", "--quiet", "develop");
  await system.edit("environments/production.env", "MAX_POSITION_SIZE=10", "MAX_POSITION_SIZE=20");
  await system.edit("app/__init__.py", "", '"""Version 1.1."""\n');
  await system.commit("Larger positions");
  await system.release("v1.1.0");
  const seen = await watched(async () => {
    const done = await ship(system, "v1.1.0");
    expect(done.stdout).toContain("traffic: 1.0.0 90 %, 1.1.0 10 %\n");
    expect(done.stdout).not.toContain("changed by hand");
    expect(done.code).toBe(0);
    expect(await live()).toMatchObject({ version: "1.1.0", max_position: 20 });
    expect((await system.run("rollback", "production")).code).toBe(0);
  });
  expect(await live()).toMatchObject({ version: "1.0.0", max_position: 10 });
  expect(seen.failed).toEqual([]);
  expect(seen.asked).toBeGreaterThan(100);
});
