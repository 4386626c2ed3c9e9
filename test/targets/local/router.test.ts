import { afterEach, expect, test } from "vitest";
import { ok } from "../../../pipeline/result.ts";
import { createProxy } from "../../../pipeline/routers/proxy/proxy.ts";
import { until } from "../../routers/support/backends.ts";
import { load } from "../../routers/support/load.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { alive, body, deploy, lease, release, retire, up, world } from "../support/world.ts";

const worlds: Awaited<ReturnType<typeof world>>[] = [];
afterEach(async () => {
  for (const one of worlds.splice(0)) await one.close();
});

async function given() {
  const here = await world();
  worlds.push(here);
  return here;
}

/** Both kinds can be had: here they are the same proxy. */
const both = () => ({
  routers: { "built-in": async () => ok(createProxy()), haproxy: async () => ok(createProxy()) },
});

test("a router that is not on this machine is refused before anything happens, and the old one goes on", async () => {
  const here = await given();
  await here.daemon();
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  await deploy(deployment, release("1.0.0"));
  const wanted = { ...here.configuration, router: "haproxy" as const };
  expect(unwrapFailure(await deployment.configure(wanted))).toMatchObject({ kind: "router-in-use" });
  expect(await body(url)).toBe("1.0.0");
  const fresh = await given();
  await fresh.daemon();
  expect(unwrapFailure(await (await fresh.connected()).configure(wanted))).toEqual({
    kind: "tool-missing",
    tool: "haproxy",
    range: ">=2.4",
    wantedBy: "this test",
  });
});

test("another router is refused while something is served, and taken once the environment was stopped", async () => {
  const here = await given();
  const first = await here.daemon(both());
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  await deploy(deployment, release("1.0.0"));
  const wanted = { ...here.configuration, router: "haproxy" as const };
  expect(unwrapFailure(await deployment.configure(wanted))).toEqual({
    kind: "router-in-use",
    environment: "staging",
    router: "built-in",
    wanted: "haproxy",
  });
  unwrap(await deployment.inspect.stop(null, "ada"));
  await first.stop();
  const asked: string[] = [];
  const { routers } = both();
  const counting = {
    ...routers,
    haproxy: async () => {
      asked.push("haproxy");
      return routers.haproxy();
    },
  };
  const second = await here.daemon({ routers: counting });
  const again = await here.connected();
  expect(unwrap(await again.configure(wanted)).url).toBe(url);
  await deploy(again, release("1.1.0"));
  expect(await body(url)).toBe("1.1.0");
  await second.stop();
  await here.daemon({ routers: counting });
  await until(async () => (await body(url).catch(() => "")) === "1.1.0");
  expect(asked).toEqual(["haproxy", "haproxy"]);
});

test("a restart of the component that takes the traffic loses no request, and it is another process", async () => {
  const here = await given();
  await here.daemon();
  const deployment = await here.connected();
  const { port } = unwrap(await deployment.configure(here.configuration));
  const one = release("1.0.0", [{ environment: { PORT: "${port}", VERSION: "${version}", SLOW_MS: "20" } }]);
  await deploy(deployment, one);
  const seen = async () => unwrap(await deployment.target.observe()).releases[one.id]?.components.api;
  const before = await seen();
  let over = false;
  const loading = load(port, { clients: 20, requests: 1_000_000, stopped: () => over });
  for (let i = 0; i < 3; i++) unwrap(await deployment.inspect.restart("api", "ada"));
  over = true;
  const { answers, failures } = await loading;
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThan(20);
  const after = await seen();
  expect(after).toMatchObject({ state: "running" });
  expect(after?.pid).not.toBe(before?.pid);
  const counters = unwrap(await deployment.router.statistics())[one.id];
  expect(counters).toMatchObject({ requests: answers, failed: 0 });
});

test("a restart of the whole environment loses no request, and every process is another one", async () => {
  const here = await given();
  await here.daemon();
  const deployment = await here.connected();
  const { port } = unwrap(await deployment.configure(here.configuration));
  const slow = { environment: { PORT: "${port}", VERSION: "${version}", SLOW_MS: "20" } };
  const one = release("1.0.0", [
    { name: "api", after: ["quotes"], ...slow },
    { name: "quotes" },
    { name: "worker", listens: false, command: "exec sleep 1000" },
  ]);
  await deploy(deployment, one);
  const pids = async () =>
    Object.values(unwrap(await deployment.target.observe()).releases[one.id]?.components ?? {}).map(
      ({ state, pid }) => (state === "running" ? pid : null),
    );
  const before = await pids();
  let over = false;
  const loading = load(port, { clients: 20, requests: 1_000_000, stopped: () => over });
  for (let i = 0; i < 3; i++) unwrap(await deployment.inspect.restart(null, "ada"));
  over = true;
  const { answers, failures } = await loading;
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThan(20);
  const after = await pids();
  expect(after).not.toContain(null);
  expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  for (const pid of before) expect(await alive(pid ?? 0)).toBe(false);
  const counters = unwrap(await deployment.router.statistics())[one.id];
  expect(counters).toMatchObject({ requests: answers, failed: 0 });
});

test("a restart of the whole environment in which one component does not come keeps all old ones", async () => {
  const here = await given();
  await here.daemon();
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  const once = `if mkdir started 2>/dev/null; then exec '${process.execPath}' service.mjs; fi; echo cannot; sleep 30`;
  const [usual] = release("1.0.0").components;
  const health = usual && { health: { ...usual.health, withinMs: 300 } };
  const one = release("1.0.0", [
    { name: "quotes" },
    { name: "api", after: ["quotes"], command: once, ...health },
  ]);
  await deploy(deployment, one);
  const seen = async () => unwrap(await deployment.target.observe()).releases[one.id]?.components;
  const before = await seen();
  expect(unwrapFailure(await deployment.inspect.restart(null, "ada"))).toMatchObject({
    kind: "not-healthy",
    component: "api",
    log: ["cannot"],
  });
  const after = await seen();
  expect([after?.api?.pid, after?.quotes?.pid]).toEqual([before?.api?.pid, before?.quotes?.pid]);
  expect(await body(url)).toBe("1.0.0");
});

test("a restart that brings no ready process keeps the old one serving, and says what the new one printed", async () => {
  const here = await given();
  await here.daemon();
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  const once = `if mkdir started 2>/dev/null; then exec '${process.execPath}' service.mjs; fi; echo cannot; sleep 30`;
  const [usual] = release("1.0.0").components;
  const health = usual && { health: { ...usual.health, withinMs: 300 } };
  const one = release("1.0.0", [{ command: once, ...health }]);
  await deploy(deployment, one);
  const before = unwrap(await deployment.target.observe()).releases[one.id]?.components.api;
  expect(unwrapFailure(await deployment.inspect.restart("api", "ada"))).toMatchObject({
    kind: "not-healthy",
    component: "api",
    version: "1.0.0",
    log: ["cannot"],
  });
  const after = unwrap(await deployment.target.observe()).releases[one.id]?.components.api;
  expect(after?.pid).toBe(before?.pid);
  expect(await body(url)).toBe("1.0.0");
});

test("with recreate two processes never run at once: a restart ends the old one first", async () => {
  const here = await given();
  await here.daemon();
  const deployment = await here.connected();
  unwrap(await deployment.configure(here.configuration));
  const alone = `mkdir alone || exit 9; trap 'rmdir alone; kill $!' TERM; '${process.execPath}' service.mjs & wait`;
  const one = release("1.0.0", [{ command: alone }]);
  const { rollout } = lease("1.0.0");
  const named = { rollout, version: "1.0.0", release: one.id };
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  const began = {
    kind: "rollout-began",
    cause: "deploy",
    stable: null,
    strategy: "recreate",
    actor: "ada",
  } as const;
  const rest = { digests: [], tool: "0.1.0", approvals: [], configDigest: "0", limits: {} };
  unwrap(await deployment.store.append({ ...named, ...began, ...rest }));
  await up(deployment, one);
  unwrap(await deployment.router.shift({ [one.id]: 100 }));
  unwrap(await deployment.store.commit(one.id, retire));
  unwrap(await deployment.store.append({ kind: "committed", ...named }));
  await deployment.store.release();
  unwrap(await deployment.inspect.restart("api", "ada"));
  expect(unwrap(await deployment.target.observe()).releases[one.id]?.components.api).toMatchObject({
    state: "running",
    restarts: 0,
  });
});
