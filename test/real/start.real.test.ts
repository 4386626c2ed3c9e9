import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { StartReport } from "../../pipeline/cli/life/summary.ts";
import { eventually, leftOf } from "../support/left.ts";

/** A home of the program as it is now, without any cache: what `npm ci` leaves of a fresh clone. */
const home = inject("home");
let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "bw-"));
  // The database runs as another user when we are root: it must be able to pass through.
  await chmod(temporary, 0o711);
});
afterAll(async () => {
  for (const { pid } of await leftOf(temporary)) process.kill(pid, "SIGKILL");
  await rm(temporary, { recursive: true, force: true });
});

type Life = {
  child: ChildProcess;
  pid: number;
  text(): string;
  /** Settles once the text is printed, or the life is over. */
  printed(text: string): Promise<void>;
  ended: Promise<{ code: number | null; signal: string | null }>;
};

/** `npm start`, or the program itself, in a process group of its own as a terminal would start it. */
function begin(program: "npm" | "node"): Life {
  const command = program === "npm" ? ["start"] : [join(home, "dist", "start.cjs")];
  const child = spawn(program === "npm" ? "npm" : process.execPath, command, {
    cwd: home,
    env: { ...process.env, TMPDIR: temporary, BELLWETHER_TEST: randomUUID() },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let seen = "";
  let over = false;
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("exit", (code, signal) => {
      over = true;
      resolve({ code, signal });
    });
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
    });
  return {
    child,
    pid: child.pid ?? 0,
    text: () => seen,
    printed: async (text) => {
      await eventually(() => seen.includes(text) || over, 200_000);
      if (!seen.includes(text)) throw new Error(`no "${text}" in:\n${seen}`);
    },
    ended,
  };
}

const startReport = async (): Promise<StartReport> =>
  JSON.parse(await readFile(join(home, ".bellwether", "reports", "start.json"), "utf8"));

/** Command lines of what is left of a life 5 s after its end at the latest. */
async function leftAfter5s(): Promise<string[]> {
  await eventually(async () => (await leftOf(temporary)).length === 0, 5_000);
  return (await leftOf(temporary)).map(({ pid, what }) => `${pid} ${what}`);
}

describe.sequential("npm start", () => {
  test("the whole life on an empty cache ends with 0, in under 3 minutes, with 0 failed requests", async () => {
    const life = begin("npm");
    expect(await life.ended, life.text()).toEqual({ code: 0, signal: null });
    const report = await startReport();
    expect(report).toMatchObject({ outcome: "passed", failedRequests: 0, failures: [] });
    expect(report.ms).toBeLessThan(180_000);
    expect(report.requests).toBeGreaterThan(1_000);
    expect(Object.keys(report.served).sort()).toEqual(["1.0.0", "1.1.0", "1.2.0"]);
    expect(report.served["1.2.0"] ?? 0).toBeLessThan(report.requests / 5);
    expect(report.stages.map(({ id }) => id)).toContain("integration-test");
    expect(life.text()).toContain(`0 failed of ${report.requests} requests\n`);
    expect(life.text()).not.toContain("Usage:");
    expect(await leftAfter5s()).toEqual([]);
    expect((await readdir(temporary)).filter((name) => name.startsWith("bellwether-quotes-"))).toEqual([]);
  });

  test.each<[string, "npm" | "node", string, (life: Life) => void]>([
    ["SIGKILL of the program during the checks", "node", "[1/12]", ({ pid }) => process.kill(pid, "SIGKILL")],
    [
      "SIGKILL of npm while staging is deployed",
      "npm",
      "[rollout:staging] migrate",
      ({ pid }) => process.kill(pid, "SIGKILL"),
    ],
    [
      "SIGKILL of the process group while production is deployed",
      "npm",
      "[rollout:production] start api 1.0.0",
      ({ pid }) => process.kill(-pid, "SIGKILL"),
    ],
    [
      "Ctrl-C while production is deployed",
      "npm",
      "[rollout:production] ready api 1.0.0",
      ({ pid }) => process.kill(-pid, "SIGINT"),
    ],
    [
      "SIGKILL of the program in mid-canary, under load",
      "node",
      "traffic: 1.0.0 90 %, 1.1.0 10 %",
      ({ pid }) => process.kill(pid, "SIGKILL"),
    ],
    [
      "Ctrl-C in mid-canary, under load",
      "node",
      "traffic: 1.0.0 90 %, 1.1.0 10 %",
      ({ pid }) => process.kill(-pid, "SIGINT"),
    ],
  ])("%s leaves no process behind after 5 s", async (_what, program, moment, end) => {
    const life = begin(program);
    await life.printed(moment);
    expect((await leftOf(temporary)).length).toBeGreaterThan(2);
    end(life);
    const ended = await life.ended;
    expect(ended.code === 0, JSON.stringify(ended)).toBe(false);
    expect(await leftAfter5s()).toEqual([]);
  });

  test("after all that the next one works, and shows cache hits", async () => {
    const life = begin("npm");
    expect(await life.ended, life.text()).toEqual({ code: 0, signal: null });
    const report = await startReport();
    expect(report).toMatchObject({ outcome: "passed", failedRequests: 0, failures: [] });
    expect(report.cacheHits).toBeGreaterThan(20);
    expect(report.stages.filter(({ id }) => id === "unit-test")[0]).toMatchObject({ outcome: "passed" });
    expect(report.stages.filter(({ id }) => id === "unit-test")[0]?.cached).toBeGreaterThan(0);
    expect(await leftAfter5s()).toEqual([]);
  });
});
