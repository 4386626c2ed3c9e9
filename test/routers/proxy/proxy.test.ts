import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { idleLimit } from "../../../pipeline/routers/proxy/agent.ts";
import { backend, counted, deadPort, listeningProxy, named, until } from "../support/backends.ts";

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

test("where nobody else is there, a refused connection is a 502 and a failure", async () => {
  const { proxy, url } = await started();
  proxy.route("dead", await deadPort());
  proxy.shift({ dead: 100 });
  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([
    502,
    "bellwether: no answer from the release (ECONNREFUSED)\n",
  ]);
  expect((await counted(proxy)).dead).toMatchObject({ requests: 1, failed: 1 });
});

test("a release that stays silent is given up: 504 and a failure", async () => {
  const { proxy, url } = await started({ answerTimeoutMs: 60 });
  const { port } = await answering(() => {});
  proxy.route("a", port);
  proxy.shift({ a: 100 });
  expect((await fetch(url)).status).toBe(504);
  expect((await counted(proxy)).a).toMatchObject({ requests: 1, failed: 1 });
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
  await until(async () => (await counted(proxy)).a?.requests === 1);
  expect((await counted(proxy)).a?.failed).toBe(0);
  expect(await proxy.drain("a", 0)).toEqual({ leftOpen: 0 });
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
  expect((await counted(proxy)).a?.failed).toBe(0);
});
