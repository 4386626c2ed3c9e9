import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../pipeline/io/clock.ts";
import type { ChildSpec, Processes } from "../../pipeline/io/process.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import { temporaryDirectory } from "../../pipeline/io/temporary.ts";
import { eventually, hasProc, isAlive, livingWith } from "./support/living.ts";

const open: Processes[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((processes) => processes.close()));
});

function fresh(clock?: Clock): Processes {
  const processes = createProcesses(clock ? { clock } : {});
  open.push(processes);
  return processes;
}

/** A child that runs a script of sh, with its lines. */
function shell(script: string, more: Partial<ChildSpec> = {}) {
  const lines: string[] = [];
  const spec: ChildSpec = {
    argv: ["sh", "-c", script],
    directory: "/",
    environment: { PATH: process.env.PATH ?? "" },
    output: (stream, line) => lines.push(`${stream}: ${line}`),
    ...more,
  };
  return { spec, lines };
}

const minute = { timeoutMs: 60_000, graceMs: 1000 };

test("a process gets exactly the environment given, and the mark", async () => {
  const { spec, lines } = shell("env", { environment: { PATH: "/usr/bin:/bin", A: "b" } });
  const result = await fresh().run(spec, minute);
  expect(result).toMatchObject({ ok: true, value: { exitCode: 0, signal: null, timedOut: false } });
  const names = lines.map((line) => line.slice("out: ".length).split("=")[0]);
  expect(names.filter((name) => !["PWD", "_", "SHLVL", "OLDPWD"].includes(name ?? "")).sort()).toEqual([
    "A",
    "BELLWETHER_MARK",
    "PATH",
  ]);
});

test("both streams arrive complete, in lines, before the end is told", async () => {
  const { spec, lines } = shell(
    "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done; printf last; echo e >&2",
  );
  await fresh().run(spec, minute);
  expect(lines.filter((line) => line.startsWith("out"))).toHaveLength(2001);
  expect(lines).toContain("out: last");
  expect(lines).toContain("err: e");
});

test("standard input is the text given, and empty without", async () => {
  const given = shell("cat", { input: "one\ntwo\n" });
  const none = shell("cat; echo end");
  await fresh().run(given.spec, minute);
  await fresh().run(none.spec, minute);
  expect(given.lines).toEqual(["out: one", "out: two"]);
  expect(none.lines).toEqual(["out: end"]);
});

test.each([
  [{ argv: ["no-such-program-here"] }, "no-such-program-here was not found on PATH"],
  [{ argv: ["/no/such/program"] }, "/no/such/program does not exist"],
  [{ argv: ["/etc/passwd"] }, "/etc/passwd may not be run in /"],
  [{ argv: [] }, "the command is empty"],
  [{ directory: "/no/such/directory" }, "directory /no/such/directory does not exist"],
])("what cannot be started is a sentence: %j", async (more, expected) => {
  const { spec } = shell("true", more);
  expect(await fresh().start(spec)).toEqual({ ok: false, failure: expected });
});

test("a NUL byte in an argument is refused, not thrown", async () => {
  const { spec } = shell("true", { argv: ["echo", "a\0b"] });
  expect((await fresh().start(spec)).ok).toBe(false);
});

test("B48: a time limit ends a process that ignores SIGTERM, with what it forked", async () => {
  const token = randomUUID();
  const { spec } = shell("trap '' TERM; (trap '' TERM; sleep 60) & sleep 60; sleep 60", {
    environment: { PATH: process.env.PATH ?? "", TOKEN: token },
  });
  const result = await fresh().run(spec, { timeoutMs: 100, graceMs: 50 });
  expect(result).toMatchObject({ ok: true, value: { timedOut: true } });
  if (hasProc) expect(livingWith(token)).toEqual([]);
});

test("B48: an abort ends the process, also one that left its group by setsid", async () => {
  const token = randomUUID();
  const { spec, lines } = shell("setsid sh -c 'trap \"\" TERM; echo up; sleep 60; sleep 60' & wait", {
    environment: { PATH: process.env.PATH ?? "", TOKEN: token },
  });
  const abort = new AbortController();
  const running = fresh().run(spec, { ...minute, signal: abort.signal });
  expect(await eventually(() => lines.includes("out: up"), 10_000)).toBe(true);
  abort.abort();
  expect(await running).toMatchObject({ ok: true, value: { signal: "SIGTERM", timedOut: false } });
  if (hasProc) expect(livingWith(token)).toEqual([]);
});

test("an aborted signal starts nothing", async () => {
  const { spec, lines } = shell("echo ran");
  const result = await fresh().run(spec, { ...minute, signal: AbortSignal.abort() });
  expect(result).toMatchObject({ ok: true, value: { signal: "SIGTERM", timedOut: false } });
  expect(lines).toEqual([]);
});

test("a job left in the background does not hold the end back and is gone with it", async () => {
  const token = randomUUID();
  const { spec, lines } = shell("sleep 60 & setsid sleep 60 & echo done", {
    environment: { PATH: process.env.PATH ?? "", TOKEN: token },
  });
  const begun = Date.now();
  const result = await fresh().run(spec, minute);
  expect(result).toMatchObject({ ok: true, value: { exitCode: 0 } });
  expect(lines).toEqual(["out: done"]);
  expect(Date.now() - begun).toBeLessThan(20_000);
  if (hasProc) expect(livingWith(token)).toEqual([]);
});

test("what a process behind a pipe still writes after the end of the first is not lost", async () => {
  const { spec, lines } = shell("(sleep 0.1; echo late) & echo early");
  await fresh().run(spec, minute);
  expect(lines).toEqual(["out: early", "out: late"]);
});

test("stop sends the signal that was asked for, and tells how it ended", async () => {
  const { spec, lines } = shell("trap 'echo polite; exit 7' INT; echo up; while :; do sleep 0.01; done", {
    stopSignal: "SIGINT",
  });
  const begun = await fresh().start(spec);
  if (!begun.ok) throw new Error(begun.failure);
  await eventually(() => lines.includes("out: up"), 10_000);
  expect(await begun.value.stop(10_000)).toEqual({ exitCode: 7, signal: null });
  expect(lines).toEqual(["out: up", "out: polite"]);
  expect(await begun.value.stop(0)).toEqual({ exitCode: 7, signal: null });
});

test("close ends everything, and nothing starts afterwards", async () => {
  const token = randomUUID();
  const processes = fresh();
  const { spec } = shell("trap '' TERM; sleep 60; sleep 60", {
    environment: { PATH: process.env.PATH ?? "", TOKEN: token },
  });
  const begun = await processes.start(spec);
  if (!begun.ok) throw new Error(begun.failure);
  await processes.close();
  expect(await begun.value.ended).toMatchObject({ exitCode: null });
  if (hasProc) expect(livingWith(token)).toEqual([]);
  expect((await processes.start(spec)).ok).toBe(false);
});

test("the time limit is measured by the clock handed in", async () => {
  const sleeping: number[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms) => void sleeping.push(ms),
  };
  const { spec } = shell("sleep 60");
  const result = await fresh(clock).run(spec, { timeoutMs: 3_600_000, graceMs: 1000 });
  expect(result).toMatchObject({ ok: true, value: { timedOut: true } });
  expect(sleeping).toEqual([3_600_000]);
});

test.skipIf(process.getuid?.() !== 0)("as root a process can run as another user", async () => {
  const { spec, lines } = shell("id -u; id -g; id -G", { user: 65534 });
  await fresh().run(spec, minute);
  expect(lines).toEqual(["out: 65534", "out: 65534", "out: 65534"]);
});

/** Pids that a script wrote into a file of its directory, one a line. */
const written = (file: string): number[] => readFileSync(file, "utf8").trim().split("\n").map(Number);

test.skipIf(!hasProc).each([
  ["clears its environment and leaves the session", "setsid env -i sleep 60 & echo $! > pids"],
  ["does so twice, behind a parent that is gone", "(setsid env -i sh -c 'sleep 60 & echo $! > pids') & wait"],
])("B48: what a foreign command leaves behind that %s is gone with it", async (_what, script) => {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-left-"));
  const { spec } = shell(`cd ${directory}; ${script}`, { foreign: true });
  expect(await fresh().run(spec, minute)).toMatchObject({ ok: true, value: { exitCode: 0 } });
  const pids = written(join(directory, "pids"));
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(isAlive)).toEqual([]);
  rmSync(directory, { recursive: true });
});

test.skipIf(!hasProc)(
  "B48: a chain of processes that fork, leave and end is ended with the command",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "bellwether-chain-"));
    // Without its script a chain that was not ended ends itself.
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const [chain, log] = [join(directory, "chain"), join(directory, "log")];
    writeFileSync(
      chain,
      `echo >> ${log}; [ -e ${chain} ] && setsid env -i /bin/sh ${chain} >/dev/null 2>&1 &\n`,
    );
    const processes = fresh();
    const { spec } = shell(`sh ${chain}; sleep 0.1`, { foreign: true });
    expect(await processes.run(spec, minute)).toMatchObject({ ok: true, value: { exitCode: 0 } });
    expect(existsSync(log)).toBe(true);
    const grown = statSync(log).size;
    await processes.run(shell("sleep 0.2").spec, minute);
    expect(statSync(log).size).toBe(grown);
  },
);

test("a foreign command gets exactly the environment given, too, and its own name", async () => {
  for (const argv of [["env"], ["sh", "-c", 'echo "name=$0"']]) {
    const { spec, lines } = shell("", {
      argv,
      foreign: true,
      environment: { PATH: process.env.PATH ?? "", "a.b": "c" },
    });
    await fresh().run(spec, minute);
    if (argv[0] === "env") expect(lines).toContain("out: a.b=c");
    else expect(lines).toEqual(["out: name=sh"]);
  }
  const { spec, lines } = shell("", { argv: ["env"], foreign: true });
  await fresh().run(spec, minute);
  expect(
    lines
      .map((line) => line.split("=")[0])
      .filter((name) => name !== "out: _" && name !== "out: SHLVL")
      .sort(),
  ).toEqual(["out: BELLWETHER_MARK", "out: PATH"]);
});

test("the text of a shell's command is run as it was written: its name, its arguments, its lines", async () => {
  const text = 'echo "$0 $#"\nno-such-program-here';
  for (const rest of [[text], [text, "own", "a b"], ["--", text], ["+e", text]]) {
    const { spec, lines } = shell("", { argv: ["sh", "-c", ...rest], foreign: true });
    expect(await fresh().run(spec, minute)).toMatchObject({ ok: true, value: { exitCode: 127 } });
    expect(lines).toEqual([
      `out: ${rest.includes("own") ? "own 1" : "sh 0"}`,
      expect.stringMatching(/^err: .*\b2: .*not found$/),
    ]);
  }
});

test.each([["no-such-program-here"], ["/etc/passwd"]])(
  "a foreign command that cannot be started, %s, is a sentence",
  async (program) => {
    const { spec } = shell("", { argv: [program], foreign: true });
    expect((await fresh().start(spec)).ok).toBe(false);
  },
);

test("a directory to be discarded is gone after close, at the latest", async () => {
  const processes = createProcesses();
  const [kept, removed] = await Promise.all(
    [1, 2].map(() => temporaryDirectory(processes, "bellwether-test-")),
  );
  writeFileSync(join(kept ?? "", "file"), "");
  rmSync(removed ?? "", { recursive: true });
  expect(statSync(kept ?? "").mode & 0o777).toBe(0o700);
  await processes.close();
  expect([kept, removed].map((directory) => existsSync(directory ?? ""))).toEqual([false, false]);
});
