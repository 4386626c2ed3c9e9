import { afterEach, beforeEach, expect, test } from "vitest";
import { verify } from "../../../pipeline/deploy/journal.ts";
import { type Clock, systemClock } from "../../../pipeline/io/clock.ts";
import { until } from "../../routers/support/backends.ts";
import { load } from "../../routers/support/load.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { alive, deploy, lease, release, up, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.close());

const short = (version: string, ttlMs: number) => ({ ...lease(version), ttlMs });

test("B2, B4: an engine that says nothing loses the lease though its connection stays open; no request fails", async () => {
  await here.daemon();
  const [engine, next] = [await here.connected(), await here.connected()];
  const { port } = unwrap(await engine.configure(here.configuration));
  const [stable, canary] = [release("1.0.0"), release("1.1.0")];
  await deploy(engine, stable);
  // The canary comes up under a lease that is long enough for it, and is then given the short one.
  unwrap(await engine.store.acquire(lease("1.1.0")));
  await up(engine, canary);
  unwrap(await engine.router.shift({ [stable.id]: 50, [canary.id]: 50 }));
  const { token } = unwrap(await engine.store.acquire(short("1.1.0", 600)));
  let over = false;
  const loading = load(port, { clients: 4, requests: 100_000, stopped: () => over });
  const weights = async () => unwrap(await next.target.observe()).weights;
  expect(await weights()).toEqual({ [stable.id]: 50, [canary.id]: 50 });
  await until(async () => (await weights())[stable.id] === 100);
  const { pid } = unwrap(await next.target.observe()).releases[canary.id]?.components.api ?? {};
  if (pid) await until(async () => !(await alive(pid)));
  over = true;
  expect((await loading).failures).toEqual([]);
  expect(unwrap(await next.store.journal()).at(-1)?.fact).toMatchObject({
    kind: "engine-lost",
    version: "1.1.0",
    actor: "ada",
    reason: "the engine gave no sign of life for 0.6 s",
  });
  expect(unwrapFailure(await engine.router.shift({ [stable.id]: 100 }))).toMatchObject({
    kind: "lease-lost",
    token,
    current: null,
  });
  const taken = unwrap(await next.store.acquire(lease("1.2.0")));
  expect(taken).toMatchObject({ token: token + 1, previous: { version: "1.1.0", actor: "ada" } });
  for (const refused of [await engine.store.renew(), await engine.router.shift({})])
    expect(unwrapFailure(refused)).toMatchObject({ kind: "lease-lost", token, current: token + 1 });
});

test("signs of life keep the lease beyond its time to live", async () => {
  await here.daemon();
  const engine = await here.connected();
  unwrap(await engine.store.acquire(short("1.0.0", 500)));
  const end = performance.now() + 1_500;
  while (performance.now() < end) {
    unwrap(await engine.store.renew());
    await systemClock.sleep(50);
  }
  unwrap(await engine.store.append({ kind: "intent", rollout: "rollout-1.0.0", step: "place" }));
});

for (const hours of [1, -1]) {
  test(`a clock that jumps ${hours > 0 ? "forward" : "back"} an hour neither frees the lease nor breaks the journal`, async () => {
    let ahead = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
    await here.daemon({ clock });
    const [engine, other] = [await here.connected(), await here.connected()];
    unwrap(await engine.store.acquire(lease("1.0.0")));
    const intent = { kind: "intent" as const, rollout: "rollout-1.0.0", step: "place" };
    unwrap(await engine.store.append(intent));
    ahead = hours * 3_600_000;
    expect(unwrapFailure(await other.store.acquire(lease("1.1.0")))).toMatchObject({ kind: "lease-held" });
    unwrap(await engine.store.append(intent));
    unwrap(await engine.store.renew());
    expect(verify(unwrap(await other.store.journal()))).toMatchObject({ ok: true });
  });
}

test("what a silent engine was executing ends with its lease", async () => {
  await here.daemon();
  const [engine, next] = [await here.connected(), await here.connected()];
  unwrap(await engine.configure(here.configuration));
  const one = release("1.0.0");
  unwrap(await engine.store.acquire(lease("1.0.0")));
  unwrap(await engine.target.place(one, {}));
  unwrap(await engine.store.acquire(short("1.0.0", 400)));
  const executed = engine.target.execute(one.id, "api", ["sleep", "60"], 60_000);
  expect(unwrapFailure(await executed)).toMatchObject({ kind: "lease-lost" });
  unwrap(await next.store.acquire(lease("1.0.1")));
});

test("B3: two engines race for one environment 200 times: never two winners", async () => {
  await here.daemon();
  const engines = [await here.connected(), await here.connected()];
  const tokens: number[] = [];
  for (let round = 0; round < 200; round++) {
    const asked = round % 2 === 0 ? engines : [...engines].reverse();
    const answers = await Promise.all(asked.map((engine) => engine.store.acquire(lease("1.0.0"))));
    const won = answers.flatMap((answer) => (answer.ok ? [answer.value.token] : []));
    const lost = answers.flatMap((answer) => (answer.ok ? [] : [answer.failure.kind]));
    expect([won.length, lost]).toEqual([1, ["lease-held"]]);
    tokens.push(...won);
    const intent = { kind: "intent" as const, rollout: `race-${round}`, step: "shift 100 %" };
    const written =
      round % 10 === 0 ? await Promise.all(asked.map(({ store }) => store.append(intent))) : answers;
    expect(written.map((one) => one.ok)).toEqual(answers.map((one) => one.ok));
    await Promise.all(engines.map(({ store }) => store.release()));
  }
  expect(tokens).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
});
