import { afterEach, describe, expect, test } from "vitest";
import type { Command } from "../../pipeline/config/config.ts";
import { verify } from "../../pipeline/deploy/journal.ts";
import type { Release } from "../../pipeline/deploy/release.ts";
import type { Deployment, Observation } from "../../pipeline/deploy/target.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

/** An environment to be tried: empty at first, of its own for each test. */
export type Rig = {
  /** Two releases of different versions; each component answers 200 on its `ready` path soon after its start. */
  releases: [Release, Release];
  /** A command that ends with exit code 3 where the releases' code is. */
  exitsWith3: Command;
  /** A connection of one more engine. */
  open(): Promise<Deployment>;
  /** Ends a connection as the death of its engine would. */
  lose(deployment: Deployment): Promise<void>;
  /** Lets `count` requests go through the router; all are answered when it settles. */
  load(count: number): Promise<void>;
  /** Time to live (ms) of the leases; by default 30 s. Where nothing but that tells of a dead engine, it is short. */
  ttlMs?: number;
  /** Longest wait (ms) for something to come true; by default 10 s. */
  patienceMs?: number;
  /** Requests of kept connections that may still go where the weights before sent them. */
  late?: number;
  /** Lets time pass between two looks. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
};

const retire = { warmMs: 60_000, drainMs: 1_000 };
const request = {
  actor: "ada",
  version: "1.0.0",
  rollout: "r1",
  tool: "1.0.0",
  ttlMs: 30_000,
  cause: "deploy" as const,
};

/** What the engine relies on, whatever technology is behind target, router and store. */
export function deploymentContract(name: string, make: () => Promise<Rig>): void {
  describe(`${name} keeps the contract of a deployment`, () => {
    const rigs: Rig[] = [];
    const rigged = async (): Promise<{ rig: Rig; engine: Deployment; first: Release; second: Release }> => {
      const rig = await make();
      rigs.push(rig);
      const engine = await rig.open();
      request.ttlMs = rig.ttlMs ?? 30_000;
      return { rig, engine, first: rig.releases[0], second: rig.releases[1] };
    };

    afterEach(async () => {
      for (const rig of rigs.splice(0)) await rig.close();
    });

    test("an environment starts with nothing", async () => {
      const { engine } = await rigged();
      expect(unwrap(await engine.target.observe())).toMatchObject({ weights: {}, live: null, releases: {} });
      expect(unwrap(await engine.store.journal())).toEqual([]);
      expect(unwrap(await engine.store.releases())).toEqual([]);
    });

    test("a release that is placed and started is seen, and answers past the router", async () => {
      const { rig, engine, first } = await rigged();
      unwrap(await engine.store.acquire(request));
      unwrap(await engine.target.place(first, {}));
      expect(unwrap(await engine.target.observe()).releases[first.id]).toMatchObject({ placed: true });
      await running(rig, engine, first);
      const seen = unwrap(await engine.target.observe()).releases[first.id];
      expect(seen?.version).toBe(first.version);
      for (const { name: component } of first.components) {
        expect(seen?.components[component]).toMatchObject({
          state: "running",
          pid: expect.any(Number),
          end: null,
        });
      }
    });

    test("doing again what is done is no error", async () => {
      const { rig, engine, first } = await rigged();
      unwrap(await engine.store.acquire(request));
      await running(rig, engine, first);
      const before = pids(unwrap(await engine.target.observe()), first);
      await running(rig, engine, first);
      expect(pids(unwrap(await engine.target.observe()), first)).toEqual(before);
      for (let i = 0; i < 2; i++) {
        unwrap(await engine.router.shift({ [first.id]: 100 }));
        unwrap(await engine.store.commit(first.id, retire));
      }
      unwrap(await engine.router.shift({}));
      unwrap(await engine.target.stop(first.id, 1_000));
      unwrap(await engine.target.stop(first.id, 1_000));
    });

    test("weights are in force at once, and requests are counted by release", async () => {
      const { rig, engine, first, second } = await rigged();
      unwrap(await engine.store.acquire(request));
      await running(rig, engine, first);
      await running(rig, engine, second);
      unwrap(await engine.router.shift({ [first.id]: 100 }));
      await rig.load(20);
      unwrap(await engine.router.shift({ [first.id]: 50, [second.id]: 50 }));
      expect(unwrap(await engine.target.observe()).weights).toEqual({ [first.id]: 50, [second.id]: 50 });
      const before = unwrap(await engine.router.statistics());
      await rig.load(20);
      const after = unwrap(await engine.router.statistics());
      expect(before[first.id]).toMatchObject({ requests: 20, failed: 0 });
      // A connection that was kept over the change may have one more request by the weights before.
      const { late = 0 } = rig;
      expect(Math.abs((after[first.id]?.requests ?? 0) - 30)).toBeLessThanOrEqual(late);
      expect(Math.abs((after[second.id]?.requests ?? 0) - 10)).toBeLessThanOrEqual(late);
      expect(after[second.id]?.failed).toBe(0);
      const latency = after[first.id]?.latency ?? [];
      expect(latency.reduce((sum, count) => sum + count, 0)).toBe(after[first.id]?.requests);
    });

    test("a release without weight is drained, and a stopped one answers no more", async () => {
      const { rig, engine, first } = await rigged();
      unwrap(await engine.store.acquire(request));
      await running(rig, engine, first);
      unwrap(await engine.router.shift({ [first.id]: 100 }));
      unwrap(await engine.router.shift({}));
      expect(unwrap(await engine.router.drain(first.id, 1_000))).toEqual({ leftOpen: 0 });
      unwrap(await engine.target.stop(first.id, 1_000));
      const states = Object.values(
        unwrap(await engine.target.observe()).releases[first.id]?.components ?? {},
      );
      expect(states.filter((one) => one.state === "running")).toEqual([]);
      const component = first.components[0]?.name ?? "";
      const answer = await engine.target.probe(first.id, component, {
        method: "GET",
        path: "/",
        timeoutMs: 500,
      });
      expect(answer.kind).toBe("none");
    });

    test("a command runs with the release's code, and its exit code is told", async () => {
      const { rig, engine, first } = await rigged();
      unwrap(await engine.store.acquire(request));
      unwrap(await engine.target.place(first, {}));
      const component = first.components[0]?.name ?? "";
      const executed = unwrap(await engine.target.execute(first.id, component, rig.exitsWith3, 10_000));
      expect(executed).toMatchObject({ end: { exitCode: 3 }, timedOut: false });
    });

    test("the lease has one holder, who is named to others, and its token rises", async () => {
      const { rig, engine } = await rigged();
      const held = unwrap(await engine.store.acquire(request));
      const other = await rig.open();
      expect(unwrapFailure(await other.store.acquire({ ...request, actor: "bob" }))).toMatchObject({
        kind: "lease-held",
        actor: "ada",
        version: "1.0.0",
        token: held.token,
      });
      await engine.store.release();
      const next = unwrap(await other.store.acquire({ ...request, actor: "bob" }));
      expect(next.token).toBeGreaterThan(held.token);
      expect(next.previous).toBeNull();
    });

    test("B4: who does not hold the lease changes nothing", async () => {
      const { rig, engine, first } = await rigged();
      unwrap(await engine.store.acquire(request));
      await running(rig, engine, first);
      unwrap(await engine.router.shift({ [first.id]: 100 }));
      const other = await rig.open();
      const refused = [
        await other.router.shift({}),
        await other.target.stop(first.id, 100),
        await other.store.commit(first.id, retire),
        await other.store.append({ kind: "operated", action: "stop", component: null, actor: "bob" }),
      ];
      expect(refused.map((result) => (result.ok ? "done" : result.failure.kind))).toEqual(
        Array(4).fill("lease-lost"),
      );
      expect(unwrap(await other.target.observe())).toMatchObject({
        weights: { [first.id]: 100 },
        live: null,
      });
    });

    test("B2, B4: without a sign of life the lease is lost after its time to live; with one it is kept", async () => {
      const { rig, engine } = await rigged();
      const other = await rig.open();
      const intent = { kind: "intent" as const, rollout: "r1", step: "place" };
      const { token } = unwrap(await engine.store.acquire({ ...request, ttlMs: 1_500 }));
      for (let beat = 0; beat < 10; beat++) {
        await rig.wait(250);
        unwrap(await engine.store.renew());
      }
      unwrap(await engine.store.append(intent));
      await eventually(rig, async () => !(await engine.store.append(intent)).ok);
      expect(unwrapFailure(await engine.store.renew())).toMatchObject({ kind: "lease-lost", token });
      const next = unwrap(await other.store.acquire({ ...request, actor: "bob" }));
      expect(next).toMatchObject({ previous: { actor: "ada", version: "1.0.0" } });
      expect(unwrapFailure(await engine.store.append(intent))).toMatchObject({
        kind: "lease-lost",
        token,
        current: next.token,
      });
    });

    test("an observation says which question it answers", async () => {
      const { engine } = await rigged();
      expect(unwrap(await engine.target.observe(7))).toMatchObject({ question: 7 });
      expect(unwrap(await engine.target.drift())).toEqual([]);
      expect(unwrap(await engine.store.fetchable())).toEqual([]);
    });

    test("an engine that ends without a word leaves the live release with all traffic, and its name behind", async () => {
      const { rig, engine, first, second } = await rigged();
      unwrap(await engine.store.acquire(request));
      await running(rig, engine, first);
      await running(rig, engine, second);
      unwrap(await engine.router.shift({ [first.id]: 100 }));
      unwrap(await engine.store.commit(first.id, retire));
      unwrap(await engine.router.shift({ [first.id]: 90, [second.id]: 10 }));
      await rig.lose(engine);
      const next = await rig.open();
      await eventually(rig, async () => unwrap(await next.target.observe()).weights[first.id] === 100);
      const lease = unwrap(await next.store.acquire({ ...request, rollout: "r2" }));
      expect(lease.previous).toMatchObject({ rollout: "r1", version: "1.0.0", actor: "ada" });
    });

    test("B30: a newer version makes the older one give way and gets the lease after it; an older one is refused", async () => {
      const { rig, engine } = await rigged();
      const lease = unwrap(await engine.store.acquire({ ...request, version: "1.1.0" }));
      const other = await rig.open();
      const older = await other.store.acquire({ ...request, version: "1.0.5", supersede: "newer" });
      expect(unwrapFailure(older)).toMatchObject({ kind: "lease-held", version: "1.1.0" });
      expect(lease.asked?.aborted).toBe(false);
      const newer = other.store.acquire({ ...request, version: "1.2.0", actor: "bob", supersede: "newer" });
      await eventually(rig, async () => lease.asked?.aborted === true);
      expect(lease.asked?.reason).toBe("bob with 1.2.0");
      await engine.store.release();
      expect(unwrap(await newer).token).toBeGreaterThan(lease.token);
    });

    test("a person's word reaches the engine at work, and none where nobody is", async () => {
      const { rig, engine } = await rigged();
      const person = await rig.open();
      expect(unwrap(await person.store.promote({ by: "eve", full: false }))).toBe(false);
      const lease = unwrap(await engine.store.acquire(request));
      const heard: unknown[] = [];
      lease.onPromote?.((promotion) => heard.push(promotion));
      expect(unwrap(await person.store.promote({ by: "eve", full: false }))).toBe(true);
      expect(unwrap(await person.store.promote({ by: "adam", full: true }))).toBe(true);
      await eventually(rig, async () => heard.length === 2);
      expect(heard).toEqual([
        { by: "eve", full: false },
        { by: "adam", full: true },
      ]);
    });

    test("B46: the journal is chained, and whoever comes later reads the same", async () => {
      const { rig, engine } = await rigged();
      unwrap(await engine.store.acquire(request));
      const facts = ["start", "stop", "restart"] as const;
      for (const action of facts) {
        unwrap(await engine.store.append({ kind: "operated", action, component: null, actor: "ada" }));
      }
      const read = unwrap(await (await rig.open()).store.journal());
      expect(read.map(({ sequence, fact }) => [sequence, "action" in fact ? fact.action : ""])).toEqual(
        facts.map((action, i) => [i + 1, action]),
      );
      expect(verify(read).ok).toBe(true);
    });

    test("placed releases are kept as they were, until they are pruned", async () => {
      const { engine, first, second } = await rigged();
      unwrap(await engine.store.acquire(request));
      unwrap(await engine.target.place(first, {}));
      unwrap(await engine.target.place(second, {}));
      expect(unwrap(await engine.store.releases())).toEqual([first, second]);
      unwrap(await engine.store.prune([second.id]));
      expect(unwrap(await engine.store.releases())).toEqual([second]);
    });
  });
}

/** Placed, started, and answering 200. */
async function running(rig: Rig, engine: Deployment, release: Release): Promise<void> {
  unwrap(await engine.target.place(release, {}));
  for (const component of release.components) {
    unwrap(await engine.target.start(release.id, component.name));
    const probe = { method: "GET" as const, path: component.health.ready ?? "/", timeoutMs: 1_000 };
    await eventually(rig, async () => {
      const answer = await engine.target.probe(release.id, component.name, probe);
      return answer.kind === "answer" && answer.status === 200;
    });
  }
}

async function eventually(rig: Rig, holds: () => Promise<boolean>): Promise<void> {
  const patienceMs = rig.patienceMs ?? 10_000;
  for (let tries = 0; tries < patienceMs / 50; tries++) {
    if (await holds()) return;
    await rig.wait(50);
  }
  throw new Error(`did not come true within ${patienceMs / 1_000} s`);
}

const pids = (seen: Observation, release: Release): (number | null)[] =>
  Object.values(seen.releases[release.id]?.components ?? {}).map((component) => component.pid);
