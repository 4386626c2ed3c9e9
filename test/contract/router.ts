import { afterEach, describe, expect, test } from "vitest";
import { latencyBounds } from "../../pipeline/deploy/target.ts";
import type { LocalRouter } from "../../pipeline/targets/local/parts.ts";
import { type Answer, backend, counted, deadPort, named, until } from "../routers/support/backends.ts";
import { keptClient, raw, socketThrough } from "../routers/support/clients.ts";
import { load } from "../routers/support/load.ts";

export type RouterRig = { router: LocalRouter; close(): Promise<unknown> };

export type RouterContract = {
  make(): Promise<RouterRig>;
  /** How much goes through the switches of B14. */
  switches: { requests: number; times: number };
  /** Requests out of 100 by which a weight may be missed right after it was set (B23). */
  tolerance: number;
};

/** What the local target relies on, whatever splits the traffic. */
export function routerContract(name: string, { make, switches, tolerance }: RouterContract): void {
  describe(`${name} keeps the contract of a router`, () => {
    const closing: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    const started = async () => {
      const { router, close } = await make();
      closing.push(close);
      const port = listening(await router.listen(null));
      return { router, port, url: `http://127.0.0.1:${port}` };
    };
    const answering = async (answer: Answer) => {
      const made = await backend(answer);
      closing.push(made.close);
      return made;
    };
    /** A release that answers its name, and echoes what comes through a WebSocket. */
    const release = async (router: LocalRouter, id: string) => {
      const made = await answering(named(id));
      router.route(id, made.port);
      return made;
    };
    const socket = async (port: number) => {
      const made = await socketThrough(port);
      closing.push(made.end);
      return made;
    };

    test(`B14: ${switches.times} switches under 50 keep-alive clients with GET and POST lose no request`, async () => {
      const { router, port } = await started();
      await release(router, "blue");
      await release(router, "green");
      await router.shift({ blue: 100 });
      const every = Math.floor(switches.requests / switches.times);
      let times = 0;
      let switching: Promise<unknown> = Promise.resolve();
      const seen = await load(port, {
        clients: 50,
        requests: switches.requests,
        eachAnswer: (done) => {
          if (done % every !== 0) return;
          const next: Record<string, number> = ++times % 2 === 1 ? { green: 100 } : { blue: 100 };
          switching = switching.then(async () =>
            expect(await router.shift(next)).toMatchObject({ ok: true }),
          );
        },
      });
      await switching;
      expect(seen).toEqual({ answers: switches.requests, failures: [] });
      expect(times).toBe(switches.times);
      const { blue, green } = await counted(router);
      expect((blue?.requests ?? 0) + (green?.requests ?? 0)).toBe(switches.requests);
      expect(Math.min(blue?.requests ?? 0, green?.requests ?? 0)).toBeGreaterThan(switches.requests / 5);
      expect([blue?.failed, green?.failed]).toEqual([0, 0]);
    });

    test("B14: no request is lost when the old release is drained and ended under load", async () => {
      const { router, port } = await started();
      let old = await release(router, "0");
      await router.shift({ "0": 100 });
      let over = false;
      const loading = load(port, { clients: 50, requests: 1_000_000, stopped: () => over });
      for (let i = 1; i <= 10; i++) {
        const next = await release(router, String(i));
        await router.shift({ [String(i)]: 100 });
        expect(await router.drain(String(i - 1), 5000)).toEqual({ leftOpen: 0 });
        await old.close();
        old = next;
        const before = next.seen.length;
        await until(() => next.seen.length > before + 100, 20_000);
      }
      over = true;
      expect((await loading).failures).toEqual([]);
    });

    test(`B23: a weight of 10 % gets 10 of 100 requests, give or take ${tolerance} after a change`, async () => {
      const { router, port } = await started();
      const [stable, canary] = [await release(router, "stable"), await release(router, "canary")];
      for (const [weight, requests] of [
        [10, 500],
        [50, 200],
        [1, 1000],
        [90, 500],
      ] as const) {
        await router.shift({ stable: 100 - weight, canary: weight });
        const before = [stable.seen.length, canary.seen.length] as const;
        await load(port, { clients: 10, requests });
        const got = canary.seen.length - before[1];
        expect(Math.abs(got - (requests * weight) / 100)).toBeLessThanOrEqual(tolerance);
        expect(stable.seen.length - before[0]).toBe(requests - got);
        expect(await router.weights()).toEqual({ stable: 100 - weight, canary: weight });
      }
    });

    test("a release of weight 0, and one that nobody routed, gets nothing", async () => {
      const { router, port } = await started();
      const [a, b] = [await release(router, "a"), await release(router, "b")];
      await router.shift({ a: 100, b: 0, unknown: 0 });
      await load(port, { clients: 4, requests: 50 });
      expect([a.seen.length, b.seen.length]).toEqual([50, 0]);
    });

    test("with nothing to route to, the answer is 503 and says so", async () => {
      const { router, url } = await started();
      const words = "bellwether: nothing is served here at the moment: no release is live\n";
      const ask = async () => {
        const answer = await fetch(url);
        return [answer.status, answer.headers.get("retry-after"), await answer.text()];
      };
      expect(await ask()).toEqual([503, "1", words]);
      await release(router, "a");
      expect(await ask()).toEqual([503, "1", words]);
      await router.shift({ a: 100 });
      expect((await ask())[0]).toBe(200);
      await router.shift({});
      expect(await router.weights()).toEqual({});
      expect(await ask()).toEqual([503, "1", words]);
    });

    test("B19: an open WebSocket outlives the switch and is waited for until the drain's time limit, never cut", async () => {
      const { router, port } = await started();
      await release(router, "blue");
      await release(router, "green");
      await router.shift({ blue: 100 });
      const open = await socket(port);
      await router.shift({ green: 100 });
      expect(await router.drain("blue", 50)).toEqual({ leftOpen: 1 });
      const drained = router.drain("blue", 10_000);
      expect(await open.say("still there")).toBe("blue:still there");
      expect(await (await socket(port)).say("new")).toBe("green:new");
      open.end();
      expect(await drained).toEqual({ leftOpen: 0 });
    });

    test("B20: a request longer than the drain is counted, not cut", async () => {
      const { router, url } = await started();
      let finish: () => void = () => {};
      const slow = await answering((_, response) => {
        finish = () => response.end("at last");
      });
      router.route("slow", slow.port);
      await router.shift({ slow: 100 });
      const asked = fetch(url).then((answer) => answer.text());
      await until(() => slow.seen.length === 1);
      await router.shift({});
      expect(await router.drain("slow", 30)).toEqual({ leftOpen: 1 });
      finish();
      expect(await asked).toBe("at last");
      expect(await router.drain("slow", 5000)).toEqual({ leftOpen: 0 });
    });

    test("forgetting a release cuts what it has open, and its counters begin anew", async () => {
      const { router, port, url } = await started();
      const a = await release(router, "a");
      await router.shift({ a: 100 });
      expect(await (await fetch(url)).text()).toBe("a:");
      const open = await socket(port);
      await router.shift({});
      router.forget("a");
      await open.closed;
      expect(await counted(router)).toEqual({});
      router.route("a", a.port);
      await router.shift({ a: 100 });
      await (await fetch(url)).text();
      await until(async () => (await counted(router)).a?.requests === 1);
    });

    test("a refused connection is tried on another release, POST too, and counted for the one that refused", async () => {
      const { router, url } = await started();
      await release(router, "alive");
      router.route("dead", await deadPort());
      await router.shift({ dead: 50, alive: 50 });
      for (let i = 0; i < 6; i++) {
        expect(await (await fetch(url, { method: "POST", body: "order" })).text()).toBe("alive:order");
      }
      const { dead, alive } = await counted(router);
      expect([alive?.requests, alive?.failed]).toEqual([6, 0]);
      expect(dead?.requests).toBeGreaterThanOrEqual(2);
      expect(dead?.failed).toBe(dead?.requests);
    });

    test("where nobody else is there, a refused connection is a 5xx with a reason, and a failure", async () => {
      const { router, url } = await started();
      router.route("dead", await deadPort());
      await router.shift({ dead: 100 });
      const answer = await fetch(url);
      expect([502, 503]).toContain(answer.status);
      expect(await answer.text()).toMatch(/^bellwether: no answer from the release \(.*\)\n$/);
      const { dead } = await counted(router);
      expect(dead?.requests).toBeGreaterThanOrEqual(1);
      expect(dead?.failed).toBe(dead?.requests);
    });

    test("5xx answers count as failed, others do not", async () => {
      const { router, url } = await started();
      const { port } = await answering((request, response) => {
        response.writeHead(Number(request.url?.slice(1))).end();
      });
      router.route("a", port);
      await router.shift({ a: 100 });
      for (const status of [200, 204, 301, 404, 500, 503]) {
        expect((await fetch(`${url}/${status}`, { redirect: "manual" })).status).toBe(status);
      }
      expect((await counted(router)).a).toMatchObject({ requests: 6, failed: 2 });
    });

    test("a POST whose connection breaks is not sent twice, and is a failure, on a kept connection, too", async () => {
      const { router, port } = await started();
      const broken = await answering((request, response) => {
        request.resume();
        request.on("end", () =>
          request.method === "POST" ? request.socket.destroy() : response.end("good"),
        );
      });
      router.route("broken", broken.port);
      await router.shift({ broken: 100 });
      const client = keptClient(port);
      closing.push(client.end);
      for (let i = 1; i <= 3; i++) {
        expect(await client.ask("GET")).toBe("200 good");
        expect(await client.ask("POST", "once")).not.toMatch(/^2/);
        expect(broken.seen.length).toBe(2 * i);
        expect((await counted(router)).broken).toMatchObject({ requests: 2 * i, failed: i });
      }
    });

    test("an answer that breaks off reaches the client as broken, and is a failure", async () => {
      const { router, url } = await started();
      const { port } = await answering((_, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("half", () => response.destroy());
      });
      router.route("a", port);
      await router.shift({ a: 100 });
      await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
      await until(async () => (await counted(router)).a?.failed === 1);
    });

    test("a client that goes away is no failure of the release", async () => {
      const { router, port } = await started();
      const slow = await answering((_, response) => {
        setTimeout(() => response.end("late"), 50);
      });
      router.route("slow", slow.port);
      await router.shift({ slow: 100 });
      const gone = raw(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await until(() => slow.seen.length === 1);
      gone.end();
      await until(async () => (await counted(router)).slow?.requests === 1);
      expect((await counted(router)).slow?.failed).toBe(0);
    });

    test("an open WebSocket is one quick request from its handshake on", async () => {
      const { router, port } = await started();
      await release(router, "a");
      await router.shift({ a: 100 });
      const open = await socket(port);
      expect((await counted(router)).a).toMatchObject({ requests: 1, failed: 0 });
      open.end();
      expect(await router.drain("a", 5000)).toEqual({ leftOpen: 0 });
      const { a } = await counted(router);
      expect(a).toMatchObject({ requests: 1, failed: 0 });
      expect(total(a?.latency.slice(0, latencyBounds.indexOf(1000)))).toBe(1);
    });

    test("a handshake refused by one release is tried on the other", async () => {
      const { router, port } = await started();
      await release(router, "alive");
      router.route("dead", await deadPort());
      await router.shift({ dead: 50, alive: 50 });
      for (let i = 0; i < 4; i++) expect(await (await socket(port)).say("hello")).toBe("alive:hello");
      const { dead } = await counted(router);
      expect(dead?.failed).toBeGreaterThanOrEqual(1);
      expect(dead?.failed).toBe(dead?.requests);
    });

    test("a handshake that the release declines is answered with what the release says", async () => {
      const { router, port } = await started();
      const plain = await answering(() => {});
      plain.server.on("upgrade", (_, client) => {
        client.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
      });
      router.route("a", plain.port);
      await router.shift({ a: 100 });
      await expect(socket(port)).rejects.toThrow("401");
      await until(async () => (await counted(router)).a?.requests === 1);
      expect((await counted(router)).a?.failed).toBe(0);
    });

    test("either side's end of a WebSocket closes the other", async () => {
      const { router, port } = await started();
      const a = await release(router, "a");
      await router.shift({ a: 100 });
      const first = await socket(port);
      await until(() => a.sockets.size === 1);
      first.end();
      await until(() => a.sockets.size === 0);
      const second = await socket(port);
      await until(() => a.sockets.size === 1);
      for (const open of a.sockets) open.terminate();
      await second.closed;
      expect(await router.drain("a", 5000)).toEqual({ leftOpen: 0 });
    });

    test("the latency of a request lasts until the end of its answer", async () => {
      const { router, url } = await started();
      const { port } = await answering((_, response) => {
        response.write("begun");
        setTimeout(() => response.end(), 120);
      });
      router.route("a", port);
      await router.shift({ a: 100 });
      await (await fetch(url)).text();
      const latency = (await counted(router)).a?.latency ?? [];
      expect(latency).toHaveLength(latencyBounds.length + 1);
      expect(total(latency)).toBe(1);
      expect(latencyBounds[latency.indexOf(1)]).toBeGreaterThanOrEqual(120);
    });

    test("counters only rise, whatever happens to weights and ports", async () => {
      const { router, port, url } = await started();
      const [a, again] = [await release(router, "a"), await answering(named("a"))];
      await release(router, "b");
      await router.shift({ a: 100 });
      await load(port, { clients: 4, requests: 40 });
      const first = (await counted(router)).a;
      expect([first?.requests, total(first?.latency)]).toEqual([40, 40]);
      await router.shift({ b: 100 });
      await load(port, { clients: 4, requests: 10 });
      await router.move("a", again.port, 1000);
      await a.close();
      await router.shift({ a: 100 });
      await (await fetch(url)).text();
      const after = await counted(router);
      expect([after.a?.requests, after.a?.failed, total(after.a?.latency)]).toEqual([41, 0, 41]);
      expect(after.b).toMatchObject({ requests: 10, failed: 0 });
      expect(await router.listen(await deadPort())).toMatchObject({ ok: true });
      expect((await counted(router)).a?.requests).toBe(41);
    });

    test("a release moves to another port under load without losing a request, and the old one is waited for", async () => {
      const { router, port } = await started();
      let old = await release(router, "a");
      await router.shift({ a: 100 });
      const open = await socket(port);
      const first = await answering(named("a"));
      expect(await router.move("a", first.port, 50)).toEqual({ leftOpen: 1 });
      expect(await open.say("kept")).toBe("a:kept");
      open.end();
      let over = false;
      const loading = load(port, { clients: 20, requests: 1_000_000, stopped: () => over });
      for (let i = 0; i < 5; i++) {
        const next = await answering(named("a"));
        expect(await router.move("a", next.port, 10_000)).toEqual({ leftOpen: 0 });
        if (i > 0) await old.close();
        old = next;
        await until(() => next.seen.length > 100, 20_000);
      }
      over = true;
      expect((await loading).failures).toEqual([]);
      expect(await router.weights()).toEqual({ a: 100 });
    });

    test("one release after the other is served, many more than are ever there at one time", async () => {
      const { router, url } = await started();
      const ids = Array.from({ length: 40 }, (_, i) => `release-${i}`);
      for (const [i, id] of ids.entries()) {
        const { close } = await release(router, id);
        await router.shift({ [id]: 100 });
        for (let times = 0; times <= i % 3; times++) expect(await (await fetch(url)).text()).toBe(`${id}:`);
        if (i % 2 === 0) {
          await router.shift({});
          router.forget(id);
          await close();
        }
      }
      const seen = await counted(router);
      for (const [i, id] of ids.entries()) {
        if (i % 2 === 0) expect(seen[id]).toBeUndefined();
        else expect(seen[id]).toMatchObject({ requests: (i % 3) + 1, failed: 0 });
      }
    });

    test("the release is told who asked, and headers of one connection stay on it", async () => {
      const { router, port } = await started();
      const inner = await release(router, "a");
      await router.shift({ a: 100 });
      const client = raw(
        port,
        "GET / HTTP/1.1\r\nHost: quotes.test\r\nX-Own: kept\r\nX-Forwarded-For: 10.0.0.1\r\nConnection: close\r\n\r\n",
      );
      expect(await client.closed).toMatch(/^HTTP\/1\.1 200 /);
      expect(inner.seen[0]?.headers).toMatchObject({
        host: "quotes.test",
        "x-own": "kept",
        "x-forwarded-for": "10.0.0.1, 127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "quotes.test",
      });
      expect(inner.seen[0]?.headers.connection).not.toBe("close");
    });

    test("bodies of unknown length stream both ways", async () => {
      const { router, url } = await started();
      const { port } = await answering((request, response) => request.pipe(response));
      router.route("a", port);
      await router.shift({ a: 100 });
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

    test.each([
      ["h2c", "Content-Length: 5", "hello"],
      ["websocket", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"],
      ["other", "Content-Length: 5", "hello"],
    ])(
      "an upgrade to %s with a body is an ordinary request, and the body arrives",
      async (protocol, length, body) => {
        const { router, port } = await started();
        const inner = await release(router, "a");
        await router.shift({ a: 100 });
        const head = `POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${length}\r\n\r\n`;
        const client = raw(port, `${head}${body}`);
        await until(() => client.text().includes("a:hello"));
        expect(inner.seen[0]?.headers.upgrade).toBeUndefined();
        client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        expect((await client.closed).match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
        expect((await counted(router)).a).toMatchObject({ requests: 2, failed: 0 });
      },
    );

    test("an upgrade to h2c without a body is an ordinary request, too", async () => {
      const { router, port } = await started();
      const inner = await release(router, "a");
      await router.shift({ a: 100 });
      const client = raw(
        port,
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
      );
      await until(() => client.text().includes("a:"));
      expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
      expect(inner.seen).toHaveLength(1);
      client.end();
    });

    test("a client that waits for leave to send its body gets it", async () => {
      const { router, port } = await started();
      await release(router, "a");
      await router.shift({ a: 100 });
      const client = raw(
        port,
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
      );
      await until(() => /^HTTP\/1\.1 100 /.test(client.text()));
      client.write("hello");
      expect(await client.closed).toMatch(/a:hello/);
      expect((await counted(router)).a).toMatchObject({ requests: 1, failed: 0 });
    });

    test("a port that somebody has is told by its code, and the router stays where it is", async () => {
      const { router, port, url } = await started();
      const other = await answering(named("other"));
      expect(await router.listen(other.port)).toEqual({ ok: false, failure: "EADDRINUSE" });
      expect(await router.listen(null)).toEqual({ ok: true, value: port });
      expect((await fetch(url)).status).toBe(503);
    });

    test("listening on another port moves over without cutting what is open", async () => {
      const { router, port } = await started();
      await release(router, "a");
      await router.shift({ a: 100 });
      const open = await socket(port);
      const wanted = await deadPort();
      expect(await router.listen(wanted)).toEqual({ ok: true, value: wanted });
      expect(await (await fetch(`http://127.0.0.1:${wanted}`)).text()).toBe("a:");
      expect(await open.say("kept")).toBe("a:kept");
      await until(() =>
        fetch(`http://127.0.0.1:${port}`).then(
          () => false,
          () => true,
        ),
      );
    });

    test("closing takes no new connection, lets a request end, and cuts what is left at its limit", async () => {
      for (const graceMs of [10_000, 50]) {
        const { router, port, url } = await started();
        let finish: () => void = () => {};
        const slow = await answering((request, response) => {
          if (request.url === "/slow") finish = () => response.end("at last");
          else response.end("quick");
        });
        router.route("slow", slow.port);
        await router.shift({ slow: 100 });
        const ending = fetch(`${url}/slow`).then(
          (answer) => answer.text(),
          () => "cut",
        );
        await until(() => slow.seen.length === 1);
        const closed = router.close(graceMs);
        const quick = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        await until(async () => (await raw(port, quick).closed) === "");
        if (graceMs > 1000) finish();
        await closed;
        expect(await ending).toBe(graceMs > 1000 ? "at last" : "cut");
      }
    });
  });
}

function listening(bound: Awaited<ReturnType<LocalRouter["listen"]>>): number {
  if (!bound.ok) throw new Error(bound.failure);
  return bound.value;
}

const total = (latency: readonly number[] = []): number => latency.reduce((sum, count) => sum + count, 0);
