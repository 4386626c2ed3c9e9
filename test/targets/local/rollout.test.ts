import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../pipeline/io/clock.ts";
import { Secret } from "../../../pipeline/secret.ts";
import { until } from "../../routers/support/backends.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { imageRig } from "../support/images.ts";
import { body, deploy, lease, postgres, release, retire, up, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.close());

async function configured(parts: { clock?: Clock } = {}) {
  await here.daemon(parts);
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  return { deployment, url };
}

/** Each answer takes a while. */
const slow = [{ environment: { PORT: "${port}", VERSION: "${version}", SLOW_MS: "700" } }];

test("a release is placed, started, routed to and committed, and the environment's URL serves it", async () => {
  const { deployment, url } = await configured();
  const one = release("1.0.0");
  await deploy(deployment, one);
  expect(await body(url)).toBe("1.0.0");
  const seen = unwrap(await deployment.target.observe());
  expect(seen).toMatchObject({ live: one.id, url, weights: { [one.id]: 100 } });
  expect(seen.releases[one.id]?.components.api).toMatchObject({ state: "running", restarts: 0 });
  expect(unwrap(await deployment.store.releases())).toEqual([one]);
});

test("a component sees PATH, HOME, its values, its secrets and facts of accessories, and nothing else", async () => {
  const { deployment } = await configured();
  unwrap(await deployment.configure({ ...here.configuration, accessories: [postgres] }));
  const one = release("1.0.0", [
    {
      environment: { PORT: "${port}", VERSION: "v${version}", DATABASE_URL: "${accessories.db.url}" },
      secrets: ["TOKEN"],
    },
  ]);
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  const secrets = { TOKEN: new Secret("TOKEN", "s3cret-token"), OTHER: new Secret("OTHER", "not-for-it") };
  unwrap(await deployment.target.place(one, secrets));
  await up(deployment, one);
  const get = (path: string) =>
    deployment.target.probe(one.id, "api", { method: "GET", path, timeoutMs: 2000 });
  const answer = await get("/env");
  const seen = JSON.parse(answer.kind === "answer" ? answer.body : "{}");
  expect(seen).toMatchObject({
    VERSION: "v1.0.0",
    DATABASE_URL: "postgres://quotes:hunter2-secret@127.0.0.1:5432/quotes",
    TOKEN: "s3cret-token",
    FROM_IMAGE: "yes",
    PATH: process.env.PATH,
  });
  expect(seen.OTHER).toBeUndefined();
  expect((await stat(join(here.root, "releases", one.id, "environment.json"))).mode & 0o777).toBe(0o600);

  await get("/say");
  await until(async () => {
    const log = unwrap(await deployment.inspect.logs("api", 50));
    return log.some(({ line }) => line === "the password is ***");
  });
});

test("a command runs once with the release's code and environment, and is stopped at its time limit", async () => {
  const { deployment } = await configured();
  const one = release("1.0.0");
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  unwrap(await deployment.target.place(one, {}));
  const ran = unwrap(await deployment.target.execute(one.id, "api", "ls; echo $VERSION; exit 4", 10_000));
  expect(ran).toEqual({
    end: { exitCode: 4, signal: null },
    timedOut: false,
    log: ["service.mjs", "1.0.0"],
  });
  const slow = unwrap(await deployment.target.execute(one.id, "api", ["sleep", "60"], 100));
  expect(slow).toMatchObject({ timedOut: true });
});

test("a canary's death is evidence and stays; the live release's process is started again on its port", async () => {
  const { deployment, url } = await configured();
  const [one, two] = [release("1.0.0"), release("1.1.0")];
  await deploy(deployment, one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  await up(deployment, two);
  const component = async (id: string) =>
    unwrap(await deployment.target.observe()).releases[id]?.components.api;
  await deployment.target.probe(two.id, "api", { method: "GET", path: "/die", timeoutMs: 2000 });
  await until(async () => (await component(two.id))?.state === "exited");
  const { port, pid } = (await component(one.id)) ?? {};
  await body(url, "/die");
  await until(async () => (await component(one.id))?.restarts === 1);
  await until(async () => (await body(url)) === "1.0.0");
  const again = await component(one.id);
  expect(again?.port).toBe(port);
  expect(again?.pid).not.toBe(pid);
  expect(await component(two.id)).toMatchObject({
    state: "exited",
    end: { exitCode: 3, signal: null },
    restarts: 0,
  });
});

test("traffic is not sent to what does not run, nor in shares that are not a whole", async () => {
  const { deployment } = await configured();
  const one = release("1.0.0");
  await deploy(deployment, one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  expect(unwrapFailure(await deployment.router.shift({ [one.id]: 50 }))).toMatchObject({
    kind: "target-failed",
    action: "shift",
  });
  expect(unwrapFailure(await deployment.router.shift({ gone: 100 }))).toMatchObject({
    kind: "target-failed",
  });
  expect(unwrapFailure(await deployment.router.drain(one.id, 10))).toMatchObject({ kind: "target-failed" });
});

test("the old release stays warm after the lease, then it is drained, stopped and journalled as retired", async () => {
  let windowOver = () => {};
  const window = new Promise<void>((resolve) => {
    windowOver = resolve;
  });
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => (ms === retire.warmMs ? window : systemClock.sleep(ms, signal)),
  };
  const { deployment } = await configured({ clock });
  const [one, two] = [release("1.0.0"), release("1.1.0")];
  await deploy(deployment, one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  await up(deployment, two);
  unwrap(await deployment.router.shift({ [two.id]: 100 }));
  unwrap(await deployment.store.commit(two.id, retire));
  expect(unwrap(await deployment.target.observe()).releases[one.id]?.components.api?.state).toBe("running");
  await deployment.store.release();
  const { observation, warmUntil } = unwrap(await deployment.inspect.status());
  expect(warmUntil).toBeGreaterThan(Date.now());
  expect(observation.releases[one.id]?.components.api?.state).toBe("running");
  windowOver();
  await until(async () => unwrap(await deployment.store.journal()).at(-1)?.fact.kind === "retired");
  expect(unwrap(await deployment.store.journal()).at(-1)?.fact).toEqual({
    kind: "retired",
    version: "1.0.0",
    release: one.id,
    leftOpen: 0,
  });
  const seen = unwrap(await deployment.target.observe());
  expect(seen.releases[one.id]?.components.api?.state).toBe("stopped");
  expect(unwrap(await deployment.store.releases()).map(({ version }) => version)).toEqual(["1.0.0", "1.1.0"]);
});

test("only the release that was live before stays warm: an older one is drained, stopped and journalled at once", async () => {
  const { deployment, url } = await configured();
  const [one, two, three] = [release("1.0.0", slow), release("1.1.0"), release("1.2.0")];
  await deploy(deployment, one);
  const open = body(url, "/");
  await deploy(deployment, two);
  const stateOf = async (id: string) =>
    unwrap(await deployment.target.observe()).releases[id]?.components.api?.state;
  expect(await stateOf(one.id)).toBe("running");
  await deploy(deployment, three);
  await until(async () => (await stateOf(one.id)) === "stopped");
  // What it had under way was answered.
  expect(await open).toBe("1.0.0");
  expect(await stateOf(two.id)).toBe("running");
  await until(async () => unwrap(await deployment.store.journal()).length > 0);
  expect(unwrap(await deployment.store.journal()).map(({ fact }) => fact)).toEqual([
    { kind: "retired", version: "1.0.0", release: one.id, leftOpen: 0 },
  ]);
  const { warm, warmUntil } = unwrap(await deployment.inspect.status());
  expect(warm).toBe(two.id);
  expect(warmUntil).toBeGreaterThan(Date.now());
});

test("a release that has traffic is not retired, whoever sent it there", async () => {
  const { deployment, url } = await configured();
  const [one, two] = [release("1.0.0"), release("1.1.0")];
  await deploy(deployment, one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  await up(deployment, two);
  unwrap(await deployment.router.shift({ [two.id]: 100 }));
  await deployment.store.release();
  // Another lease is only had once what was being retired is gone.
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  await deployment.store.release();
  expect(await body(url)).toBe("1.1.0");
  expect(unwrap(await deployment.store.journal())).toEqual([]);
});

test("B12: pruning forgets the names of releases, too, but for the last fifty: those can be fetched again", async () => {
  const images = await imageRig(here.state, ["one"]);
  await here.daemon({ unpack: images.unpack });
  const deployment = await here.connected();
  unwrap(await deployment.configure({ ...here.configuration, layouts: { api: images.layout } }));
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  const all = Array.from({ length: 53 }, (_, i) => release(`1.${i}.0`, [{ digest: images.digests.one }]));
  for (const one of all) {
    unwrap(await deployment.target.place(one, {}));
    unwrap(await deployment.store.prune([one.id]));
  }
  const fetchable = unwrap(await deployment.store.fetchable()).map(({ version }) => version);
  expect(fetchable).toEqual(all.slice(2, -1).map(({ version }) => version));
  const placed = (await readdir(join(here.root, "placed"))).filter((name) => name.endsWith(".json"));
  expect(placed).toHaveLength(51);
});

test("pruning keeps what is named, live or running", async () => {
  const { deployment } = await configured();
  const [one, two, three] = [release("1.0.0"), release("1.1.0"), release("1.2.0")];
  await deploy(deployment, one);
  unwrap(await deployment.store.acquire(lease("1.2.0")));
  unwrap(await deployment.target.place(two, {}));
  unwrap(await deployment.target.place(three, {}));
  unwrap(await deployment.store.prune([three.id]));
  expect(unwrap(await deployment.store.releases()).map(({ version }) => version)).toEqual(["1.0.0", "1.2.0"]);
});

test("a person stops, starts and restarts the live release; a running rollout refuses it", async () => {
  const { deployment, url } = await configured();
  await deploy(deployment, release("1.0.0"));
  unwrap(await deployment.inspect.stop(null, "ada"));
  expect((await fetch(url)).status).toBe(503);
  unwrap(await deployment.inspect.start(null, "ada"));
  expect(await body(url)).toBe("1.0.0");
  unwrap(await deployment.inspect.restart("api", "ada"));
  expect(await body(url)).toBe("1.0.0");
  expect(unwrapFailure(await deployment.inspect.restart("apu", "ada"))).toMatchObject({
    kind: "unknown-name",
  });
  const facts = unwrap(await deployment.store.journal()).map(({ fact }) => fact);
  expect(facts.map((fact) => (fact.kind === "operated" ? fact.action : fact.kind))).toEqual([
    "stop",
    "start",
    "restart",
  ]);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  expect(unwrapFailure(await deployment.inspect.stop(null, "bob"))).toMatchObject({
    kind: "lease-held",
    actor: "ada",
  });
});

test("status tells processor time and memory of each component, and logs follow", async () => {
  const { deployment, url } = await configured();
  const one = release("1.0.0");
  const heard: string[] = [];
  unwrap(
    await deployment.inspect.logs(null, 10, ({ component, line }) => heard.push(`${component}: ${line}`)),
  );
  await deploy(deployment, one);
  await body(url, "/say");
  await until(() => heard.includes("api: the password is undefined"));
  const { usage } = unwrap(await deployment.inspect.status());
  expect(usage[one.id]?.api?.memoryBytes).toBeGreaterThan(1_000_000);
});

test("components start in their order, and after a stop in that order again", async () => {
  const { deployment, url } = await configured();
  const order = { environment: { PORT: "${port}", VERSION: "front" } };
  const one = release("1.0.0", [
    { name: "front", after: ["back"], ...order },
    { name: "back", environment: { PORT: "${port}", VERSION: "back" } },
  ]);
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  await up(deployment, one);
  unwrap(await deployment.router.shift({ [one.id]: 100 }));
  unwrap(await deployment.store.commit(one.id, retire));
  await deployment.store.release();
  expect(await body(url)).toBe("front");
  unwrap(await deployment.inspect.restart(null, "ada"));
  const { front, back } = unwrap(await deployment.target.observe()).releases[one.id]?.components ?? {};
  expect(front?.startedAt).toBeGreaterThanOrEqual(back?.startedAt ?? Number.POSITIVE_INFINITY);
});
