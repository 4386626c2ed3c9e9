import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyState, readLocalState, StateKeeper } from "../../../pipeline/targets/local/state.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-state-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("a state that says more than is read, such as an accessory's image, fits its sum", async () => {
  const file = join(directory, "state.json");
  const database = {
    name: "db",
    kind: "postgres" as const,
    version: ">=15",
    database: "q",
    user: "q",
    init: [],
    extensions: [],
  };
  const written = { ...database, image: "postgres:15", environment: { DATABASE_URL: "url" } };
  await new StateKeeper(file, emptyState).change({ accessories: [written], live: "one" });
  expect(await readLocalState(file)).toEqual({
    ok: true,
    value: { state: { ...emptyState, accessories: [database], live: "one" }, notes: [] },
  });
});

test("B7: a state in which one character is another one is not believed", async () => {
  const file = join(directory, "changed.json");
  await new StateKeeper(file, emptyState).change({ live: "one" });
  for (const copy of [file, `${file}.previous`])
    await writeFile(copy, JSON.stringify({ ...emptyState, live: "two", sum: "0" }));
  expect(await readLocalState(file)).toMatchObject({ ok: false, failure: { kind: "file-corrupt" } });
});
