import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { engine } from "../support/fake-engine.ts";
import { type Answering, type RecordingSession, recordingSession } from "../support/recording-session.ts";
import { containerConfig, makeSystem } from "../support/system.ts";

/** The small system, its steps in an image with Node, and an engine that passes every step unless the test says else. */
async function given(
  answer: Answering,
  variables: (session: RecordingSession) => Record<string, string>,
  version?: string,
) {
  const session = await recordingSession(answer, version);
  onTestFinished(() => session.close());
  const system = await makeSystem({
    files: { "bellwether.yaml": containerConfig },
    variables: variables(session),
  });
  onTestFinished(async () => expect(await system.close()).toEqual([]));
  return { system, session };
}

const inside = ({ port, token }: RecordingSession) => ({
  DAGGER_SESSION_PORT: String(port),
  DAGGER_SESSION_TOKEN: token,
});

test("run --executor dagger walks the plan in the session, with the console and the report of the host's", async () => {
  const { system, session } = await given(engine(), inside);
  const done = await system.run("run", "lint", "unit-test", "--executor", "dagger");
  expect(done.code, done.stdout + done.stderr).toBe(0);
  expect(done.stdout).toMatch(/lint:style.*passed/);
  expect(await system.report()).toMatchObject({ executor: "dagger", outcome: "passed", exitCode: 0 });
  const execs = session.queries.filter((query) => query.endsWith(".exitCode") && !query.includes('"probe"'));
  expect(execs).toHaveLength(2);
  for (const exec of execs) expect(exec).toContain(`host.directory(path: "${system.directory}"`);
});

test("a step that fails there is told as on the host, with the host's exit code", async () => {
  const failing = engine((query) => {
    if (!query.includes("grep -q createServer")) return undefined;
    if (query.endsWith(".exitCode")) return { value: 1 };
    return query.endsWith(".stderr") ? { value: "no server here\n" } : undefined;
  });
  const { system } = await given(failing, inside);
  const done = await system.run("run", "lint", "--executor", "dagger");
  expect(done.code).toBe(1);
  expect(done.stdout).toMatch(/lint:style.*failed/);
  expect(done.stdout).toContain("no server here");
});

test("a session that dies in mid-run fails the run with what happened, and it is no bug of ours", async () => {
  const dying = engine((query) => (query.includes("grep -q createServer") ? { hangUp: true } : undefined));
  const { system } = await given(dying, inside);
  const done = await system.run("run", "lint", "unit-test", "--executor", "dagger");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("the connection to the Dagger engine was lost");
  expect(done.stdout).toMatch(/unit:unit.*passed/);
});

test("an engine of another version is refused before anything runs (exit code 3)", async () => {
  const { system, session } = await given(engine(), inside, "v0.20.0");
  const done = await system.run("run", "lint", "--executor", "dagger");
  expect(done.code).toBe(3);
  expect(done.stderr).toMatch(/0\.20\.0[\s\S]*0\.21\.8/);
  expect(session.queries).toEqual([]);
});

test("without a session and without dagger it is refused, with what to do (exit code 3)", async () => {
  const { system } = await given(engine(), () => ({}));
  const done = await system.run("run", "lint", "--executor", "dagger");
  expect(done.code).toBe(3);
  expect(done.stderr).toMatch(/without a Dagger engine[\s\S]*--executor host/);
});

test("without a session the dagger on PATH opens one, and it is gone afterwards", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-dagger-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, "bin"));
  const { system, session } = await given(engine(), () => ({ PATH: `${directory}/bin:${process.env.PATH}` }));
  const params = JSON.stringify({ port: session.port, session_token: session.token });
  const lines = ["#!/bin/sh", `echo '${params}'`, "cat > /dev/null", `echo ended > ${directory}/ended`];
  await writeFile(join(directory, "bin/dagger"), `${lines.join("\n")}\n`);
  await chmod(join(directory, "bin/dagger"), 0o755);
  const done = await system.run("run", "lint", "--executor", "dagger");
  expect(done.code, done.stdout + done.stderr).toBe(0);
  expect(session.queries.some((query) => query.includes("grep -q createServer"))).toBe(true);
});
