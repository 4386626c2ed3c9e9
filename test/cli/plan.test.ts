import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeEach, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const systems: System[] = [];
let system: System;
beforeEach(async () => {
  system = await makeSystem();
  systems.push(system);
});
afterAll(async () => {
  for (const one of systems) expect(await one.close()).toEqual([]);
});

async function schemaErrors(name: string, value: unknown): Promise<unknown> {
  const schema = JSON.parse(await readFile(join(repository, "schema", name), "utf8"));
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
  validate(value);
  return validate.errors;
}

async function planned(...args: string[]): Promise<string> {
  const { stdout } = await system.run("plan", "--json", ...args);
  const file = join(system.state, "plan.json");
  await system.write({ ".bellwether/plan.json": stdout });
  return file;
}

test("plan --json is one value that is valid against schema/plan.schema.json", async () => {
  const done = await system.run("plan", "--json", "--event", "push", "--ref", "develop");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const plan = JSON.parse(done.stdout);
  expect(await schemaErrors("plan.schema.json", plan)).toBeNull();
  expect(plan.stages.map((stage: { id: string; due: boolean }) => `${stage.id} ${stage.due}`)).toEqual([
    "lint true",
    "security-scan false",
    "unit-test true",
    "integration-test false",
    "image true",
    "staging true",
    "approval false",
    "production false",
  ]);
});

test("the plan of the example's release that is not there yet is valid, and goes all the way", async () => {
  const done = await system.run(
    ...["plan", "-C", join(repository, "examples", "quotes"), "--state", system.state],
    ...["--event", "release", "--ref", "v1.2.3", "--json"],
  );
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const plan = JSON.parse(done.stdout);
  expect(await schemaErrors("plan.schema.json", plan)).toBeNull();
  expect(plan.context.version).toBe("1.2.3");
  expect(
    plan.stages.filter((stage: { due: boolean }) => stage.due).map((stage: { id: string }) => stage.id),
  ).toEqual([
    "lint",
    "security-scan",
    "unit-test",
    "integration-test",
    "image",
    "staging",
    "approval",
    "production",
  ]);
});

test("the report of a run is valid against schema/report.schema.json, and --report writes a copy", async () => {
  const done = await system.run("run", "lint", "--json", "--report", "out/report.json");
  expect(done.code).toBe(0);
  const report = JSON.parse(done.stdout);
  expect(await schemaErrors("report.schema.json", report)).toBeNull();
  expect(JSON.parse(await readFile(join(system.directory, "out", "report.json"), "utf8"))).toEqual(report);
  expect(done.stderr).toContain("✔ Lint");
});

test("run --plan does what the plan says, whatever the context is", async () => {
  const file = await planned("--event", "pull_request");
  const done = await system.run("run", "--plan", file, "--json");
  expect(done.code).toBe(0);
  const report = JSON.parse(done.stdout);
  const passed = report.stages.filter((stage: { outcome: string }) => stage.outcome === "passed");
  expect(passed.map((stage: { id: string }) => stage.id).sort()).toEqual(["lint", "unit-test"]);
});

test("run --plan refuses a plan of another version with exit code 2", async () => {
  const file = await planned();
  const plan = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...plan, format: 99 }));
  expect(await system.run("run", "--plan", file)).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: `${file} is a plan of format 99.\n  expected: format ${plan.format}\n  next: Make it again with this version: \`bellwether plan --json\`.\n`,
  });
});

test("run --plan refuses a plan whose configuration has changed since, with exit code 2", async () => {
  const file = await planned();
  await system.edit("bellwether.yaml", "watch: 300ms", "watch: 400ms");
  const done = await system.run("run", "--plan", file);
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toMatch(
    /\/plan\.json is out of date: it was made from config [0-9a-f]{12}, bellwether\.yaml is now [0-9a-f]{12}\.\n {2}expected: a plan of the config as it is now\n/,
  );
});

test("run --plan refuses a plan of another commit with exit code 2", async () => {
  const file = await planned();
  await system.git("commit", "--quiet", "--allow-empty", "--message", "more");
  const done = await system.run("run", "--plan", file);
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toMatch(
    /^refs\/heads\/develop is commit [0-9a-f]{12}, and what is checked out is [0-9a-f]{12}\.\n/,
  );
});

test.each([
  ["cut off", (text: string) => text.slice(0, text.length / 2), /cannot be read as a plan: .*JSON/],
  ["without a format", () => "{}", /cannot be read as a plan: it has no format/],
  [
    "with a stage that is none",
    (text: string) => text.replace('"id": "lint"', '"id": 7'),
    /cannot be read as a plan: at stages\.0\.id: /,
  ],
  [
    "with a need that is not there",
    (text: string) => text.replace('"needs": []', '"needs": ["nothing"]'),
    /needs nothing, which is not there/,
  ],
  [
    "with a circle",
    (text: string) => text.replace('"needs": []', '"needs": ["production"]'),
    /These wait for each other: /,
  ],
])("a plan %s is refused with exit code 2", async (_what, damage, words) => {
  const file = await planned("--event", "push");
  await writeFile(file, damage(await readFile(file, "utf8")));
  const done = await system.run("run", "--plan", file);
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toMatch(words);
});
