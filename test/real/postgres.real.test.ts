import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createServers } from "../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../pipeline/io/clock.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import type { ServerOptions } from "../../pipeline/io/server.ts";
import { eventually } from "../support/left.ts";
import { unwrap } from "../support/unwrap.ts";
import { installed } from "./support/packages.ts";
import { spec } from "./support/postgres-spec.ts";

const processes = createProcesses();
let root = "";
let init = "";

beforeAll(async () => {
  await installed("postgresql-client", ["/usr/bin/psql"]);
}, 300_000);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-postgres-"));
  init = join(root, "init.sql");
  return () => removeTree(root);
});
afterAll(() => processes.close());

const start = (options: Partial<ServerOptions> = {}) =>
  createServers({ processes, clock: systemClock, path: "/usr/bin:/bin" }).start(spec(init), {
    ...{ directory: join(root, "server"), persistent: false },
    ...options,
  });

async function asked(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const databases = `-- as compose files mount them
create table symbols (name text primary key, note text);
copy symbols from stdin with (format csv);
NIFTY,"index; of fifty"
BANKNIFTY,banks
\\.
create database users owner trader;
\\connect users
create table people (name text default current_user);
insert into people default values;
`;

test("an init file that makes databases, copies lines and changes connections runs as in the official image", async () => {
  await writeFile(init, databases);
  const server = unwrap(await start());
  expect(await asked(server.facts.url, "select name, note from symbols order by name desc")).toEqual([
    { name: "NIFTY", note: "index; of fifty" },
    { name: "BANKNIFTY", note: "banks" },
  ]);
  const users = server.facts.url.replace(/trades$/, "users");
  expect(await asked(users, "select name from people")).toEqual([{ name: "trader" }]);
  expect(await asked(server.facts.url, "select digest('a', 'md5') is not null as there")).toEqual([
    { there: true },
  ]);
  await server.stop();
}, 60_000);

test("what psql refuses is told with its file and line, and a kept server begins anew with the corrected file", async () => {
  await writeFile(init, `${databases}insert into people (nick) values ('x');\n`);
  const broken = await start({ persistent: true });
  expect(JSON.stringify(broken)).toMatch(
    /init\.sql:11: ERROR: +column \\"nick\\" of relation \\"people\\" does not exist/,
  );
  await writeFile(init, databases);
  const corrected = unwrap(await start({ persistent: true }));
  await corrected.stop();
  const kept = unwrap(await start({ persistent: true }));
  expect(await asked(kept.facts.url, "select count(*)::int as rows from symbols")).toEqual([{ rows: 2 }]);
  await kept.stop();
}, 60_000);

test("a kept server whose program was killed in the midst of its init file says so, and is not taken for whole", async () => {
  await writeFile(init, `${databases}select pg_sleep(600);\n`);
  const driver = fileURLToPath(new URL("support/postgres-driver.ts", import.meta.url));
  const words = ["--import", "tsx", driver, join(root, "server"), init];
  const program = spawn(process.execPath, words, { stdio: "inherit" });
  const gone = new Promise((resolve) => program.once("exit", resolve));
  expect(await eventually(() => psqlWith(init), 30_000)).toBe(true);
  program.kill("SIGKILL");
  await gone;
  const again = await start({ persistent: true });
  expect(JSON.stringify(again)).toMatch(/ended in the midst of it; remove \S+\/data to begin anew/);
}, 60_000);

/** Whether a psql runs this file. */
const psqlWith = (file: string): boolean =>
  readdirSync("/proc").some((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return /(^|\/)psql$/.test(words[0] ?? "") && words.includes(file);
    } catch {
      return false;
    }
  });
