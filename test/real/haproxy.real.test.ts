import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../../pipeline/routers/haproxy/runtime.ts";
import { deploymentContract } from "../contract/deployment.ts";
import { routerContract } from "../contract/router.ts";
import { type Answer, backend, counted, named, until } from "../routers/support/backends.ts";
import { load } from "../routers/support/load.ts";
import { leftOf } from "../support/left.ts";
import { localRig } from "../targets/support/rig.ts";
import { haproxyProgram, haproxyRouters, makeHaproxy } from "./support/haproxy.ts";

let program = "";
beforeAll(async () => {
  program = await haproxyProgram();
}, 300_000);

routerContract("HAProxy", {
  make: () => makeHaproxy(program),
  switches: { requests: 100_000, times: 100 },
  tolerance: 1,
});

deploymentContract("the local target behind HAProxy", () => localRig("haproxy", haproxyRouters(program)));

describe("HAProxy under our supervision", () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function given() {
    const made = await makeHaproxy(program);
    closing.push(made.close);
    const bound = await made.router.listen(null);
    if (!bound.ok) throw new Error(bound.failure);
    return { ...made, port: bound.value, url: `http://127.0.0.1:${bound.value}` };
  }

  async function answering(answer: Answer) {
    const made = await backend(answer);
    closing.push(made.close);
    return made;
  }

  test("a killed HAProxy is started again as it was, and its counters go on rising", async () => {
    const { router, url, notes, directory } = await given();
    const [a, b] = [await answering(named("a")), await answering(named("b"))];
    router.route("a", a.port);
    router.route("b", b.port);
    await router.shift({ a: 100, b: 0 });
    for (let i = 0; i < 3; i++) await (await fetch(url)).text();
    expect((await counted(router)).a).toMatchObject({ requests: 3, failed: 0 });
    for (const { pid } of await leftOf(directory)) process.kill(pid, "SIGKILL");
    await until(() =>
      fetch(url).then(
        async (answer) => (await answer.text()) === "a:",
        () => false,
      ),
    );
    expect(notes).toEqual(["HAProxy ended by itself and was started again; what it had open was cut"]);
    expect(await router.weights()).toEqual({ a: 100 });
    await router.shift({ b: 100 });
    expect(await (await fetch(url)).text()).toBe("b:");
    const after = await counted(router);
    expect(after.a?.requests).toBeGreaterThanOrEqual(4);
    expect(after.b).toMatchObject({ requests: 1, failed: 0 });
  });

  test("two of them never share a port", async () => {
    const { port } = await given();
    const other = await makeHaproxy(program);
    closing.push(other.close);
    expect(await other.router.listen(port)).toEqual({ ok: false, failure: "EADDRINUSE" });
  });

  test("weights that somebody set by hand are seen", async () => {
    const { router, directory } = await given();
    router.route("a", (await answering(named("a"))).port);
    router.route("b", (await answering(named("b"))).port);
    await router.shift({ a: 90, b: 10 });
    const said = await ask(join(directory, "odd.sock"), "set server releases/s2 weight 90");
    expect(said.ok).toBe(true);
    expect(await router.weights()).toEqual({ a: 50, b: 50 });
  });

  test("B18: what a release breaks off under load is counted at once, to the last one, and nothing else", async () => {
    const { router, port } = await given();
    let broken = 0;
    let posts = 0;
    const inner = await answering((request, response) => {
      request.resume();
      request.on("end", () => {
        if (request.method === "POST" && ++posts % 10 === 0) {
          broken++;
          request.socket.destroy();
        } else response.end("good");
      });
    });
    router.route("a", inner.port);
    await router.shift({ a: 100 });
    let over = false;
    const loading = load(port, { clients: 20, requests: 1_000_000, stopped: () => over });
    let last = { requests: 0, failed: 0 };
    for (let i = 0; i < 20; i++) {
      await until(() => inner.seen.length > 200 * (i + 1), 20_000);
      const now = (await counted(router)).a ?? last;
      expect(now.failed).toBeLessThanOrEqual(broken);
      expect(now.failed).toBeGreaterThan(broken - 40);
      expect(now.failed).toBeGreaterThanOrEqual(last.failed);
      expect(now.requests).toBeGreaterThanOrEqual(last.requests);
      last = now;
    }
    over = true;
    const { answers, failures } = await loading;
    expect(failures).toHaveLength(broken);
    expect((await counted(router)).a).toMatchObject({ requests: answers + broken, failed: broken });
  });
});
