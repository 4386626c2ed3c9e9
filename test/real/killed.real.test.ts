import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type JournalEntry, verify } from "../../pipeline/deploy/journal.ts";
import { load } from "../routers/support/load.ts";
import { eventually } from "../support/left.ts";
import { makeSystem, oneService, type System } from "../support/system.ts";

const config = (lease: string) =>
  oneService(
    "interval: 30ms, within: 20s",
    `  production:
    on: release
    target: local
    strategy: { canary: { weights: [10, 50, 100], hold: 300ms, samples: 5, limit: 60s } }
    analysis: [{ errors: canary, max: 1% }]
    watch: 300ms
    warm: 1s
    drain: 2s
    lease: ${lease}
`,
  );

let system: System;
let journal = "";
beforeAll(async () => {
  system = await makeSystem({ files: { "bellwether.yaml": config("60s") } });
  journal = join(system.state, "local", "production", "journal.ndjson");
  await twoReleases(system);
}, 120_000);
afterAll(async () => {
  expect(await system.close()).toEqual([]);
}, 60_000);

/** Version 1.0.0 is live afterwards; of 1.1.0 the image is there. */
async function twoReleases(of: System): Promise<void> {
  await of.release("v1.0.0");
  const first = await of.run("run", "--event", "release", "--ref", "v1.0.0");
  expect(first.code, first.stdout + first.stderr).toBe(0);
  await of.git("checkout", "--quiet", "develop");
  await of.edit("service/server.mjs", "// The smallest", "// New.\n// The smallest");
  await of.commit("Something new");
  await of.release("v1.1.0");
  const second = await of.run("run", "image", "--event", "release", "--ref", "v1.1.0");
  expect(second.code, second.stdout + second.stderr).toBe(0);
}

type Status = { url: string; live: string; weights: Record<string, number>; lease: unknown };

async function statusOf(of: System): Promise<Status> {
  const [status] = JSON.parse((await of.run("status", "production", "--json")).stdout);
  return status;
}

async function entries(): Promise<JournalEntry[]> {
  const text = await readFile(journal, "utf8");
  return text.split("\n").flatMap((line, i, all) => (i < all.length - 1 ? [JSON.parse(line)] : []));
}

/** Waits until the journal has this many entries more than before, and tells what the last one is; null: it never has. */
async function entryAfter(before: number, count: number, over: () => boolean): Promise<JournalEntry | null> {
  for (;;) {
    const wasOver = over();
    const found = await entries();
    if (found.length >= before + count) return found[before + count - 1] ?? null;
    if (wasOver) return null;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const leastRequests = 100_000;

test("B6: SIGKILL of the engine at every recorded step of a canary, under load: 0 failed requests, fully old or fully new", {
  timeout: 420_000,
}, async () => {
  const { url } = await statusOf(system);
  let over = false;
  const began = Date.now();
  let answered = 0;
  const loading = load(Number(new URL(url).port), {
    clients: 8,
    requests: Number.POSITIVE_INFINITY,
    stopped: () => over,
    eachAnswer: (done) => {
      answered = done;
    },
  });
  const killedAt: string[] = [];
  let missed = 0;
  for (let count = 1; ; count++) {
    const before = (await entries()).length;
    const engine = system.start("deploy", "production", "v1.1.0");
    let ended = false;
    void engine.ended.then(() => {
      ended = true;
    });
    const last = await entryAfter(before, count, () => ended);
    if (!ended) engine.kill("SIGKILL");
    const { code, stdout } = await engine.ended;
    if (code !== null) {
      expect(code, stdout).toBe(0);
      if (last === null) break;
      // It wrote this entry and came to its end before the signal reached it: this point is still to be hit.
      missed += 1;
      expect(missed, `the engine was never killed after entry ${count}`).toBeLessThan(20);
      expect((await system.run("rollback", "production")).code).toBe(0);
      count -= 1;
      continue;
    }
    missed = 0;
    killedAt.push(`${last?.fact.kind}${last && "step" in last.fact ? ` ${last.fact.step}` : ""}`);
    const next = await system.run("abort", "production");
    expect(next.code, next.stdout + next.stderr).toBe(0);
    const { live, weights, lease } = await statusOf(system);
    expect(["1.0.0", "1.1.0"]).toContain(live);
    expect({ weights, lease }).toEqual({ weights: { [live]: 100 }, lease: null });
    const again = await system.run("abort", "production");
    expect(again.stdout).toContain("nothing is under way");
    if (live === "1.1.0") expect((await system.run("rollback", "production")).code).toBe(0);
  }
  await eventually(() => answered >= leastRequests, Math.max(0, 360_000 - (Date.now() - began)));
  over = true;
  const { answers, failures } = await loading;
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThanOrEqual(leastRequests);
  for (const step of ["shift 10 %", "hold 10 %", "shift 50 %", "shift 100 %", "watch", "commit"])
    expect(killedAt).toContain(`intent ${step}`);
  expect(verify(await entries())).toMatchObject({ ok: true });
  console.info(
    `${killedAt.length} kills, ${answers} requests, 0 failed, ${Math.round((Date.now() - began) / 1000)} s`,
  );
});

test("B3: two engines race for one environment by the program: their rollouts never overlap", async () => {
  let over = false;
  const { url } = await statusOf(system);
  const loading = load(Number(new URL(url).port), {
    clients: 2,
    requests: Number.POSITIVE_INFINITY,
    stopped: () => over,
  });
  for (let round = 0; round < 5; round++) {
    if ((await statusOf(system)).live === "1.1.0")
      expect((await system.run("rollback", "production")).code).toBe(0);
    const before = (await entries()).length;
    const both = [1, 2].map(() => system.run("deploy", "production", "v1.1.0"));
    const codes = (await Promise.all(both)).map(({ code }) => code);
    expect(codes).toContain(0);
    for (const code of codes) expect([0, 3]).toContain(code);
    const rollouts = (await entries())
      .slice(before)
      .flatMap(({ fact }) => ("rollout" in fact ? [fact.rollout] : []));
    expect(new Set(rollouts).size).toBe(1);
    expect(await statusOf(system)).toMatchObject({ live: "1.1.0", weights: { "1.1.0": 100 }, lease: null });
  }
  over = true;
  expect((await loading).failures).toEqual([]);
});

test("B2, B4: an engine that is stopped (SIGSTOP) loses the lease after its time to live, and is refused when it goes on", async () => {
  const own = await makeSystem({
    files: {
      "bellwether.yaml": config("4s")
        .replace("hold: 300ms", "hold: 60s")
        .replace("limit: 60s", "limit: 120s"),
    },
  });
  try {
    await twoReleases(own);
    const engine = own.start("run", "--event", "release", "--ref", "v1.1.0");
    await engine.printed("traffic: 1.0.0 90 %, 1.1.0 10 %");
    engine.kill("SIGSTOP");
    const stopped = Date.now();
    expect(await eventually(async () => (await statusOf(own)).weights["1.0.0"] === 100, 15_000)).toBe(true);
    expect(Date.now() - stopped).toBeGreaterThan(2_000);
    const { lease, weights } = await statusOf(own);
    expect({ lease, weights }).toEqual({ lease: null, weights: { "1.0.0": 100 } });
    const next = await own.run("abort", "production");
    expect(next.stdout).toMatch(/rollout of 1\.1\.0 was unfinished, its engine was lost \(Ada, since \d{4}-/);
    engine.kill("SIGCONT");
    const { code, stdout } = await engine.ended;
    expect(code).not.toBe(0);
    expect(stdout).toContain("lease");
    expect((await statusOf(own)).weights).toEqual({ "1.0.0": 100 });
  } finally {
    expect(await own.close()).toEqual([]);
  }
});
