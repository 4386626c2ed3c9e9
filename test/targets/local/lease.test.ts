import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../routers/support/backends.ts";
import { load } from "../../routers/support/load.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { alive, body, deploy, lease, release, retire, up, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.close());

const began = (version: string, id: string, stable: string | null, strategy = "canary") => ({
  kind: "rollout-began" as const,
  rollout: `rollout-${version}`,
  cause: "deploy" as const,
  version,
  release: id,
  digests: [],
  stable,
  strategy,
  actor: "ada",
  tool: "0.1.0",
  approvals: [],
  configDigest: "0",
  limits: {},
});

test("B3: the second lease is refused with who, what version and since when; tokens rise", async () => {
  await here.daemon();
  const [first, second] = [await here.connected(), await here.connected()];
  const { token } = unwrap(await first.store.acquire(lease("1.0.0")));
  const refused = unwrapFailure(await second.store.acquire(lease("2.0.0")));
  expect(refused).toMatchObject({ kind: "lease-held", actor: "ada", version: "1.0.0", token });
  await first.store.release();
  expect(unwrap(await second.store.acquire(lease("2.0.0")))).toMatchObject({
    token: token + 1,
    previous: null,
  });
});

test("B4: every effect of a connection without the lease is refused, naming both tokens", async () => {
  await here.daemon();
  const [first, second] = [await here.connected(), await here.connected()];
  const one = release("1.0.0");
  const old = unwrap(await first.store.acquire(lease("1.0.0"))).token;
  await first.store.release();
  const current = unwrap(await second.store.acquire(lease("2.0.0"))).token;
  const refused = [
    await first.target.place(one, {}),
    await first.target.execute(one.id, "api", "true", 1000),
    await first.target.start(one.id, "api"),
    await first.target.stop(one.id, 0),
    await first.router.shift({}),
    await first.store.append({ kind: "intent", rollout: "r", step: "s" }),
    await first.store.commit(one.id, retire),
    await first.store.prune([]),
  ];
  for (const result of refused) {
    expect(unwrapFailure<unknown>(result)).toEqual({
      kind: "lease-lost",
      environment: "staging",
      token: old,
      current,
    });
  }
});

test("B5: a rollback asks the deploy to give way and gets the lease when it has; a second deploy does not", async () => {
  await here.daemon();
  const [deployer, rescuer] = [await here.connected(), await here.connected()];
  const { asked } = unwrap(await deployer.store.acquire(lease("1.0.0")));
  expect(unwrapFailure(await rescuer.store.acquire(lease("2.0.0")))).toMatchObject({ kind: "lease-held" });
  expect(asked?.aborted).toBe(false);
  const rollback = rescuer.store.acquire({ ...lease("0.9.0", "rollback"), actor: "bob" });
  await until(() => asked?.aborted === true);
  expect(asked?.reason).toBe("bob");
  await deployer.store.release();
  expect(unwrap(await rollback)).toMatchObject({ token: 2 });
});

test("the engine dies in mid-canary: traffic is stable within a second, no request fails, the canary is stopped", async () => {
  await here.daemon();
  const [engine, watcher] = [await here.connected(), await here.connected()];
  const { url, port } = unwrap(await engine.configure(here.configuration));
  const [stable, canary] = [release("1.0.0"), release("1.1.0")];
  await deploy(engine, stable);
  unwrap(await engine.store.acquire(lease("1.1.0")));
  unwrap(await engine.store.append(began("1.1.0", canary.id, stable.id)));
  await up(engine, canary);
  unwrap(await engine.router.shift({ [stable.id]: 50, [canary.id]: 50 }));
  let over = false;
  const loading = load(port, { clients: 5, requests: 100_000, stopped: () => over });
  const pid = unwrap(await watcher.target.observe()).releases[canary.id]?.components.api?.pid ?? 0;
  await engine.close();
  await until(async () => unwrap(await watcher.target.observe()).weights[stable.id] === 100, 1000);
  await until(async () => !(await alive(pid)));
  over = true;
  expect((await loading).failures).toEqual([]);
  expect(await body(url)).toBe("1.0.0");
  const next = unwrap(await watcher.store.acquire(lease("1.2.0")));
  expect(next.previous).toMatchObject({ rollout: "rollout-1.1.0", version: "1.1.0", actor: "ada" });
  expect(unwrap(await watcher.store.journal()).at(-1)?.fact).toEqual({
    kind: "engine-lost",
    rollout: "rollout-1.1.0",
    version: "1.1.0",
    actor: "ada",
    since: expect.stringMatching(/^\d{4}-/),
    live: stable.id,
    reason: "the engine's connection ended",
  });
});

test("the engine dies in the first rollout: nothing is served, what it started is stopped", async () => {
  await here.daemon();
  const [engine, watcher] = [await here.connected(), await here.connected()];
  const { url } = unwrap(await engine.configure(here.configuration));
  const one = release("1.0.0");
  unwrap(await engine.store.acquire(lease("1.0.0")));
  await up(engine, one);
  unwrap(await engine.router.shift({ [one.id]: 100 }));
  await engine.close();
  await until(async () => {
    const seen = unwrap(await watcher.target.observe());
    return seen.releases[one.id]?.components.api?.state === "stopped";
  });
  expect((await fetch(url)).status).toBe(503);
  expect(unwrap(await watcher.target.observe())).toMatchObject({ weights: {}, live: null });
});

test("the engine dies after it stopped the live release (recreate): the new one is stopped, the live one starts again", async () => {
  await here.daemon();
  const [engine, watcher] = [await here.connected(), await here.connected()];
  const { url } = unwrap(await engine.configure(here.configuration));
  const [stable, next] = [release("1.0.0"), release("1.1.0")];
  await deploy(engine, stable);
  unwrap(await engine.store.acquire(lease("1.1.0")));
  unwrap(await engine.store.append(began("1.1.0", next.id, stable.id, "recreate")));
  unwrap(await engine.router.shift({}));
  unwrap(await engine.target.stop(stable.id, 1000));
  await up(engine, next);
  await engine.close();
  await until(async () => (await body(url)) === "1.0.0");
  expect(unwrap(await watcher.target.observe()).releases[next.id]?.components.api?.state).toBe("stopped");
});

test("what the engine was executing is killed with it", async () => {
  await here.daemon();
  const [engine, watcher] = [await here.connected(), await here.connected()];
  unwrap(await engine.configure(here.configuration));
  const one = release("1.0.0");
  unwrap(await engine.store.acquire(lease("1.0.0")));
  unwrap(await engine.target.place(one, {}));
  const running = engine.target.execute(one.id, "api", "echo pid=$$; exec sleep 60", 60_000);
  await deployStarted();
  await engine.close();
  expect(unwrapFailure(await running)).toMatchObject({ kind: "target-unreachable" });
  const pid = await loggedPid();
  await until(async () => !(await alive(pid)));
  unwrap(await watcher.store.acquire(lease("1.0.1")));

  async function loggedPid(): Promise<number> {
    const { tailOf } = await import("../../../pipeline/targets/local/log-file.ts");
    const lines = await tailOf(`${here.root}/logs/${one.id}/api.log`, 5);
    return Number(/pid=(\d+)/.exec(lines.map(({ line }) => line).join())?.[1] ?? 0);
  }
  async function deployStarted(): Promise<void> {
    await until(async () => (await loggedPid()) > 0);
  }
});
