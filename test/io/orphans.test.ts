import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { eventually, hasProc, isAlive, livingWith } from "./support/living.ts";

const driver = fileURLToPath(new URL("support/orphan-driver.ts", import.meta.url));
const drivers: ChildProcess[] = [];

afterEach(() => {
  for (const one of drivers.splice(0)) one.kill("SIGKILL");
});

/** Starts the driver in a group of its own; `lines` grows with what it prints. */
function drive(token: string, proc = "/proc") {
  const handle = spawn(process.execPath, ["--import", "tsx", driver, token, proc], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  drivers.push(handle);
  const lines: string[] = [];
  handle.stdout.on("data", (chunk: Buffer) => lines.push(...chunk.toString().split("\n").filter(Boolean)));
  const closed = new Promise<void>((resolve) => handle.once("close", () => resolve()));
  return { handle, lines, closed, pid: handle.pid ?? 0 };
}

test.skipIf(!hasProc).each([
  ["before the first child is known", 0],
  ["after the first child", 1],
  ["after the second child", 2],
  ["when all run", 4],
])(
  "B48: SIGKILL of the program %s leaves no process behind",
  async (_when, lines) => {
    const token = randomUUID();
    const { lines: seen, closed, pid } = drive(token);
    const running = () => livingWith(`TOKEN=${token}`).length;
    expect(await eventually(() => (lines === 0 ? running() > 0 : seen.length >= lines), 15_000)).toBe(true);
    expect(running()).toBeGreaterThan(0);

    process.kill(pid, "SIGKILL");
    await closed;

    expect(await eventually(() => running() === 0, 5000)).toBe(true);
  },
  30_000,
);

test.skipIf(!hasProc)(
  "B48: SIGKILL of the program's whole process group, after Ctrl-C to it, leaves no process behind",
  async () => {
    const token = randomUUID();
    const { lines, closed, pid } = drive(token);
    expect(await eventually(() => lines.includes("all"), 15_000)).toBe(true);

    for (const signal of ["SIGINT", "SIGKILL"] as const) process.kill(-pid, signal);
    await closed;

    expect(await eventually(() => livingWith(`TOKEN=${token}`).length === 0, 5000)).toBe(true);
  },
  30_000,
);

test.skipIf(!hasProc)(
  "without a proc file system the process groups at least end with the program",
  async () => {
    const token = randomUUID();
    const { lines, closed, pid } = drive(token, "/nowhere");
    expect(await eventually(() => lines.includes("all"), 15_000)).toBe(true);
    const leaders = lines.filter((line) => line !== "all").map(Number);
    expect(leaders.filter(isAlive)).toHaveLength(3);

    process.kill(pid, "SIGKILL");
    await closed;

    expect(await eventually(() => leaders.every((leader) => !isAlive(leader)), 5000)).toBe(true);
    for (const escaped of livingWith(`TOKEN=${token}`)) process.kill(escaped, "SIGKILL");
  },
  30_000,
);

test("SIGKILL of the program leaves no directory that was only for it", async () => {
  const token = randomUUID();
  const { lines, closed, pid } = drive(token);
  const directories = () => readdirSync(tmpdir()).filter((name) => name.includes(token));
  expect(await eventually(() => lines.includes("all"), 15_000)).toBe(true);
  expect(directories()).toHaveLength(1);

  process.kill(pid, "SIGKILL");
  await closed;

  expect(await eventually(() => directories().length === 0, 5000)).toBe(true);
}, 30_000);
