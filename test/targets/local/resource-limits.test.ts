import { afterEach, beforeEach, expect, test } from "vitest";
import type { Environment, ResourceLimits } from "../../../pipeline/config/config.ts";
import { rollback, deploy as rollOut } from "../../../pipeline/deploy/engine.ts";
import type { Release } from "../../../pipeline/deploy/release.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import type { LocalDeployment } from "../../../pipeline/targets/local/client.ts";
import { supportsLimits } from "../../../pipeline/targets/local/resource-limits.ts";
import { until } from "../../routers/support/backends.ts";
import { sampleEnvironment } from "../../support/sample-release.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { imageRig } from "../support/images.ts";
import { realParts } from "../support/parts.ts";
import { body, deploy, lease, release, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world("production");
});
afterEach(() => here.close());

const mebibyte = 2 ** 20;

async function configured() {
  await here.daemon();
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  return { deployment, url };
}

const limited = (version: string, limits: Partial<ResourceLimits>, more: object = {}): Release =>
  release(version, [{ limits: { memoryBytes: null, openFiles: null, ...limits }, ...more }]);

/** Hard and soft limit of open files, as the process itself sees them. */
async function openFiles(url: string): Promise<string[]> {
  const line = (await body(url, "/limits")).split("\n").find((one) => one.startsWith("Max open files"));
  return line?.split(/\s{2,}/).slice(1, 3) ?? [];
}

const api = async (deployment: LocalDeployment, id: string) =>
  unwrap(await deployment.target.observe()).releases[id]?.components.api;

test("a process runs with the open files that its release allows, soft and hard, whatever the daemon has", async () => {
  const { deployment, url } = await configured();
  const one = limited("1.0.0", { openFiles: 321 });
  await deploy(deployment, one);
  expect(await openFiles(url)).toEqual(["321", "321"]);
  expect((await api(deployment, one.id))?.limits).toEqual({ memoryBytes: null, openFiles: 321 });
  const free = release("1.1.0");
  await deploy(deployment, free);
  expect(await openFiles(url)).not.toContain("321");
});

test("a process that holds more memory than it may is ended with the reason, and started again as one that died", async () => {
  const { deployment, url } = await configured();
  const one = limited("1.0.0", { memoryBytes: 160 * mebibyte });
  await deploy(deployment, one);
  const before = await api(deployment, one.id);
  await body(url, "/hold/10");
  expect((await api(deployment, one.id))?.pid).toBe(before?.pid);
  await body(url, "/hold/200").catch(() => {});
  await until(async () => (await api(deployment, one.id))?.restarts === 1);
  await until(async () => (await body(url).catch(() => "")) === "1.0.0");
  const after = await api(deployment, one.id);
  expect(after?.pid).not.toBe(before?.pid);
  expect(after?.overrun).toMatchObject({ allowedBytes: 160 * mebibyte });
  expect(after?.overrun?.usedBytes).toBeGreaterThan(160 * mebibyte);
  expect(after?.log.join("\n")).toMatch(/ended: it held [\d.]+Mi of memory, 160Mi are allowed/);
  const told = unwrap(await deployment.store.journal()).map(({ fact }) => fact);
  expect(told.filter(({ kind }) => kind === "over-limit")).toEqual([
    {
      kind: "over-limit",
      version: "1.0.0",
      release: one.id,
      component: "api",
      limit: "memory",
      used: after?.overrun?.usedBytes,
      allowed: 160 * mebibyte,
    },
  ]);
});

test("what a component started counts with it, also in a session of its own", async () => {
  const { deployment } = await configured();
  const eater = `'${process.execPath}' -e 'const held = Buffer.alloc(200 * 2 ** 20, 1); setInterval(() => held, 1000)'`;
  const command = `setsid ${eater} & exec '${process.execPath}' service.mjs`;
  const one = limited("1.0.0", { memoryBytes: 180 * mebibyte }, { command });
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  unwrap(await deployment.target.place(one, {}));
  unwrap(await deployment.target.start(one.id, "api"));
  await until(async () => (await api(deployment, one.id))?.state === "exited", 15_000);
  expect((await api(deployment, one.id))?.end?.reason).toMatch(/^it held .* 180Mi are allowed$/);
});

test("a limit that this machine would not hold is refused before anything is placed", async () => {
  const { deployment } = await configured();
  const one = limited("1.0.0", { openFiles: 2 ** 30 });
  const refused = {
    kind: "limit-not-held",
    environment: "staging",
    version: "1.0.0",
    limits: [{ component: "api", limit: "open-files", wanted: "1073741824", reason: expect.any(String) }],
  };
  expect(unwrapFailure(await deployment.target.supports(one))).toEqual(refused);
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  expect(unwrapFailure(await deployment.target.place(one, {}))).toEqual(refused);
  expect(unwrap(await deployment.store.releases())).toEqual([]);
});

test("memory is refused on a system that does not show what a process holds", async () => {
  const { processes } = realParts();
  const trial = { processes, path: process.env.PATH ?? "", proc: "/nowhere" };
  const one = limited("1.0.0", { memoryBytes: 1.5 * 2 ** 30, openFiles: 64 });
  expect(unwrapFailure(await supportsLimits(one, trial))).toMatchObject({
    limits: [
      { component: "api", limit: "memory", wanted: "1.5Gi", reason: expect.stringMatching(/no \/proc/) },
    ],
  });
  await processes.close();
});

/** Everything of an engine but its task. */
const engine = (deployment: LocalDeployment, environment: Environment) => ({
  deployment,
  environment,
  secrets: {},
  approvals: [],
  actor: "ada",
  tool: "1.0.0",
  clock: systemClock,
  signal: new AbortController().signal,
  fact: () => {},
});

test("B11: image, environment and limits are those of the older release again after a rollback", async () => {
  const images = await imageRig(here.state, ["old", "new"]);
  await here.daemon({ unpack: images.unpack });
  const deployment = await here.connected();
  const layouts = { api: images.layout };
  const { url } = unwrap(await deployment.configure({ ...here.configuration, layouts }));
  // Nothing stays warm: what comes back is started from what was kept.
  const environment = sampleEnvironment({ strategy: { kind: "blue-green" }, watchMs: 0, warmMs: 0 });
  const made = (version: string, image: "old" | "new", limits: ResourceLimits) =>
    limited(version, limits, {
      digest: images.digests[image],
      environment: { PORT: "${port}", VERSION: "${version}", COLOR: image === "old" ? "red" : "blue" },
    });
  const older = made("1.0.0", "old", { memoryBytes: 160 * mebibyte, openFiles: 300 });
  const newer = made("1.1.0", "new", { memoryBytes: 600 * mebibyte, openFiles: 400 });
  const seen = async () => ({
    image: await body(url, "/image"),
    color: JSON.parse(await body(url, "/env")).COLOR,
    openFiles: await openFiles(url),
  });
  unwrap(await rollOut({ ...engine(deployment, environment), release: older }));
  expect(await seen()).toEqual({ image: "old", color: "red", openFiles: ["300", "300"] });
  unwrap(await rollOut({ ...engine(deployment, environment), release: newer }));
  expect(await seen()).toEqual({ image: "new", color: "blue", openFiles: ["400", "400"] });
  await body(url, "/hold/250");
  await until(async () => (await api(deployment, older.id))?.state === "stopped");

  unwrap(await rollback({ ...engine(deployment, environment), to: null }));
  expect(await seen()).toEqual({ image: "old", color: "red", openFiles: ["300", "300"] });
  await body(url, "/hold/250").catch(() => {});
  await until(async () => (await api(deployment, older.id))?.overrun !== undefined);
  expect((await api(deployment, older.id))?.overrun?.allowedBytes).toBe(160 * mebibyte);
  const began = unwrap(await deployment.store.journal()).flatMap(({ fact }) =>
    fact.kind === "rollout-began" ? [fact.resources] : [],
  );
  const [first, second] = [
    { "api memory": "160Mi", "api open-files": "300" },
    { "api memory": "600Mi", "api open-files": "400" },
  ];
  expect(began).toEqual([first, second, first]);
});
