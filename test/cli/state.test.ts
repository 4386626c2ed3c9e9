import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeSystem, type System, type SystemOptions } from "../support/system.ts";

const systems: System[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
});

async function given(options: SystemOptions = {}): Promise<System> {
  const system = await makeSystem(options);
  systems.push(system);
  return system;
}

const waiting = (seconds: number) => ({
  files: { "bellwether.yaml": `app: small\nchecks: { lint: { style: "echo begun; sleep ${seconds}" } }\n` },
});

/** Every file below a directory. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Cuts every file of the cache in half, as a full disk or a power cut may. */
async function truncateAll(directory: string): Promise<number> {
  const files = await filesBelow(directory);
  for (const file of files) {
    const content = await readFile(file);
    await writeFile(file, content.subarray(0, content.length / 2), { mode: 0o644 }).catch(async () => {
      throw new Error(`${file} cannot be damaged`);
    });
  }
  return files.length;
}

test("a state directory that another run holds is refused with exit code 3, naming the holder", async () => {
  const system = await given(waiting(60));
  const first = system.start("run");
  await first.printed("begun");
  const second = await system.run("run");
  expect(second).toMatchObject({ code: 3, stdout: "" });
  expect(second.stderr).toMatch(
    new RegExp(
      `^Another run \\(process ${first.pid}, since \\d{4}-\\S+Z\\) is using ${system.state}\\.\\n.*\\n {2}next: Wait until it has ended, or give this one a state directory of its own with \`--state DIR\`\\.\\n$`,
    ),
  );
  expect((await system.run("plan")).code).toBe(0);
  first.kill("SIGINT", true);
  expect((await first.ended).code).toBe(130);
  expect((await readdir(system.state)).filter((name) => name.startsWith("run.lock"))).toEqual([]);
});

test("the lock of a run that was killed is taken over", async () => {
  const system = await given(waiting(60));
  const first = system.start("run");
  await first.printed("begun");
  first.kill("SIGKILL");
  await first.ended;
  expect(await system.stored("run.lock")).toContain(String(first.pid));
  await system.edit("bellwether.yaml", "sleep 60", "sleep 0");
  expect((await system.run("run")).code).toBe(0);
});

test("a directory in the place of the lock is refused and named, and is not tried for ever", async () => {
  const system = await given(waiting(0));
  await system.write({ ".bellwether/run.lock/file": "" });
  const { code, stderr } = await system.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain("run.lock");
  expect(stderr).toContain("it is no file that can be read");
});

test("B7: a lock that holds nonsense does not stop a run", async () => {
  const system = await given(waiting(0));
  await system.write({ ".bellwether/run.lock": "{" });
  expect((await system.run("run")).code).toBe(0);
});

test("B7: a cache that was cut off is dropped and built again, never trusted", async () => {
  const system = await given();
  expect((await system.run("run", "image")).code).toBe(0);
  expect((await system.run("run", "image")).code).toBe(0);
  expect((await system.report()).cacheHits).toBe(4);
  expect(await truncateAll(join(system.state, "cache"))).toBeGreaterThan(5);
  await system.write({ "dist/server.mjs": "spoilt" });
  const done = await system.run("run", "image");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect((await system.report()).stages.find((stage) => stage.id === "lint")?.steps[0]?.cached).toBe(false);
  expect(await readFile(join(system.directory, "dist", "server.mjs"), "utf8")).toContain("createServer");
  expect((await system.run("run", "image")).code).toBe(0);
  expect((await system.report()).cacheHits).toBe(4);
});

test("B7: an image that was cut off is not deployed", async () => {
  const system = await given();
  expect((await system.run("run", "image")).code).toBe(0);
  expect(await truncateAll(join(system.state, "images", "api", "blobs"))).toBeGreaterThan(2);
  const done = await system.run("deploy", "staging");
  expect([1, 2, 3]).toContain(done.code);
  expect(`${done.stdout}${done.stderr}`).toMatch(/sha256|digest|corrupt|cannot be read/);
  expect(`${done.stdout}${done.stderr}`).not.toMatch(/has a bug/);
});

test("B7: the report of the last run may be damaged: it counts as none, the next run writes it anew", async () => {
  const system = await given(waiting(0));
  const whole = async (change: (report: Record<string, unknown>) => unknown): Promise<string> =>
    JSON.stringify(change({ ...(await system.report()) }));
  expect((await system.run("run")).code).toBe(0);
  for (const text of [
    "{",
    "null",
    '{"format":1}',
    '{"format":1,"stages":[{"steps":[{"evidence":{"coverage":{}}}]}]}',
    await whole((report) => ({ ...report, stages: {} })),
    await whole((report) => ({ ...report, startedAt: "then", finishedAt: 1e300 })),
  ]) {
    await system.write({ ".bellwether/reports/last.json": text });
    const done = await system.run("run");
    expect([text, done.code, done.stderr]).toEqual([text, 0, ""]);
    expect(await system.report()).toMatchObject({ outcome: "passed" });
    expect(await system.stored("reports/last.html")).not.toContain("; the run before:");
  }
  expect((await system.run("run")).code).toBe(0);
  expect(await system.stored("reports/last.html")).toContain("; the run before: passed in");
});

test("B7: a truncated state file and a cut journal of an environment: the last valid copy is used, and said", async () => {
  const system = await given();
  expect((await system.run("run", "--event", "push", "--ref", "develop")).code).toBe(0);
  expect((await system.run("stop", "staging")).code).toBe(0);
  const place = join(system.state, "local", "staging");
  const state = await readFile(join(place, "state.json"), "utf8");
  await writeFile(join(place, "state.json"), state.slice(0, 40));
  const journal = await readFile(join(place, "journal.ndjson"), "utf8");
  await writeFile(join(place, "journal.ndjson"), `${journal}{"seq":`);
  const said = /^ {2}note +\S+state\.json: .+; the last valid copy was used$/m;
  const status = await system.run("status", "staging");
  expect(status).toMatchObject({ code: 0, stderr: "" });
  expect(status.stdout).toMatch(/^staging: 0\.0\.0-develop\.1\+\S+ is live$/m);
  expect(status.stdout).toMatch(said);
  const history = JSON.parse((await system.run("history", "staging", "--json")).stdout);
  expect(history.staging).toMatchObject([{ what: "deploy", outcome: "completed" }]);
  expect(await system.run("start", "staging")).toMatchObject({ code: 0, stderr: "" });
  const [live] = JSON.parse((await system.run("status", "staging", "--json")).stdout);
  expect((await fetch(`${live.url}/version`)).status).toBe(200);
  expect((await system.run("status", "staging")).stdout).toMatch(said);
});

test("B7: an approval that was cut off never counts, and the file to remove is named", async () => {
  const system = await given();
  await system.release("v1.0.0");
  const release = ["run", "--event", "release", "--ref", "v1.0.0"];
  expect((await system.run(...release)).code).toBe(3);
  expect((await system.run("approve", "production")).code).toBe(0);
  const directory = join(system.state, "approvals", "production");
  const file = (await readdir(directory)).find((name) => name.startsWith("approval-")) ?? "";
  await writeFile(join(directory, file), "{");
  const done = await system.run(...release);
  expect(done.code).toBe(2);
  expect(done.stdout).toContain(`${join(directory, file)} cannot be read as an approval: `);
});
