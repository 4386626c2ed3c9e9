import { mkdtemp, readdir } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createServers } from "../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../pipeline/io/clock.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import type { Processes } from "../../pipeline/io/process.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import type { ServerFacts, ServerSpec } from "../../pipeline/io/server.ts";
import { installed } from "./support/packages.ts";

beforeAll(() => installed("redis-server", ["/usr/bin/redis-server"]));

let root = "";
let processes: Processes;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-redis-"));
  processes = createProcesses();
});
afterEach(async () => {
  await processes.close();
  await removeTree(root);
});

const spec: ServerSpec = {
  name: "redis",
  kind: "redis",
  version: ">=6",
  database: "0",
  user: "default",
  init: [],
  extensions: [],
};

const servers = () => createServers({ processes, clock: systemClock, path: process.env.PATH ?? "" });

async function started(persistent: boolean, wanted = spec) {
  const result = await servers().start(wanted, { directory: join(root, "redis"), persistent });
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

/** Sends commands, one a line, and gives the answers to all but the AUTH. */
function ask(facts: ServerFacts, password: string, ...commands: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: facts.host, port: Number(facts.port) });
    let text = "";
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("close", () => resolve(text.trim().split("\r\n").slice(1)));
    socket.write([`AUTH ${facts.user} ${password}`, ...commands, "QUIT", ""].join("\r\n"));
  });
}

test("a throw-away Redis answers on loopback, to the password only, and its data go with it", async () => {
  const server = await started(false);
  expect(await ask(server.facts, server.facts.password, "SET a 1", "GET a")).toEqual([
    "+OK",
    "$1",
    "1",
    "+OK",
  ]);
  expect((await ask(server.facts, "wrong", "GET a"))[0]).toMatch(/^-NOAUTH/);
  await server.stop();
  expect(await readdir(root)).toEqual([]);
});

test("a persistent Redis keeps data, password and port", async () => {
  const first = await started(true);
  await ask(first.facts, first.facts.password, "SET a kept");
  await first.stop();
  const again = await started(true);
  expect(again.facts).toEqual(first.facts);
  expect(await ask(again.facts, again.facts.password, "GET a")).toEqual(["$4", "kept", "+OK"]);
  await again.stop();
});

test("a user of its own is made", async () => {
  const server = await started(false, { ...spec, user: "quotes" });
  expect(server.facts.url).toMatch(/^redis:\/\/quotes:/);
  expect(await ask(server.facts, server.facts.password, "ACL WHOAMI")).toEqual(["$6", "quotes", "+OK"]);
  await server.stop();
});

test("a server that dies tells its last lines", async () => {
  const server = await started(false);
  await ask(server.facts, server.facts.password, "SHUTDOWN NOSAVE");
  expect((await server.died).join("\n")).toContain("Ready to accept connections");
});

test("a range that the host's Redis does not fit is told", async () => {
  expect(await servers().find({ ...spec, version: ">=99" })).toMatchObject({
    ok: false,
    failure: { kind: "tool-too-old", tool: "redis-server" },
  });
});
