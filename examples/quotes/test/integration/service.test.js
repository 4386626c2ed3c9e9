import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import pg from "pg";
import { WebSocket } from "ws";
import { databaseUrl, post, run, start } from "./program.js";

const order = { symbol: "AAPL", side: "buy", quantity: 1 };
const json = async (url) => {
  const response = await fetch(url);
  return [response.status, await response.json()];
};

test("migrations run once, at the same time too, and again without effect", async () => {
  const runs = await Promise.all(
    [1, 2, 3].map(() => run("migrations/run.js", { DATABASE_URL: databaseUrl })),
  );
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0, 0],
  );
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query("select name from schema_migrations order by name");
  await client.end();
  assert.deepEqual(rows, [{ name: "001_orders.sql" }, { name: "002_positions.sql" }]);
});

test("health, version, quotes and metrics answer", async (t) => {
  const { url } = await start(t);
  assert.deepEqual(await json(`${url}/health/live`), [200, { status: "ok" }]);
  assert.deepEqual(await json(`${url}/health/ready`), [200, { status: "ready" }]);
  assert.deepEqual(await json(`${url}/version`), [200, { version: "1.2.3", revision: null }]);
  const [status, quote] = await json(`${url}/quotes/AAPL`);
  assert.deepEqual([status, quote.symbol], [200, "AAPL"]);
  assert.equal((await json(`${url}/quotes/XXXX`))[0], 404);
  assert.equal((await json(`${url}/nothing`))[0], 404);
  assert.equal((await fetch(`${url}/quotes/AAPL`, { method: "POST", body: "x" })).status, 405);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /requests_total\{method="GET",route="\/quotes\/:symbol",status="404"\} 1\n/);
});

test("an order is booked and found again", async (t) => {
  const { url } = await start(t);
  const response = await post(url, order);
  const booked = await response.json();
  assert.deepEqual([response.status, response.headers.get("location")], [201, `/orders/${booked.id}`]);
  assert.deepEqual(await json(`${url}/orders/${booked.id}`), [200, booked]);
  assert.equal((await json(`${url}/orders/${randomUUID()}`))[0], 404);
  assert.equal((await json(`${url}/orders/1`))[0], 404);
});

test("bad bodies are refused and the connection goes on", async (t) => {
  const { url } = await start(t);
  const statuses = [];
  for (const body of [
    "{",
    "[]",
    { ...order, quantity: 0 },
    { ...order, quantity: 1001 },
    "x".repeat(20_000),
    order,
  ])
    statuses.push((await post(url, body)).status);
  assert.deepEqual(statuses, [400, 400, 400, 422, 413, 201]);
});

test("an Idempotency-Key books once, twenty times at once too, and refuses another order", async (t) => {
  const { url } = await start(t);
  const headers = { "idempotency-key": randomUUID() };
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, order, headers)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  const ids = await Promise.all(answers.map(async (answer) => (await answer.json()).id));
  assert.equal(new Set(ids).size, 1);
  assert.equal(answers.filter((answer) => answer.headers.get("idempotent-replayed") === null).length, 1);
  assert.equal((await post(url, { ...order, quantity: 2 }, headers)).status, 422);
});

test("orders at once never pass the position limit, and one back is always allowed", async (t) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("delete from positions where symbol = 'TSLA'");
  const { url } = await start(t, { MAX_POSITION_SIZE: "5" });
  const tesla = { ...order, symbol: "TSLA" };
  const answers = await Promise.all(Array.from({ length: 12 }, () => post(url, tesla)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 5);
  assert.equal(answers.filter(({ status }) => status === 422).length, 7);
  assert.equal((await post(url, { ...tesla, side: "sell" })).status, 201);
  const { rows } = await client.query("select quantity from positions where symbol = 'TSLA'");
  await client.end();
  assert.deepEqual(rows, [{ quantity: "4" }]);
});

test("the stream sends quotes of the symbols asked for, and says goodbye with 1001", async (t) => {
  const { url, stop, end } = await start(t);
  const socket = new WebSocket(`${url.replace("http", "ws")}/stream?symbols=AAPL`);
  const seen = [];
  await new Promise((done) => {
    socket.on("message", (data) => {
      seen.push(JSON.parse(data.toString()));
      if (seen.length === 1) socket.send(JSON.stringify({ type: "subscribe", symbols: ["MSFT"] }));
      if (new Set(seen.map(({ symbol }) => symbol)).size === 3) done();
    });
  });
  assert.deepEqual(seen[0], { type: "subscribed", symbols: ["AAPL"] });
  stop();
  const [code] = await once(socket, "close");
  assert.deepEqual([code, await end], [1001, 0]);
});

test("a request under way at SIGTERM is finished, and the next is not taken", async (t) => {
  const { url, stop, end } = await start(t, { QUOTES_FAULT: "slow:400" });
  const slow = fetch(`${url}/quotes/AAPL`);
  // Once the other answer is here, the slow request is at the server.
  await fetch(`${url}/health/live`);
  stop();
  assert.equal((await slow).status, 200);
  assert.equal(await end, 0);
  await assert.rejects(fetch(`${url}/health/live`));
});
