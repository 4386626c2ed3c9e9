import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { shell } from "../support/bin.ts";
import { makeSystem, type System } from "../support/system.ts";

let system: System;
beforeAll(async () => {
  system = await makeSystem();
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

const stages = "lint, security-scan, unit-test, integration-test, image, staging, approval and production";

test.each<[string, string[], string]>([
  [
    "an unknown command",
    ["stauts"],
    "error: unknown command 'stauts'\n(Did you mean status?)\n  next: add --help to see what is expected\n",
  ],
  [
    "an unknown option",
    ["plan", "--evnt", "push"],
    "error: unknown option '--evnt'\n(Did you mean --event?)\n  next: add --help to see what is expected\n",
  ],
  [
    "an unknown event",
    ["plan", "--event", "merge"],
    "error: option '--event <event>' argument 'merge' is invalid. Allowed choices are push, pull_request, release, dispatch, schedule, local.\n  next: add --help to see what is expected\n",
  ],
  [
    "an unknown command after an option whose value is one",
    ["-C", "plan", "stauts"],
    "error: unknown command 'stauts'\n(Did you mean status?)\n  next: add --help to see what is expected\n",
  ],
  [
    "an option without its value",
    ["plan", "--ref"],
    "error: option '--ref <ref>' argument missing\n  next: add --help to see what is expected\n",
  ],
  [
    "a missing argument",
    ["deploy"],
    "error: missing required argument 'environment'\n  next: add --help to see what is expected\n",
  ],
  [
    "an unknown stage, with the nearest",
    ["run", "unit-tests"],
    `There is no stage called unit-tests.\n  expected: one of ${stages}\n  next: Did you mean unit-test?\n`,
  ],
  [
    "an unknown environment, with the nearest",
    ["deploy", "prodution"],
    "There is no environment called prodution.\n  expected: one of staging and production\n  next: Did you mean production?\n",
  ],
  [
    "an unknown environment of status",
    ["status", "stagin"],
    "There is no environment called stagin.\n  expected: one of staging and production\n  next: Did you mean staging?\n",
  ],
  [
    "an unknown environment of abort",
    ["abort", "stagin"],
    "There is no environment called stagin.\n  expected: one of staging and production\n  next: Did you mean staging?\n",
  ],
  [
    "a stage that this context does not allow",
    ["run", "production"],
    "Got the stage production, which is not due: runs on a published release.\n  expected: stages that are due in this context\n  next: Run `bellwether plan` to see which stages are due and why, or give another --event or --ref.\n",
  ],
  [
    "an approval where nothing waits",
    ["approve", "production"],
    "Got no version.\n  expected: a version that a run has brought to the gate of production; none waits now\n  next: Run the release first; it ends with exit code 3 and names the version to approve.\n",
  ],
  [
    "an approval of a version that does not wait",
    ["approve", "production", "v1.0.0"],
    "Got v1.0.0.\n  expected: a version that a run has brought to the gate of production; none waits now\n  next: Run the release first; it ends with exit code 3 and names the version to approve.\n",
  ],
  [
    "a plan that is not there",
    ["run", "--plan", "plan.json"],
    "plan.json cannot be read as a plan: there is no such file.\n  expected: a whole plan\n  next: Make it with `bellwether plan --json`.\n",
  ],
  [
    "a plan and stages at once",
    ["run", "lint", "--plan", "plan.json"],
    "Got the plan plan.json and the stages lint.\n  expected: either a plan or names of stages\n  next: Leave the stages out: the plan holds what will be done.\n",
  ],
  [
    "a configuration that is not there",
    ["plan", "--config", "other.yaml"],
    "There is no other.yaml.\n  expected: a config file\n  next: Write it, or name another one with `--config FILE` or another directory with `-C DIR`.\n",
  ],
  [
    "a release that is no version",
    ["plan", "--event", "release", "--ref", "latest"],
    "A release needs a version tag, and got refs/tags/latest.\n  expected: a tag that is a semantic version, such as v1.2.3\n  next: Name a version tag, for example `--ref v1.2.3`.\n",
  ],
])("%s is refused with exit code 2", async (_what, args, stderr) => {
  expect(await system.run(...args)).toEqual({ code: 2, signal: null, stdout: "", stderr });
});

test.each([
  ["--state", "bellwether.yaml", "it is no directory", "a directory that can be written"],
  ["--report", "service", "it is a directory", "a file that can be written"],
  ["--report", "bellwether.yaml/report.json", "it is no directory", "a file that can be written"],
])("%s %s is refused before the first step with exit code 2", async (option, path, reason, expected) => {
  const place = join(system.directory, path);
  expect(await system.run("run", "lint", option, path)).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: `Got ${place}, which cannot be used: ${reason}.\n  expected: ${expected}\n  next: Give another path with \`${option}\`.\n`,
  });
});

test("a report in a place where nothing can be made is refused at once, and does not hang", async () => {
  const done = await system.run("run", "lint", "--report", "/proc/nope/report.json");
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toContain("Got /proc/nope/report.json, which cannot be used: ENOENT.");
});

test("a reader that has seen enough (| head -1) does not end the run", async () => {
  const program = join(inject("home"), "dist", "main.cjs");
  const run = spawn(process.execPath, [program, "run", "unit-test", "--no-cache"], {
    cwd: system.directory,
    env: shell(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  run.stdout.once("data", () => run.stdout.destroy());
  expect(await once(run, "exit")).toEqual([0, null]);
});

test("--state keeps all of the tool's state elsewhere", async () => {
  const done = await system.run("run", "lint", "--state", "elsewhere/state");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const kept = await readdir(join(system.directory, "elsewhere", "state"));
  expect(kept).toEqual(expect.arrayContaining(["cache", "reports"]));
  await rm(join(system.directory, "elsewhere"), { recursive: true });
});

test.each([["status"], ["history"], ["plan"], ["validate"]])(
  "%s --json prints one JSON value on stdout and nothing on stderr that is not a word for people",
  async (command) => {
    const done = await system.run(command, "--json");
    expect(done.code).toBe(0);
    expect(() => JSON.parse(done.stdout)).not.toThrow();
  },
);

test("B13: rollback --help tells its use and contacts nothing", async () => {
  const done = await system.run("rollback", "production", "--help");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toContain("Usage: bellwether rollback [options] <environment>");
  expect(await system.run("status", "production")).toMatchObject({ code: 0 });
});

test("the environments of a system that was never deployed are told as such", async () => {
  const { stdout } = await system.run("status", "--json");
  expect(JSON.parse(stdout)).toMatchObject([
    { environment: "staging", live: null, url: null },
    { environment: "production", live: null, url: null },
  ]);
  const deployed = await system.run("rollback", "production");
  expect(deployed.code).toBe(3);
  expect(deployed.stdout).toContain("✖ Nothing is live on production.\n");
  expect((await system.run("start", "production")).code).toBe(3);
  expect((await system.run("logs", "production", "-n", "many")).code).toBe(2);
  // Nothing was started for it, and nothing is left of it.
  expect(existsSync(join(system.state, "local", "production"))).toBe(false);
});

test("a version that was never built is not deployed: exit code 3, with those that were", async () => {
  expect((await system.run("run", "image")).code).toBe(0);
  const done = await system.run("deploy", "staging", "v9.0.0");
  expect(done.code).toBe(3);
  expect(done.stdout).toMatch(
    /✖ There is no image api of version 9\.0\.0\.\n {2}next: Name one of the versions that are there, or build this one with `bellwether run image`\./,
  );
  expect(done.stdout).toMatch(
    /expected: a version that was built; there are: 0\.0\.0-develop\.1-[0-9a-f]{7}\n/,
  );
});

test("B8: a version is resolved to its digest once, and the journal and the release hold that digest", async () => {
  expect((await system.run("run", "image")).code).toBe(0);
  const built = await system.report();
  const steps = built.stages.flatMap((stage) => stage.steps);
  const digest = steps.find((step) => step.digests !== undefined)?.digests?.api;
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  const deployed = await system.run("deploy", "staging", built.version);
  expect(deployed.code, deployed.stdout).toBe(0);
  const environment = join(system.state, "local", "staging");
  const journal = await readFile(join(environment, "journal.ndjson"), "utf8");
  const facts = journal.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).fact]));
  const began = facts.find((fact) => fact.kind === "rollout-began");
  expect(began.digests).toEqual([digest]);
  const release = await readFile(join(environment, "releases", began.release, "release.json"), "utf8");
  expect(JSON.parse(release).components[0].digest).toBe(digest);
});
