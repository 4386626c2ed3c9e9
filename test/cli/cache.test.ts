import { readdir, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type System, systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

const config = `app: small
checks:
  lint:
    one: { run: "mkdir -p one && head -c 40000 /dev/zero > one/out", outputs: [one], inputs: ["service/**"] }
    two: { run: "mkdir -p two && head -c 90000 /dev/zero > two/out", outputs: [two], inputs: ["service/**"] }
`;

/** Names of the cache's entries, those that were used last at the end. */
const entries = async ({ state }: System): Promise<string[]> =>
  (await readdir(join(state, "cache", "entries"))).filter((name) => name.endsWith(".json"));

const status = async (system: System): Promise<{ entries: number; objects: number; bytes: number }> =>
  JSON.parse((await system.run("--json", "cache", "status")).stdout);

test("a cache that was never used holds nothing, and pruning it is no failure", async () => {
  const system = await given(config);
  const done = await system.run("cache", "status");
  expect([done.code, done.stdout]).toEqual([
    0,
    `${join(system.state, "cache")}: 0 results with 0 files, 0 B\n`,
  ]);
  expect((await system.run("cache", "prune")).code).toBe(0);
});

test("what is too much goes, the last used result stays and is still good", async () => {
  const system = await given(config);
  expect((await system.run("run", "lint")).code).toBe(0);
  expect(await status(system)).toMatchObject({ entries: 2, objects: 2 });
  const done = await system.run("cache", "prune", "--max-size", "100Ki");
  expect(done.stdout).toMatch(/^removed 1 result, /);
  expect(await status(system)).toMatchObject({ entries: 1, objects: 1 });
  expect((await status(system)).bytes).toBeLessThanOrEqual(100 * 1024);
  expect((await system.run("run", "lint")).code).toBe(0);
  expect((await system.report()).cacheHits).toBe(1);
});

test("what was not used for long goes; a hit is a use", async () => {
  const system = await given(config);
  await system.run("run", "lint");
  const old = new Date(Date.now() - 3 * 86_400_000);
  for (const name of await entries(system))
    await utimes(join(system.state, "cache", "entries", name), old, old);
  await system.edit("bellwether.yaml", "head -c 90000", "head -c 90001");
  await system.run("run", "lint");
  expect((await status(system)).entries).toBe(3);
  await system.run("cache", "prune", "--max-age", "2d");
  expect((await status(system)).entries).toBe(2);
  await system.run("run", "lint");
  expect((await system.report()).cacheHits).toBe(2);
});

test("a damaged result and files that no result needs go, too", async () => {
  const system = await given(config);
  await system.run("run", "lint");
  const [first = ""] = await entries(system);
  await truncate(join(system.state, "cache", "entries", first), 10);
  await system.run("cache", "prune");
  expect(await status(system)).toMatchObject({ entries: 1, objects: 1 });
  expect((await system.run("run", "lint")).code).toBe(0);
});

test.each([
  ["--max-age", "soon", "a duration such as 12h or 30d"],
  ["--max-size", "big", "a size such as 500Mi or 5Gi"],
])("%s %s is told, and nothing is removed", async (option, value, expected) => {
  const system = await given(config);
  await system.run("run", "lint");
  const done = await system.run("cache", "prune", option, value);
  expect(done.code).toBe(2);
  expect(done.stdout + done.stderr).toContain(`expected: ${expected}`);
  expect((await status(system)).entries).toBe(2);
});
