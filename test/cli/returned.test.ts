import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSystem, oneService, type System } from "../support/system.ts";

const config = oneService(
  "interval: 50ms, within: 1500ms",
  `  staging:
    target: local
    smoke: [{ get: /quote, expect: { json: { symbol: AAPL }, within: 5s } }]
    watch: 0s
    drain: 1s
`,
);

let system: System;
let url: string;
let stable: string;
beforeAll(async () => {
  system = await makeSystem({ files: { "bellwether.yaml": config } });
  expect((await system.run("run", "image")).code).toBe(0);
  expect((await system.run("deploy", "staging")).code).toBe(0);
  const [status] = JSON.parse((await system.run("status", "staging", "--json")).stdout);
  url = status.url;
  stable = status.live;
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

/** Deploys the system with a change; gives what was printed, once it is clear that the old one still serves. */
async function deployed(from: string, to: string): Promise<string> {
  await system.edit("bellwether.yaml", from, to);
  await system.git("commit", "--quiet", "--all", "--message", "Worse");
  expect((await system.run("run", "image")).code).toBe(0);
  const done = await system.run("deploy", "staging");
  await system.write({ "bellwether.yaml": config });
  expect(done).toMatchObject({ code: 1, stderr: "" });
  const answer = await fetch(`${url}/quote`);
  expect([answer.status, answer.headers.get("x-app-version")]).toEqual([200, stable]);
  return done.stdout;
}

const env = 'VERSION: "${version}"';

test("B15: a release that never becomes healthy: the old one serves, and the last probe is told", async () => {
  const said = await deployed(env, `${env}, FAULT: never-ready`);
  expect(said).toMatch(
    /✖ \S+ was withdrawn from staging; 0\.0\.0-\S+ is live\. api of \S+ did not become healthy within 1\.\d s\.\n/,
  );
  expect(said).toMatch(
    / \| last probe: http:\/\/localhost:\d+\/health\/ready → 503 \(got 503, expected 200\)\n/,
  );
  expect(said).toContain('| body: {"ready":false}\n');
});

test("B15: a release that crashes: its exit code and its last words are told", async () => {
  const said = await deployed(env, `${env}, FAULT: crash-on-start`);
  expect(said).toMatch(/its process ended: exit code 7\.\n/);
  expect(said).toContain("| the last words of a release that crashes\n");
});

test("B16: a health path that answers 301 is told as that", async () => {
  const said = await deployed(env, `${env}, FAULT: moved`);
  expect(said).toContain("got 301 to /login, expected 200");
});

test("a failed smoke check is told with its answer, and no traffic has moved", async () => {
  const said = await deployed("symbol: AAPL", "symbol: MSFT");
  expect(said).toMatch(/The smoke check GET \/quote failed: .*symbol.*AAPL/);
  expect(said).not.toContain("traffic:");
});

test("B37: a migration that fails stops the rollout before any traffic moves", async () => {
  const said = await deployed(
    "    watch: 0s",
    '    migrate: { run: "echo no such table; exit 3", in: api }\n    watch: 0s',
  );
  expect(said).toMatch(/The migration failed: exit code 3\.\n/);
  expect(said).toContain("no such table");
  expect(said).not.toContain("traffic:");
});
