import { expect, test } from "vitest";
import type { RunningServer, ServerSpec, Servers } from "../../../pipeline/io/server.ts";
import { fail, ok } from "../../../pipeline/result.ts";
import { Accessories } from "../../../pipeline/targets/local/accessories.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { postgres } from "../support/world.ts";

/** Servers that die when told, each at another port. */
function world(clock = new ManualClock()) {
  const started: { spec: ServerSpec; die(): void; stopped: boolean }[] = [];
  const refuse = { next: 0 };
  const moved: string[] = [];
  const learned: string[] = [];
  const servers: Servers = {
    start: async (spec) => {
      if (refuse.next-- > 0) {
        return fail({ kind: "service-failed", service: spec.name, reason: "no disk", log: [], remedy: "" });
      }
      let die: (log: string[]) => void = () => {};
      const died = new Promise<string[]>((resolve) => {
        die = resolve;
      });
      const one = { spec, die: () => die(["out of memory"]), stopped: false };
      started.push(one);
      const port = String(5000 + started.length);
      const server: RunningServer = {
        facts: { url: `postgres://${port}`, host: "h", port, user: "u", password: `p${port}`, database: "d" },
        died,
        ask: async () => true,
        stop: async () => {
          one.stopped = true;
        },
      };
      return ok(server);
    },
  };
  const accessories = new Accessories({
    servers,
    clock,
    directory: (name) => `/accessories/${name}`,
    learned: ({ password }) => learned.push(password),
    moved: (name) => moved.push(name),
  });
  return { accessories, clock, started, refuse, moved, learned };
}

test("an accessory is started once, however many ask for it", async () => {
  const { accessories, started, learned } = world();
  const asked = await Promise.all([accessories.ensure([postgres]), accessories.ensure([postgres])]);
  for (const facts of asked) expect(unwrap(facts).db).toMatchObject({ port: "5001" });
  expect([started.length, learned]).toEqual([1, ["p5001"]]);
});

test("one that dies is started again, and who uses it is told where it is now", async () => {
  const { accessories, clock, started, moved, refuse } = world();
  unwrap(await accessories.ensure([postgres]));
  refuse.next = 1;
  started[0]?.die();
  await clock.advance(999);
  expect(await accessories.status()).toMatchObject([{ state: "stopped", log: ["out of memory"] }]);
  await clock.advance(2001);
  expect(await accessories.status()).toMatchObject([{ name: "db", state: "running", restarts: 1 }]);
  expect(moved).toEqual(["db"]);
});

test("one whose specification changed is started anew; a failure is handed on; after the end nothing starts", async () => {
  const { accessories, started, refuse } = world();
  unwrap(await accessories.ensure([postgres]));
  unwrap(await accessories.ensure([{ ...postgres, database: "other" }]));
  expect(started.map(({ spec, stopped }) => [spec.database, stopped])).toEqual([
    ["quotes", true],
    ["other", false],
  ]);
  refuse.next = 1;
  expect(unwrapFailure(await accessories.ensure([{ ...postgres, name: "second" }]))).toMatchObject({
    kind: "service-failed",
  });
  await accessories.stop();
  expect(started[1]?.stopped).toBe(true);
  expect(unwrapFailure(await accessories.ensure([postgres]))).toMatchObject({ kind: "target-failed" });
});
