import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verify } from "../../../pipeline/deploy/journal.ts";
import { connectLocal } from "../../../pipeline/targets/local/client.ts";
import { startDaemon } from "../../../pipeline/targets/local/daemon.ts";
import { readLocal } from "../../../pipeline/targets/local/read.ts";
import { until } from "../../routers/support/backends.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { realParts } from "../support/parts.ts";
import { alive, body, deploy, lease, postgres, release, up, variables, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.close());

test("a new daemon serves the live release again, on the same port, with its accessories", async () => {
  const first = await here.daemon();
  const before = await here.connected();
  const { url } = unwrap(await before.configure({ ...here.configuration, accessories: [postgres] }));
  await deploy(
    before,
    release("1.0.0", [{ environment: { PORT: "${port}", VERSION: "${accessories.db.user}" } }]),
  );
  await first.stop();
  await expect(fetch(url)).rejects.toThrow();
  await here.daemon();
  const after = await here.connected();
  await until(async () => (await body(url).catch(() => "")) === "quotes");
  const { accessories, notes } = unwrap(await after.inspect.status());
  expect([accessories.map(({ name, state }) => [name, state]), notes]).toEqual([[["db", "running"]], []]);
});

test("B7: a truncated state is replaced by its last valid copy, and said; a cut journal line is dropped, and said", async () => {
  const first = await here.daemon();
  const before = await here.connected();
  const { url } = unwrap(await before.configure(here.configuration));
  const one = release("1.0.0");
  await deploy(before, one);
  unwrap(await before.inspect.restart("api", "ada"));
  unwrap(await before.inspect.restart("api", "bob"));
  await first.stop();
  const state = join(here.root, "state.json");
  await writeFile(state, (await readFile(state, "utf8")).slice(0, 40));
  await appendFile(join(here.root, "journal.ndjson"), '{"format":1,"sequ');
  const record = unwrap(await readLocal(here.state, "staging"));
  expect(record).toMatchObject({ live: one.id, url, notes: [expect.any(String), expect.any(String)] });
  await here.daemon();
  const after = await here.connected();
  await until(async () => (await body(url).catch(() => "")) === "1.0.0");
  const { observation, notes } = unwrap(await after.inspect.status());
  expect(observation.live).toBe(one.id);
  expect(notes).toEqual([
    `${state}: it is not valid JSON; the last valid copy was used`,
    `${join(here.root, "journal.ndjson")}: an unfinished last line (17 bytes) was dropped`,
  ]);
  unwrap(await after.inspect.restart("api", "ada"));
  const journal = unwrap(await after.store.journal());
  expect(journal).toHaveLength(3);
  expect(verify(journal)).toMatchObject({ ok: true });
});

test("B7: where the state and its copy are both damaged, the daemon refuses and changes nothing", async () => {
  const first = await here.daemon();
  unwrap(await (await here.connected()).configure(here.configuration));
  await first.stop();
  for (const name of ["state.json", "state.json.previous"]) await writeFile(join(here.root, name), "{");
  const options = { ...realParts(), ...here.address, variables: variables() };
  expect(unwrapFailure(await startDaemon(options))).toMatchObject({ kind: "file-corrupt" });
  expect(await readFile(join(here.root, "state.json"), "utf8")).toBe("{");
});

test("a port in use is said before anything is deployed", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  await here.daemon();
  const deployment = await here.connected();
  const refused = unwrapFailure(await deployment.configure({ ...here.configuration, port }));
  expect(refused).toEqual({ kind: "port-in-use", port, environment: "staging" });
  taken.close();
});

test("two daemons racing: one wins, the other says who; a third program connects to the winner", async () => {
  const options = () => ({ ...realParts(), ...here.address, variables: variables() });
  const started = await Promise.all([1, 2, 3, 4].map(() => startDaemon(options())));
  const winners = started.flatMap((one) => (one.ok ? [one.value] : []));
  const losers = started.flatMap((one) => (one.ok ? [] : [one.failure]));
  expect(winners).toHaveLength(1);
  expect(losers.map(({ kind }) => kind)).toEqual(["state-held", "state-held", "state-held"]);
  expect((await here.connected()).daemon.pid).toBe(process.pid);
  await winners[0]?.stop();
  expect(unwrapFailure(await connectLocal(here.address))).toMatchObject({ kind: "target-unreachable" });
});

/** Processes that have this state directory among their arguments. */
async function daemonsOf(state: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const argv = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return argv.split("\0").includes(state) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

test("programs that race to start a daemon all end up connected to the same one", async () => {
  const made = await Promise.all([here.launched(), here.launched(), here.launched()]);
  expect(new Set(made.map(({ daemon }) => daemon.pid)).size).toBe(1);
  if (process.platform === "linux") expect(await daemonsOf(here.state)).toEqual([made[0]?.daemon.pid]);
});

test("a daemon killed in mid-rollout leaves no process; the next one serves live again and tells of the rollout", async () => {
  const first = await here.launched();
  const { url } = unwrap(await first.configure(here.configuration));
  const [one, two] = [release("1.0.0"), release("1.1.0")];
  await deploy(first, one);
  unwrap(await first.store.acquire(lease("1.1.0")));
  unwrap(
    await first.store.append({
      kind: "rollout-began",
      rollout: "rollout-1.1.0",
      cause: "deploy",
      version: "1.1.0",
      release: two.id,
      digests: [],
      stable: one.id,
      strategy: "canary",
      actor: "ada",
      tool: "0.1.0",
      approvals: [],
      configDigest: "0",
      limits: {},
    }),
  );
  await up(first, two);
  unwrap(await first.router.shift({ [one.id]: 50, [two.id]: 50 }));
  const { releases } = unwrap(await first.target.observe());
  const pids = Object.values(releases).map(({ components }) => components.api?.pid ?? 0);
  expect(pids).toHaveLength(2);
  process.kill(first.daemon.pid, "SIGKILL");
  for (const pid of pids) await until(async () => !(await alive(pid)));
  const second = await here.launched();
  await until(async () => (await body(url).catch(() => "")) === "1.0.0", 15_000);
  expect(unwrap(await second.target.observe())).toMatchObject({ live: one.id, weights: { [one.id]: 100 } });
  const lost = async () =>
    unwrap(await second.store.journal()).filter(({ fact }) => fact.kind === "engine-lost").length;
  expect(await lost()).toBe(1);
  expect(unwrap(await second.store.acquire(lease("1.2.0"))).previous).toMatchObject({ version: "1.1.0" });
  await second.inspect.shutdown();
  const third = await here.launched();
  expect(unwrap(await third.store.journal()).filter(({ fact }) => fact.kind === "engine-lost")).toHaveLength(
    1,
  );
});

test("a tied daemon ends with its parent, however that ends, and takes its processes along", async () => {
  const parent = spawn(
    process.execPath,
    [
      "--import",
      import.meta.resolve("tsx"),
      fileURLToPath(new URL("../support/parent.ts", import.meta.url)),
      here.state,
      "staging",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once("data", (line) => resolve(Number(line))),
  );
  const deployment = await here.connected();
  unwrap(await deployment.configure(here.configuration));
  const one = release("1.0.0");
  await deploy(deployment, one);
  const component = unwrap(await deployment.target.observe()).releases[one.id]?.components.api?.pid ?? 0;
  expect(await alive(component)).toBe(true);
  parent.kill("SIGKILL");
  await until(async () => !(await alive(pid)));
  expect(await alive(component)).toBe(false);
});

test("SIGTERM and a request to shut down end the daemon with all that it ran", async () => {
  for (const end of ["SIGTERM", "shutdown"] as const) {
    const deployment = await here.launched();
    unwrap(await deployment.configure(here.configuration));
    const one = release("1.0.0");
    await deploy(deployment, one);
    const component = unwrap(await deployment.target.observe()).releases[one.id]?.components.api?.pid ?? 0;
    if (end === "SIGTERM") process.kill(deployment.daemon.pid, "SIGTERM");
    else unwrap(await deployment.inspect.shutdown());
    await until(async () => !(await alive(deployment.daemon.pid)));
    expect(await alive(component)).toBe(false);
  }
});

test("a state directory whose path is too long for a socket works all the same", async () => {
  const deep = await world(
    "staging-of-a-team-with-a-name-that-goes-on-and-on-and-on-until-no-socket-fits-below-it",
  );
  await deep.daemon();
  expect(unwrap(await (await deep.connected()).target.observe())).toMatchObject({ live: null, weights: {} });
  await deep.close();
});

test("what is no daemon's language ends the connection, and the daemon goes on", async () => {
  await here.daemon();
  const { connect } = await import("node:net");
  const { findDaemon } = await import("../../../pipeline/targets/local/instance.ts");
  const found = await findDaemon(join(here.root, "daemon"));
  const socket = connect(found?.socket ?? "");
  socket.write("GET / HTTP/1.1\n");
  await new Promise((resolve) => socket.once("close", resolve));
  expect(unwrap(await (await here.connected()).target.observe()).live).toBeNull();
});
