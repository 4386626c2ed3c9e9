import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../../pipeline/io/clock.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import type { Result } from "../../../pipeline/result.ts";
import { Connection } from "../../../pipeline/targets/ssh/connection.ts";
import type { Question, Said } from "../../../pipeline/targets/ssh/said.ts";
import { eventually } from "../../support/left.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { alive } from "../support/world.ts";

/** Stands for ssh: the shared connection only stays, and what is asked through it is run here. */
const ssh = `#!/bin/sh
for last; do :; done
case " $* " in *" -M "*) echo connected; echo master >>"$HOME/seen"; exec sleep 600 ;; esac
echo session >>"$HOME/seen"
exec sh -c "$last"
`;
/** Answers each line: "die" ends it in the middle, "wait FILE" answers once the file is there. */
const answers = `while read -r what file; do
  case "$what" in die) echo half; echo "out of paper" >&2; exit 3 ;; wait) while ! [ -e "$file" ]; do sleep 0.02; done ;; esac
  echo "heard $what"; echo .end; done`;

let home: string;
let processes: ReturnType<typeof createProcesses>;
let connection: Connection;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "bw-connection-"));
  await mkdir(join(home, "bin"));
  await writeFile(join(home, "bin/ssh"), ssh);
  await chmod(join(home, "bin/ssh"), 0o755);
  processes = createProcesses();
  connection = connected(systemClock);
});
afterEach(async () => {
  await connection.close();
  await processes.close();
  await rm(home, { recursive: true, force: true });
});

const connected = (clock: Clock) =>
  new Connection({
    address: { destination: "web-1", port: null, config: null, knownHosts: null },
    processes,
    clock,
    variables: { PATH: `${join(home, "bin")}:${process.env.PATH}`, HOME: home },
  });
const unwrap = (said: Result<Said, string>): Said => {
  if (!said.ok) throw new Error(said.failure);
  return said.value;
};
const seen = async () => (await readFile(join(home, "seen"), "utf8")).trim().split("\n").sort();
const ask = (text: string, more: Partial<Question> = {}) =>
  connection.ask(["sh", "-c", answers], {
    text: `${text}\n`,
    isEnd: (line) => line === ".end",
    isLong: false,
    timeoutMs: 20_000,
    ...more,
  });

test("questions go to one command that stays, through one connection, in their order", async () => {
  const said = await Promise.all(["one", "two", "three"].map((text) => ask(text)));
  expect(said.map((one) => unwrap(one).out)).toEqual([["heard one"], ["heard two"], ["heard three"]]);
  expect(await seen()).toEqual(["master", "session"]);
});

test("what has to wait on the host keeps nothing else waiting", async () => {
  const file = join(home, "there");
  const long = ask(`wait ${file}`, { isLong: true });
  expect(unwrap(await ask("now")).out).toEqual(["heard now"]);
  await writeFile(file, "");
  expect(unwrap(await long).out).toEqual(["heard wait"]);
});

test("a question that hangs keeps those behind it waiting only for a moment", async () => {
  const file = join(home, "there");
  const hanging = ask(`wait ${file}`);
  expect(unwrap(await ask("behind")).out).toEqual(["heard behind"]);
  await writeFile(file, "");
  expect(unwrap(await hanging).out).toEqual(["heard wait"]);
});

test("a command that is gone in the middle of its answer says so, and the next question has a new one", async () => {
  expect(unwrap(await ask("die"))).toEqual({ out: ["half"], err: ["out of paper"], exitCode: 3 });
  expect(unwrap(await ask("again")).out).toEqual(["heard again"]);
  expect(await seen()).toEqual(["master", "session", "session"]);
});

test("an answer that comes too late is nobody's", async () => {
  await connection.close();
  const clock = new ManualClock();
  connection = connected(clock);
  expect(unwrap(await ask("warm")).out).toEqual(["heard warm"]);
  const file = join(home, "there");
  const late = ask(`wait ${file}`, { timeoutMs: 5_000 });
  const behind = Array.from({ length: 8 }, () => ask(`wait ${file}`, { isLong: true, timeoutMs: 5_000 }));
  await clock.advance(5_000);
  expect(await Promise.all([late, ...behind])).toEqual(
    Array.from({ length: 9 }, () => ({ ok: false, failure: "no answer within 5 s" })),
  );
  await writeFile(file, "");
  expect(unwrap(await ask("next")).out).toEqual(["heard next"]);
});

test("nothing of it is left once it is closed", async () => {
  const [pid = ""] = unwrap(
    await connection.ask(["sh", "-c", "read -r _; echo $$; echo .end; sleep 600"], {
      text: "?\n",
      isEnd: (line) => line === ".end",
      isLong: true,
      timeoutMs: 20_000,
    }),
  ).out;
  expect(await alive(Number(pid))).toBe(true);
  await connection.close();
  expect(await eventually(async () => !(await alive(Number(pid))), 5_000)).toBe(true);
});
