import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { memoryOf, showsMemory, usageOf } from "../../../pipeline/targets/local/usage.ts";

let proc: string;
beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), "bellwether-proc-"));
});
afterEach(() => rm(proc, { recursive: true, force: true }));

type Process = { parent?: number; session: number; residentKb: number; shareKb?: number; ticks?: number };

/** A process as proc(5) shows it; its name holds what a name may hold. */
async function there(
  pid: number,
  { parent = 1, session, residentKb, shareKb, ticks = 0 }: Process,
): Promise<void> {
  const directory = join(proc, String(pid));
  await mkdir(directory);
  const stat = [pid, "(a) b 7 (c)", "S", parent, session, session, ...Array(7).fill(0), ticks, 0, 0].join(
    " ",
  );
  await writeFile(join(directory, "stat"), stat);
  await writeFile(join(directory, "status"), `Name:\ta\nVmRSS:\t  ${residentKb} kB\nThreads:\t1\n`);
  if (shareKb !== undefined)
    await writeFile(join(directory, "smaps_rollup"), `Rss: 1 kB\nPss: ${shareKb} kB\n`);
}

test("a component is its session and whoever descends from it, in whatever session; others are not", async () => {
  await there(100, { session: 100, residentKb: 10, ticks: 3 });
  await there(101, { parent: 100, session: 100, residentKb: 20, ticks: 4 });
  await there(102, { parent: 101, session: 102, residentKb: 40 });
  await there(103, { parent: 1, session: 100, residentKb: 80 });
  await there(200, { session: 200, residentKb: 160 });
  await writeFile(join(proc, "loadavg"), "0");
  const found = await usageOf([100, 300], proc);
  expect([...found]).toEqual([[100, { cpuMs: 70, memoryBytes: 150 * 1024 }]]);
});

test("memory that processes share is counted once where their sum would be too much", async () => {
  await there(100, { session: 100, residentKb: 100, shareKb: 60 });
  await there(101, { parent: 100, session: 100, residentKb: 100, shareKb: 50 });
  const held = async (limitKb: number) =>
    (await memoryOf(new Map([[100, limitKb * 1024]]), new Set(), proc)).get(100);
  expect(await held(200)).toBe(200 * 1024);
  expect(await held(199)).toBe(110 * 1024);
  await rm(join(proc, "101", "smaps_rollup"));
  expect(await held(199)).toBe(160 * 1024);
});

test("a stranger is not looked at again, a new process is", async () => {
  await there(100, { session: 100, residentKb: 100 });
  await there(200, { session: 200, residentKb: 100 });
  const strangers = new Set<string>();
  await memoryOf(new Map([[100, 1e9]]), strangers, proc);
  expect([...strangers]).toEqual(["200"]);
  await there(101, { parent: 100, session: 101, residentKb: 7 });
  expect((await memoryOf(new Map([[100, 1e9]]), strangers, proc)).get(100)).toBe(107 * 1024);
});

test("without a proc file system nothing is known, and that is told", async () => {
  expect((await usageOf([process.pid], "/nowhere")).size).toBe(0);
  expect(await showsMemory("/nowhere")).toBe(false);
});
