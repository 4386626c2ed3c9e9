import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { openSession, type SessionWish } from "../../../pipeline/executors/dagger/session.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { Secret } from "../../../pipeline/secret.ts";
import { inSession } from "../../support/dagger-session.ts";
import { recordingSession } from "../../support/recording-session.ts";

const processes = createProcesses();
afterAll(() => processes.close());

const wish = (parts: Partial<SessionWish> = {}): SessionWish => ({
  checkout: process.cwd(),
  secrets: {},
  variables: process.env,
  processes,
  clock: systemClock,
  signal: new AbortController().signal,
  history: false,
  program: "/opt/bellwether/dist/main.cjs",
  ...parts,
});

test("without a session and without dagger containers are refused, with two ways to go on", async () => {
  const opened = await openSession(wish({ variables: { PATH: "/nowhere" } }));
  expect(opened).toMatchObject({
    ok: false,
    failure: { kind: "unsupported", remedy: expect.stringMatching(/dagger run.*--executor host/) },
  });
});

test("in a session the checkout is the source, and secrets are the session's, until it is left", async () => {
  const queries = await inSession(
    () => ({ value: "" }),
    async (_client, recording) => {
      const given = { TOKEN: new Secret("TOKEN", "s3cret") };
      const opened = await openSession(wish({ secrets: given }));
      if (!opened.ok) throw new Error(opened.failure.kind);
      const { client, source, secrets, checkout, program, end } = opened.value;
      expect(checkout).toBe(process.cwd());
      expect(program).toMatchObject({ entry: ["node", "/bellwether/main.cjs"], packages: false });
      await source.file("a").contents();
      const token = secrets.TOKEN;
      if (token === undefined) throw new Error("the secret is not there");
      await client.container().withSecretVariable("TOKEN", token).stdout();
      await program.directory.file("main.cjs").contents();
      await end();
      return recording.queries;
    },
  );
  expect(queries).toEqual([
    `host.directory(path: "${process.cwd()}",exclude: ["**/node_modules","**/.git","**/.bellwether"]).filter(exclude: ["**/node_modules","**/.git","**/.bellwether"],gitignore: true).file(path: "a").contents`,
    'container.withSecretVariable(name: "TOKEN",secret: <setSecret(name: "TOKEN",plaintext: "s3cret")>).stdout',
    'host.directory(path: "/opt/bellwether/dist",exclude: ["compiled"]).file(path: "main.cjs").contents',
  ]);
});

test("an engine of another version is refused with both versions", async () => {
  const opened = await inSession(
    () => undefined,
    () => openSession(wish()),
    "v0.20.1",
  );
  expect(opened).toMatchObject({
    failure: { kind: "unsupported", what: expect.stringMatching(/0\.20\.1.*0\.21\.8/) },
  });
});

/** A directory with a program called dagger. */
function daggerThat(lines: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-dagger-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "dagger");
  writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(file, 0o755);
  return directory;
}

test("without a session the dagger on PATH opens one, and ends with it", async () => {
  const session = await recordingSession(() => ({ value: "hello" }));
  const params = JSON.stringify({ port: session.port, session_token: session.token });
  const PATH = daggerThat([`echo '${params}'`, "exec cat > /dev/null"]);
  const opened = await openSession(wish({ variables: { PATH } }));
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  expect(await opened.value.source.file("a").contents()).toBe("hello");
  await opened.value.end();
  await session.close();
});

test("a dagger that opens no session is told with its own words", async () => {
  const PATH = daggerThat(["echo 'failed to connect to the engine: no docker' >&2", "exit 1"]);
  const opened = await openSession(wish({ variables: { PATH } }));
  expect(opened).toMatchObject({
    failure: { kind: "unsupported", what: expect.stringContaining("failed to connect to the engine") },
  });
});
