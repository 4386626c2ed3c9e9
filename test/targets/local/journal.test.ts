import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verify } from "../../../pipeline/deploy/journal.ts";
import { readJournals, readLocal } from "../../../pipeline/targets/local/read.ts";
import { until } from "../../routers/support/backends.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { body, deploy, lease, release, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
let file = "";
beforeEach(async () => {
  here = await world();
  file = join(here.root, "journal.ndjson");
});
afterEach(() => here.close());

/** An environment with a live release and three entries, whose daemon has ended. */
async function threeEntries(): Promise<string> {
  const daemon = await here.daemon();
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  await deploy(deployment, release("1.0.0"));
  for (const actor of ["ada", "bob", "eve"]) unwrap(await deployment.inspect.restart("api", actor));
  await daemon.stop();
  return url;
}

const linesOf = async (path: string): Promise<string[]> => (await readFile(path, "utf8")).trim().split("\n");

const choice = () => readJournals(here.state, "staging");

test("B46: an entry that was altered is named, the live release is served, and nobody gets a lease", async () => {
  const url = await threeEntries();
  await writeFile(file, (await readFile(file, "utf8")).replace("bob", "ann"));
  expect((await choice()).broken).toMatchObject({
    kind: "journal-broken",
    environment: "staging",
    file,
    line: 2,
    sequence: 2,
    entry: "operated",
  });
  await here.daemon();
  const after = await here.connected();
  await until(async () => (await body(url).catch(() => "")) === "1.0.0");
  expect(unwrapFailure(await after.store.acquire(lease("1.1.0")))).toMatchObject({
    kind: "journal-broken",
    line: 2,
  });
  expect((await linesOf(file)).length).toBe(3);
});

test("B46: an entry that is altered under a running daemon is found before the next lease", async () => {
  await here.daemon();
  const deployment = await here.connected();
  unwrap(await deployment.configure(here.configuration));
  await deploy(deployment, release("1.0.0"));
  for (const actor of ["ada", "bob"]) unwrap(await deployment.inspect.restart("api", actor));
  await writeFile(file, (await readFile(file, "utf8")).replace("ada", "ann"));
  unwrap(await deployment.inspect.restart("api", "eve"));
  expect(unwrapFailure(await deployment.store.acquire(lease("1.1.0")))).toMatchObject({
    kind: "journal-broken",
    file,
    line: 1,
    sequence: 1,
  });
});

test.each<[string, (text: string) => string, string]>([
  ["whose end was cut off", (text) => `${text.split("\n")[0]}\n`, "2 entries were missing at its end"],
  [
    "that is not text any more",
    (text) => text.replace(/^.*bob.*$/m, "\0\0\0"),
    "line 2 is not a journal entry",
  ],
  ["that is empty", () => "", "3 entries were missing at its end"],
])("B7: a journal %s is what its copy says, and that is said", async (_, damage, because) => {
  await threeEntries();
  await writeFile(file, damage(await readFile(file, "utf8")));
  expect(await choice()).toMatchObject({ broken: null, restored: { reason: because } });
  expect(unwrap(await readLocal(here.state, "staging"))?.journal).toHaveLength(3);
  await here.daemon();
  const after = await here.connected();
  const journal = unwrap(await after.store.journal());
  expect(journal.slice(0, 3).map(({ fact }) => (fact.kind === "operated" ? fact.actor : ""))).toEqual([
    "ada",
    "bob",
    "eve",
  ]);
  expect(journal.at(-1)?.fact).toEqual({ kind: "journal-restored", reason: because });
  expect(verify(journal)).toMatchObject({ ok: true });
  expect(unwrap(await after.inspect.status()).notes).toContain(`${file}: ${because}; its copy was used`);
  expect(
    (await readdir(here.root)).filter((name) => name.startsWith("journal.ndjson.damaged-")),
  ).toHaveLength(1);
  unwrap(await after.store.acquire(lease("1.1.0")));
});

test("B7: a damaged copy is made anew", async () => {
  await threeEntries();
  await appendFile(`${file}.copy`, "garbage\n");
  await here.daemon();
  expect(await readFile(`${file}.copy`, "utf8")).toBe(await readFile(file, "utf8"));
});

test("a journal and a copy that tell different stories are both left alone", async () => {
  await threeEntries();
  const other = await world("staging");
  const daemon = await other.daemon();
  const deployment = await other.connected();
  unwrap(await deployment.configure(other.configuration));
  await deploy(deployment, release("1.0.0"));
  for (const actor of ["x", "y", "z", "w"]) unwrap(await deployment.inspect.restart("api", actor));
  await daemon.stop();
  await writeFile(`${file}.copy`, await readFile(join(other.root, "journal.ndjson")));
  await other.close();
  expect((await choice()).broken).toMatchObject({ line: 1, reason: `${file}.copy has another entry there` });
});

test("a journal that is cut off under a running daemon is written again", async () => {
  await here.daemon();
  const deployment = await here.connected();
  unwrap(await deployment.configure(here.configuration));
  await deploy(deployment, release("1.0.0"));
  for (const actor of ["ada", "bob"]) unwrap(await deployment.inspect.restart("api", actor));
  await writeFile(file, `${(await linesOf(file))[0]}\n`);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  expect((await linesOf(file)).length).toBe(3);
  expect((await choice()).broken).toBeNull();
});

test("a journal that cannot be written stops the engine, and leaves no half of an entry", async () => {
  await here.daemon();
  const deployment = await here.connected();
  unwrap(await deployment.configure(here.configuration));
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  const intent = { kind: "intent" as const, rollout: "rollout-1.0.0", step: "place" };
  unwrap(await deployment.store.append(intent));
  await rm(`${file}.copy`);
  const { mkdir } = await import("node:fs/promises");
  await mkdir(`${file}.copy`);
  expect(unwrapFailure(await deployment.store.append(intent))).toMatchObject({
    kind: "target-failed",
    action: "journal",
  });
  expect((await linesOf(file)).length).toBe(1);
  await rm(`${file}.copy`, { recursive: true });
});
