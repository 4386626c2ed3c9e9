import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { latencyBounds } from "../../../pipeline/deploy/target.ts";
import { idleLimit } from "../../../pipeline/routers/proxy/agent.ts";
import { backend, deadPort, listeningProxy, named, until } from "../support/backends.ts";
import { load } from "../support/load.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started(options: { answerTimeoutMs?: number } = {}) {
  const made = await listeningProxy(options);
  closing.push(() => made.proxy.close(0));
  return made;
}

async function answering(answer: Parameters<typeof backend>[0]) {
  const made = await backend(answer);
  closing.push(made.close);
  return made;
}

test("B14: 20 switches under 50 keep-alive clients with GET and POST lose no request", async () => {
  const { proxy, port } = await started();
  const [blue, green] = [await answering(named("blue")), await answering(named("green"))];
  proxy.route("blue", blue.port);
  proxy.route("green", green.port);
  proxy.shift({ blue: 100 });
  const switched = { times: 0 };
  const seen = await load(port, {
    clients: 50,
    requests: 5000,
    eachAnswer: (done) => {
      if (done % 250 !== 0) return;
      switched.times++;
      proxy.shift(switched.times % 2 === 1 ? { green: 100 } : { blue: 100 });
    },
  });
  expect(seen).toEqual({ answers: 5000, failures: [] });
  expect(switched.times).toBe(20);
  const counted = proxy.statistics();
  expect((counted.blue?.requests ?? 0) + (counted.green?.requests ?? 0)).toBe(5000);
  expect(counted.blue?.requests).toBeGreaterThan(1000);
  expect(counted.green?.failed).toBe(0);
});

test("B14: no request is lost when the old backend is drained and ended under load", async () => {
  const { proxy, port } = await started();
  let generation = await answering(named("0"));
  proxy.route("0", generation.port);
  proxy.shift({ "0": 100 });
  let over = false;
  const loading = load(port, { clients: 50, requests: 100_000, stopped: () => over });
  for (let i = 1; i <= 10; i++) {
    const next = await answering(named(String(i)));
    proxy.route(String(i), next.port);
    proxy.shift({ [String(i)]: 100 });
    expect(await proxy.drain(String(i - 1), 5000)).toEqual({ leftOpen: 0 });
    await generation.close();
    generation = next;
    const before = next.seen.length;
    await until(() => next.seen.length > before + 100);
  }
  over = true;
  expect((await loading).failures).toEqual([]);
});

test("B23: 10 % of real requests reach the canary, exactly", async () => {
  const { proxy, port } = await started();
  const [stable, canary] = [await answering(named("stable")), await answering(named("canary"))];
  proxy.route("stable", stable.port);
  proxy.route("canary", canary.port);
  proxy.shift({ stable: 90, canary: 10 });
  await load(port, { clients: 10, requests: 500 });
  expect([stable.seen.length, canary.seen.length]).toEqual([450, 50]);
});

test("with nothing to route to, the answer is 503 and says so", async () => {
  const { url } = await started();
  const answer = await fetch(url);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toBe("bellwether: nothing is served here at the moment: no release is live\n");
});

test("a refused connection is tried once more on another release, POST too, and counted for the one that refused", async () => {
  const { proxy, url } = await started();
  const alive = await answering(named("alive"));
  proxy.route("dead", await deadPort());
  proxy.route("alive", alive.port);
  proxy.shift({ dead: 50, alive: 50 });
  const bodies = [];
  for (let i = 0; i < 4; i++) bodies.push(await (await fetch(url, { method: "POST", body: "order" })).text());
  expect(bodies).toEqual(["alive:order", "alive:order", "alive:order", "alive:order"]);
  const { dead, alive: good } = proxy.statistics();
  expect([dead?.requests, dead?.failed, good?.requests, good?.failed]).toEqual([2, 2, 4, 0]);
});

test("where nobody else is there, a refused connection is a 502 and a failure", async () => {
  const { proxy, url } = await started();
  proxy.route("dead", await deadPort());
  proxy.shift({ dead: 100 });
  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([
    502,
    "bellwether: no answer from the release (ECONNREFUSED)\n",
  ]);
  expect(proxy.statistics().dead).toMatchObject({ requests: 1, failed: 1 });
});

test("5xx answers count as failed, 4xx ones do not", async () => {
  const { proxy, url } = await started();
  const { port } = await answering((request, response) => {
    response.writeHead(Number(request.url?.slice(1))).end();
  });
  proxy.route("a", port);
  proxy.shift({ a: 100 });
  for (const status of [200, 404, 500, 503]) expect((await fetch(`${url}/${status}`)).status).toBe(status);
  expect(proxy.statistics().a).toMatchObject({ requests: 4, failed: 2 });
});

test("a POST whose connection breaks is not sent twice, and is a failure", async () => {
  const { proxy, url } = await started();
  const broken = await answering((request) => {
    request.resume();
    request.on("end", () => request.socket.destroy());
  });
  const other = await answering(named("other"));
  proxy.route("broken", broken.port);
  proxy.route("other", other.port);
  proxy.shift({ broken: 99, other: 1 });
  expect((await fetch(url, { method: "POST", body: "once" })).status).toBe(502);
  expect([broken.seen.length, other.seen.length]).toEqual([1, 0]);
  expect(proxy.statistics().broken).toMatchObject({ requests: 1, failed: 1 });
});

test("an answer that breaks off reaches the client as broken, and is a failure", async () => {
  const { proxy, url } = await started();
  const { port } = await answering((_, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("half", () => response.destroy());
  });
  proxy.route("a", port);
  proxy.shift({ a: 100 });
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  await until(() => proxy.statistics().a?.failed === 1);
});

test("a release that stays silent is given up: 504 and a failure", async () => {
  const { proxy, url } = await started({ answerTimeoutMs: 60 });
  const { port } = await answering(() => {});
  proxy.route("a", port);
  proxy.shift({ a: 100 });
  expect((await fetch(url)).status).toBe(504);
  expect(proxy.statistics().a).toMatchObject({ requests: 1, failed: 1 });
});

test("a client that goes away is not the release's failure, and leaves nothing open", async () => {
  const { proxy, port } = await started();
  const silent = await answering(() => {});
  proxy.route("a", silent.port);
  proxy.shift({ a: 100 });
  const asked = request({ host: "127.0.0.1", port });
  asked.on("error", () => {});
  asked.end();
  await until(() => silent.seen.length === 1);
  asked.destroy();
  await until(() => proxy.statistics().a?.requests === 1);
  expect(proxy.statistics().a?.failed).toBe(0);
  expect(await proxy.drain("a", 0)).toEqual({ leftOpen: 0 });
});

test("latency is counted from arrival to the end of the answer, in the buckets of the contract", async () => {
  const { proxy, url } = await started();
  const { port } = await answering((_, response) => {
    response.write("begun");
    setTimeout(() => response.end(), 120);
  });
  proxy.route("a", port);
  proxy.shift({ a: 100 });
  await (await fetch(url)).text();
  const latency = proxy.statistics().a?.latency ?? [];
  expect(latency).toHaveLength(latencyBounds.length + 1);
  const bucket = latency.indexOf(1);
  expect(latencyBounds[bucket]).toBeGreaterThanOrEqual(120);
});

test("headers of one connection stay on it, forwarding is told, all others keep their case, order and repetition", async () => {
  const { proxy, port } = await started();
  const inner = await answering((_, response) => {
    response.writeHead(200, [
      ...["Set-Cookie", "a=1", "Set-Cookie", "b=2", "X-Own", "kept"],
      ...["Connection", "close, X-Hop", "X-Hop", "dropped"],
    ]);
    response.end();
  });
  proxy.route("a", inner.port);
  proxy.shift({ a: 100 });
  const answer = await new Promise<string[]>((resolve, reject) => {
    const headers = [
      "Host",
      "quotes.test",
      "X-Case",
      "One",
      "Connection",
      "X-Gone",
      "X-Gone",
      "1",
      "TE",
      "gzip",
    ];
    request({ host: "127.0.0.1", port, headers: [...headers, "X-Forwarded-For", "10.0.0.1"] }, (got) => {
      got.resume();
      got.on("end", () => resolve(got.rawHeaders));
    })
      .on("error", reject)
      .end();
  });
  const [got] = inner.seen;
  expect(got?.rawHeaders.slice(0, 4)).toEqual(["Host", "quotes.test", "X-Case", "One"]);
  expect(got?.headers).toMatchObject({
    "x-forwarded-for": "10.0.0.1, 127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "quotes.test",
    connection: "keep-alive",
  });
  expect(got?.headers["x-gone"]).toBeUndefined();
  expect(got?.headers.te).toBeUndefined();
  expect(answer.slice(0, 6)).toEqual(["Set-Cookie", "a=1", "Set-Cookie", "b=2", "X-Own", "kept"]);
  expect(answer).not.toContain("X-Hop");
});

test("bodies of unknown length stream both ways", async () => {
  const { proxy, url } = await started();
  const { port } = await answering((request, response) => request.pipe(response));
  proxy.route("a", port);
  proxy.shift({ a: 100 });
  const chunk = "x".repeat(100_000);
  const body = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 20; i++) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  expect((await (await fetch(url, init)).text()).length).toBe(2_000_000);
});

test("a connection is given up before the backend's own limit, which may close it under a request", () => {
  expect([idleLimit(5000), idleLimit(2000), idleLimit(1000), idleLimit(0)]).toEqual([4000, 1000, 500, 0]);
});

test("a backend that keeps connections for one second is asked again after it closed them, without a loss", async () => {
  const { proxy, url } = await started();
  const inner = await answering(named("a"));
  inner.server.keepAliveTimeout = 1000;
  proxy.route("a", inner.port);
  proxy.shift({ a: 100 });
  await (await fetch(url, { method: "POST", body: "1" })).text();
  const [first] = inner.seen;
  await until(() => first?.socket.destroyed === true);
  expect(await (await fetch(url, { method: "POST", body: "2" })).text()).toBe("a:2");
  expect(proxy.statistics().a?.failed).toBe(0);
});

test("a port that somebody has is told by its code, and the proxy stays where it is", async () => {
  const { proxy, port, url } = await started();
  const other = await answering(named("other"));
  expect(await proxy.listen(other.port)).toEqual({ ok: false, failure: "EADDRINUSE" });
  expect(await proxy.listen(null)).toEqual({ ok: true, value: port });
  expect((await fetch(url)).status).toBe(503);
});
