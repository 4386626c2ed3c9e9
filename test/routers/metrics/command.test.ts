import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { checks } from "../../../pipeline/config/normalise-analysis.ts";
import type { WrittenAnalysisCheck } from "../../../pipeline/config/schema-analysis.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { numberIn, readCommand } from "../../../pipeline/routers/metrics/command.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-command-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let processes = createProcesses();
afterEach(async () => {
  await processes.close();
  processes = createProcesses();
});

const environment = { PATH: process.env.PATH ?? "" };

function run(command: string | string[], over: WrittenAnalysisCheck = {}, signal?: AbortSignal) {
  const [check] = checks([{ command, ...over }]);
  if (check?.kind !== "command") throw new Error("no command");
  return readCommand(processes, check, { directory, environment }, signal ?? new AbortController().signal);
}

test("a command's exit code and the number on its last line are its measurement", async () => {
  expect(await run("echo checking; echo; echo 12.5; echo loud >&2")).toEqual({
    kind: "command",
    exitCode: 0,
    signal: null,
    value: 12.5,
  });
  expect(await run(["sh", "-c", "exit 3"])).toMatchObject({ kind: "command", exitCode: 3, value: null });
});

test("a command sees what it is given, and nothing of the caller's", async () => {
  expect(await run('test -z "$HOME" && test -n "$PATH"')).toMatchObject({ exitCode: 0 });
});

test("B26: a command that cannot be started, or takes too long, is an error, not a failure", async () => {
  expect(await run(["no-such-program"])).toEqual({
    kind: "unreadable",
    reason: "no-such-program was not found on PATH",
  });
  expect(await run("sleep 30", { timeout: "50ms" })).toEqual({
    kind: "unreadable",
    reason: "no end within 50 ms",
  });
});

test("a command that nobody waits for any more is ended", async () => {
  const gone = new AbortController();
  const work = run("sleep 30", {}, gone.signal);
  gone.abort();
  expect(await work).toMatchObject({ kind: "command", exitCode: null });
});

test.each<[string | undefined, number | null]>([
  ["12.5", 12.5],
  [" -3 ", -3],
  ["1e3", 1000],
  [".5", 0.5],
  ["12 ms", null],
  ["NaN", null],
  ["Infinity", null],
  ["0x10", null],
  ["", null],
  [undefined, null],
])("the line %j is the number %s", (line, expected) => {
  expect(numberIn(line)).toBe(expected);
});
