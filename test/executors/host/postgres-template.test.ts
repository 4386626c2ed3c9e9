import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "../../../pipeline/io/files.ts";
import type { Processes } from "../../../pipeline/io/process.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import type { RunningServer } from "../../../pipeline/io/server.ts";
import { postgresSpec, query, serversIn } from "./support/postgres.ts";

let root = "";
let processes: Processes;
/** Programs that were started, by their last name, in order. */
let programs: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-template-"));
  await chmod(root, 0o755);
  const real = createProcesses();
  const noted = <T>(spec: { argv: string[] }, then: T): T => {
    programs.push(spec.argv[0]?.split("/").pop() ?? "");
    return then;
  };
  programs = [];
  processes = {
    ...real,
    run: (spec, limits) => noted(spec, real.run(spec, limits)),
    start: (spec) => noted(spec, real.start(spec)),
    close: () => real.close(),
  };
});
afterEach(async () => {
  await processes.close();
  await removeTree(root);
});

const library = (): string => join(root, "library");

let count = 0;
/** A throw-away server, and whether initdb ran for it. */
async function started(user = "quotes"): Promise<RunningServer & { initialised: boolean }> {
  programs = [];
  const directory = join(root, `data-${count++}`);
  const server = await serversIn(root, processes).start(
    { ...postgresSpec, user },
    { directory, persistent: false },
  );
  if (!server.ok) throw new Error(JSON.stringify(server.failure));
  return { ...server.value, initialised: programs.includes("initdb") };
}

/** Starts one and throws it away; whether initdb ran for it. */
async function thrownAway(user?: string): Promise<boolean> {
  const server = await started(user);
  expect(await query(server.facts, "select current_user as who")).toEqual([{ who: user ?? "quotes" }]);
  await server.stop();
  return server.initialised;
}

async function templates(): Promise<string[]> {
  const names = (await readdir(library())).filter((name) => name.startsWith("cluster-"));
  const found = await Promise.all(
    names.map(async (name) => ({ name, in: await readdir(join(library(), name)) })),
  );
  return found.filter((one) => one.in.length > 0).map(({ name }) => join(library(), name));
}

/** The one template that two starts leave. */
async function theTemplate(): Promise<string> {
  await thrownAway();
  await thrownAway();
  const [template, ...others] = await templates();
  expect(others).toEqual([]);
  if (template === undefined) throw new Error("there is no template");
  return template;
}

test("the second start keeps what initdb made, and later ones copy it; each has a password and data of its own", async () => {
  expect(await thrownAway()).toBe(true);
  expect(await templates()).toEqual([]);
  expect(await thrownAway()).toBe(true);
  const [template = ""] = await templates();
  expect((await readdir(template)).sort()).toEqual(["data", "password"]);

  const one = await started();
  const other = await started();
  expect([one.initialised, other.initialised]).toEqual([false, false]);
  await query(one.facts, "create table own as select 1 as id");
  expect(
    await query(other.facts, "select count(*)::int as tables from pg_tables where tablename = 'own'"),
  ).toEqual([{ tables: 0 }]);
  expect(one.facts.password).not.toBe(other.facts.password);
  const kept = await readFile(join(template, "password"), "utf8");
  const url = one.facts.url.replace(one.facts.password, kept);
  await expect(query({ ...one.facts, url }, "select 1")).rejects.toThrow(/password/);
  await Promise.all([one.stop(), other.stop()]);
  expect((await readdir(root)).filter((name) => name.startsWith("data-"))).toEqual([]);
}, 60_000);

test("starts at the same time each have their server, and leave one whole template", async () => {
  await thrownAway();
  const all = await Promise.all([started(), started(), started()]);
  for (const server of all) expect(await query(server.facts, "select 1 as one")).toEqual([{ one: 1 }]);
  await Promise.all(all.map((server) => server.stop()));
  expect(await templates()).toHaveLength(1);
  expect((await readdir(library())).filter((name) => name.startsWith("cluster-"))).toHaveLength(1);
  expect(await thrownAway()).toBe(false);
}, 60_000);

test.each([
  ["whose data are gone", (template: string) => removeTree(join(template, "data"))],
  [
    "of which no server starts",
    (template: string) => truncate(join(template, "data", "global", "pg_control"), 0),
  ],
])(
  "a template %s gives way to initdb, and the next one is whole again",
  async (_what, damage) => {
    await damage(await theTemplate());
    expect(await thrownAway()).toBe(true);
    expect(await thrownAway()).toBe(true);
    expect(await thrownAway()).toBe(false);
  },
  60_000,
);

test("another superuser has a template of its own", async () => {
  await theTemplate();
  expect(await thrownAway("orders")).toBe(true);
  expect(await thrownAway("orders")).toBe(true);
  expect(await thrownAway("orders")).toBe(false);
  expect(await templates()).toHaveLength(2);
}, 60_000);

test("a place for templates that cannot be written costs nothing but time", async () => {
  await writeFile(library(), "a file");
  for (const _ of [1, 2]) expect(await thrownAway()).toBe(true);
  expect(await readFile(library(), "utf8")).toBe("a file");
}, 60_000);

test("a new template removes those that were not used for a month, and all but the newest few", async () => {
  await thrownAway();
  const days = (count: number) => new Date(Date.now() - count * 24 * 3_600_000);
  for (const [name, used] of [
    ["month", 31],
    ["first", 6],
    ["second", 5],
    ["third", 4],
    ["fourth", 3],
    ["half.x", 2],
  ] as const) {
    await mkdir(join(library(), `cluster-${name}`, "data"), { recursive: true });
    await utimes(join(library(), `cluster-${name}`), days(used), days(used));
  }
  await thrownAway();
  const left = (await templates()).map((path) => path.slice(path.indexOf("cluster-") + 8));
  expect(left).toEqual(expect.arrayContaining(["second", "third", "fourth", "half.x"]));
  expect(left).toHaveLength(5);
  await rm(library(), { recursive: true });
}, 60_000);
