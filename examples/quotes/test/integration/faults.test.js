import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseUrl, run, start } from "./program.js";

const environment = { DATABASE_URL: databaseUrl, PORT: "0", VERSION: "1.2.3" };

test("a missing value is exit code 2 with its name", async () => {
  const { code, output } = await run("src/server.js", { PORT: "0" });
  assert.deepEqual([code, output], [2, "DATABASE_URL is missing; VERSION is missing\n"]);
});

test("a database that is not there: live, not ready, with the reason", async (t) => {
  const { url } = await start(t, { DATABASE_URL: "postgres://u:p@127.0.0.1:1/q" });
  assert.equal((await fetch(`${url}/health/live`)).status, 200);
  const ready = await fetch(`${url}/health/ready`);
  const { reason } = await ready.json();
  assert.equal(ready.status, 503);
  assert.match(reason, /^database: .*ECONNREFUSED/);
});

test("never-ready serves and is not ready", async (t) => {
  const { url } = await start(t, { QUOTES_FAULT: "never-ready" });
  const statuses = ["/health/live", "/health/ready", "/quotes/AAPL"].map(
    async (p) => (await fetch(url + p)).status,
  );
  assert.deepEqual(await Promise.all(statuses), [200, 503, 200]);
});

test("fail-after, slow and error-rate show in the answers", async (t) => {
  const failed = await start(t, { QUOTES_FAULT: "fail-after:0" });
  assert.equal((await fetch(`${failed.url}/quotes/AAPL`)).status, 500);
  const half = await start(t, { QUOTES_FAULT: "error-rate:0.5" });
  const statuses = [];
  for (let count = 0; count < 4; count += 1) statuses.push((await fetch(`${half.url}/quotes/AAPL`)).status);
  assert.deepEqual(statuses, [200, 500, 200, 500]);
  const slow = await start(t, { QUOTES_FAULT: "slow:300" });
  const began = performance.now();
  await fetch(`${slow.url}/quotes/AAPL`);
  assert.ok(performance.now() - began >= 295);
});

test("the crashes end the program with 1", async (t) => {
  const { code, output } = await run("src/server.js", { ...environment, QUOTES_FAULT: "crash-on-start" });
  assert.deepEqual([code, output], [1, "QUOTES_FAULT: crash-on-start\n"]);
  const later = await start(t, { QUOTES_FAULT: "crash-after:0.2" });
  assert.equal(await later.end, 1);
});

test("a migration that fails is exit code 1 with the reason", async () => {
  const { code, output } = await run("migrations/run.js", { DATABASE_URL: "postgres://u:p@127.0.0.1:1/q" });
  assert.equal(code, 1);
  assert.match(output, /ECONNREFUSED/);
});
