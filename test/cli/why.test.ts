import { chmod, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

const config = `app: small
toolchains:
  node:
    version: ">=20"
    setup: [mkdir -p tools && cp tool.txt tools/]
    inputs: [tool.txt]
    outputs: [tools]
checks:
  lint:
    style: { run: grep -q one notes.txt, env: { LEVEL: strict } }
    free: { run: "true", cache: false }
`;

let system: System;
beforeEach(async () => {
  system = await makeSystem({
    files: { "bellwether.yaml": config, "notes.txt": "one\n", "tool.txt": "1\n" },
  });
});
afterEach(() => system.close());

const why = async (step: string): Promise<string> => (await system.run("why", step)).stdout;

test("a step that had no turn yet, one that is kept, and one that is never kept are told apart", async () => {
  expect(await why("lint:style")).toMatch(
    /^lint:style would run: it has had no turn here yet\nkey [0-9a-f]{64}\n/,
  );
  expect(await why("lint:free")).toMatch(/^lint:free would run: its result is never kept: cache is false/);
  await system.run("run", "lint");
  expect(await why("lint:style")).toMatch(/^lint:style would come from the cache/);
});

test("files that were changed, added and removed are named, and so are another command and other variables", async () => {
  await system.write({ "old.txt": "" });
  await system.run("run", "lint");
  await rm(join(system.directory, "old.txt"));
  await system.write({ "notes.txt": "one, two\n", "new.txt": "" });
  await system.edit("bellwether.yaml", "grep -q one", "grep -c one");
  await system.edit("bellwether.yaml", "LEVEL: strict", "LEVEL: hidden-value, MORE: 1");
  const told = await why("lint:style");
  expect(told).toContain("lint:style would run: 7 things changed since its last turn\n");
  expect(told).toContain("  input     bellwether.yaml changed\n  input     new.txt added\n");
  expect(told).toContain("  input     notes.txt changed\n  input     old.txt removed\n");
  expect(told).toContain("  variable  LEVEL changed\n  variable  MORE added\n");
  expect(told).toContain("  command   text changed: grep -q one notes.txt → grep -c one notes.txt\n");
  expect(told).not.toContain("hidden-value");
});

test("a changed set-up is named as the need that it is, with the question to ask next", async () => {
  await system.run("run", "lint");
  await system.write({ "tool.txt": "2\n" });
  const told = await why("lint:style");
  expect(told).toContain("  need   setup:node changed\n");
  expect(told).toContain("  next: `bellwether why setup:node`\n");
  expect(await why("setup:node")).toContain("  input  tool.txt changed\n");
});

test("a step that failed, or whose result was removed, says so where nothing changed", async () => {
  await system.write({ "notes.txt": "two\n" });
  await system.run("run", "lint");
  expect(await why("lint:style")).toContain("nothing changed since its last turn, but it failed");
  await system.write({ "notes.txt": "one\n" });
  await system.run("run", "lint");
  await system.run("cache", "prune", "--max-age", "0s");
  expect(await why("lint:style")).toContain("but its result was removed from the cache");
});

/** Writes over all that the cache keeps. */
async function damage(): Promise<void> {
  const objects = join(system.state, "cache", "objects");
  for (const name of await readdir(objects)) {
    await chmod(join(objects, name), 0o644);
    await writeFile(join(objects, name), "other");
  }
}

test("a change back to a result that is damaged is told with both", async () => {
  await system.run("run", "lint");
  await system.write({ "tool.txt": "2\n" });
  await system.run("run", "lint");
  await system.write({ "tool.txt": "1\n" });
  await damage();
  expect(await why("setup:node")).toContain(
    "1 thing changed since its last turn, and the cache's copy of its output tools/tool.txt is damaged or gone",
  );
});

test("a kept result whose output is gone from here and damaged in the cache is no result", async () => {
  await system.run("run", "lint");
  await damage();
  expect(await why("setup:node")).toMatch(/^setup:node would come from the cache/);
  await rm(join(system.directory, "tools"), { recursive: true });
  expect(await why("setup:node")).toContain(
    "nothing changed since its last turn, but the cache's copy of its output tools/tool.txt is damaged or gone",
  );
  expect((await system.run("run", "lint")).stdout).toContain("[setup:node] passed in");
  expect(await why("setup:node")).toMatch(/^setup:node would come from the cache/);
});

test("a step that nobody knows is told with the nearest one, and --json gives all of it to a program", async () => {
  const unknown = await system.run("why", "lint:stile");
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean lint:style?") });
  const { stdout } = await system.run("why", "lint:style", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ step: "lint:style", cached: false, changes: null });
});
