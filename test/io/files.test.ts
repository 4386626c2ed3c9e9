import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readJsonFile, removeTree, writeFileAtomic } from "../../pipeline/io/files.ts";
import { readState, writeState } from "../../pipeline/io/state.ts";
import { fail, ok, type Result } from "../../pipeline/result.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-files-"));
});
afterEach(() => removeTree(directory));

const number = (json: unknown): Result<number, string> =>
  typeof json === "number" ? ok(json) : fail("it is not a number");

test("a file is written whole, with its mode, and nothing else is left in the directory", async () => {
  const path = join(directory, "new", "a.txt");
  await writeFileAtomic(path, "one", { mode: 0o600 });
  await writeFileAtomic(path, "two", { mode: 0o600 });
  expect(await readFile(path, "utf8")).toBe("two");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(directory, "new"))).toEqual(["a.txt"]);
});

test("what cannot be replaced stays, and no temporary file is left", async () => {
  const path = join(directory, "taken");
  await mkdir(join(path, "inside"), { recursive: true });
  await expect(writeFileAtomic(path, "one")).rejects.toThrow();
  expect(await readdir(directory)).toEqual(["taken"]);
});

test.each([
  ["", "it is empty"],
  ['{"a": 1', "it is not valid JSON"],
  ['"text"', "it is not a number"],
])("a JSON file that holds %j is corrupt", async (text, reason) => {
  const path = join(directory, "a.json");
  await writeFile(path, text);
  const words = { what: "counter", remedy: "count again" };
  expect(await readJsonFile(path, number, words)).toEqual({
    ok: false,
    failure: { kind: "file-corrupt", file: path, reason, ...words },
  });
});

test("a JSON file that is missing is null", async () => {
  expect(await readJsonFile(join(directory, "a.json"), number)).toEqual(ok(null));
});

test("B7: of a truncated state file the last valid copy is used, and said", async () => {
  const path = join(directory, "state.json");
  expect(await readState(path, number)).toEqual(ok({ copy: "none" }));
  await writeState(path, 1);
  await writeState(path, 2);
  expect(await readState(path, number)).toEqual(ok({ copy: "current", value: 2 }));
  await writeFile(path, "");
  expect(await readState(path, number)).toMatchObject(
    ok({ copy: "previous", value: 1, because: { kind: "file-corrupt", reason: "it is empty" } }),
  );
});

test("B7: a corrupt state file is never kept as the previous copy", async () => {
  const path = join(directory, "state.json");
  await writeState(path, 1);
  await writeState(path, 2);
  await writeFile(path, "{");
  await writeState(path, 3);
  await writeFile(path, "{");
  expect(await readState(path, number)).toMatchObject(ok({ copy: "previous", value: 1 }));
});

test("B7: with no valid copy the failure names the file", async () => {
  const path = join(directory, "state.json");
  await writeFile(path, "{");
  await writeFile(`${path}.previous`, "{");
  expect(await readState(path, number)).toMatchObject(fail({ kind: "file-corrupt", file: path }));
});

test("a tree goes with directories that forbid writing; what is not there is fine", async () => {
  const locked = join(directory, "tree", "locked");
  await mkdir(locked, { recursive: true });
  await writeFile(join(locked, "file"), "");
  await chmod(locked, 0o500);
  await removeTree(join(directory, "tree"));
  await removeTree(join(directory, "tree"));
  expect(await readdir(directory)).toEqual([]);
});
