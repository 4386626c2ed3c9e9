import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "../../pipeline/io/files.ts";
import { freePort, portIsFree } from "../../pipeline/io/ports.ts";
import type { Processes } from "../../pipeline/io/process.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import { askVersion, findProgram, versionIn } from "../../pipeline/io/program.ts";

let directory = "";
let processes: Processes;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-program-"));
  processes = createProcesses();
});
afterEach(async () => {
  await processes.close();
  await removeTree(directory);
});

test.each([
  ["v20.20.2", "20.20.2"],
  ["postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18.0"],
  ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15"],
  ["Python 3.11.2", "3.11.2"],
  ["git version 2.39.5", "2.39.5"],
  ["tool 1.2.3-rc.1", "1.2.3-rc.1"],
  ["PostgreSQL 18beta1", "18.0.0"],
  ["1.2.3.4", "1.2.3"],
  ["no number", null],
])("the version in %j is %j", (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test("a program is found as a shell finds it: first on the path, executable, no directory", async () => {
  for (const name of ["one", "two", "three/tool"]) await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, "one", "tool"), "", { mode: 0o644 });
  await writeFile(join(directory, "two", "tool"), "", { mode: 0o755 });
  const path = ["three", "one", "two"].map((name) => join(directory, name)).join(":");
  expect(findProgram("tool", path)).toBe(join(directory, "two", "tool"));
  expect(findProgram("./two/tool", "", directory)).toBe(join(directory, "two", "tool"));
  expect(findProgram("nothing", path)).toBeNull();
});

test("a program tells its version, or why it does not", async () => {
  const ask = (...probe: string[]) =>
    askVersion(processes, { probe, environment: { PATH: process.env.PATH ?? "" }, directory: "/" });
  expect(await ask("node", "--version")).toEqual({ ok: true, value: process.versions.node });
  expect(await ask("sh", "-c", "echo broken; exit 3")).toEqual({
    ok: false,
    failure: "sh -c echo broken; exit 3 ended with 3: broken",
  });
  expect(await ask("sh", "-c", "echo info: installing 1.80.0-x86_64 >&2; echo tool 1.79.1")).toEqual({
    ok: true,
    value: "1.79.1",
  });
  expect(await ask("sh", "-c", "echo tool 1.79.1 >&2")).toEqual({ ok: true, value: "1.79.1" });
  expect(await ask("echo", "none")).toEqual({ ok: false, failure: "echo none printed no version: none" });
  expect(await ask("no-such-tool")).toEqual({ ok: false, failure: "no-such-tool was not found on PATH" });
});

test("a free port can be listened on; a wanted one is kept while it is free", async () => {
  const port = await freePort();
  expect(await freePort(port)).toBe(port);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  expect(await portIsFree(port)).toBe(false);
  expect(await freePort(port)).not.toBe(port);
  await new Promise((resolve) => server.close(resolve));
});
