import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";
import { fixture } from "./support.ts";

let directory = "";
let state = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bellwether-load-"));
  state = join(directory, ".bellwether");
  writeFileSync(join(directory, "bellwether.yaml"), fixture("quotes.yaml"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  for (const name of ["yaml", "zod", "semver", parser]) vi.doUnmock(name);
  vi.resetModules();
});

const parser = "../../pipeline/config/parse.ts";
const options = (more: object = {}) => ({ directory, state, tool: "1.0.0", ...more });
const cacheFiles = () => readdirSync(join(state, "cache", "config"));

/** Loads with modules that were never loaded, and tells which of the expensive ones were asked for. */
async function loadAfresh(more: object = {}) {
  const loaded: string[] = [];
  vi.resetModules();
  for (const name of ["yaml", "zod", "semver", parser]) {
    vi.doMock(name, async (original) => {
      loaded.push(name);
      return original();
    });
  }
  const { loadConfig } = await import("../../pipeline/config/load.ts");
  return { result: await loadConfig(options(more)), loaded };
}

test("a configuration that was read before is read again without the parser, the schema and semver", async () => {
  const cold = await loadAfresh();
  expect(cold.loaded).toContain(parser);
  const warm = await loadAfresh();
  expect(warm.loaded).toEqual([]);
  expect(unwrap(warm.result)).toEqual(unwrap(cold.result));
});

test("a lock file that appears makes another configuration of the same text", async () => {
  const before = unwrap((await loadAfresh()).result);
  writeFileSync(join(directory, "package-lock.json"), "{}");
  const after = await loadAfresh();
  expect(before.toolchains.node?.setup).toEqual([]);
  expect(unwrap(after.result).toolchains.node?.setup).toEqual(["npm ci"]);
  expect(after.loaded).toContain(parser);
});

test("another text, another name and another version of the tool are read anew", async () => {
  await loadAfresh();
  expect((await loadAfresh({ tool: "1.0.1" })).loaded).toContain(parser);
  writeFileSync(join(directory, "other.yaml"), fixture("quotes.yaml"));
  const other = await loadAfresh({ file: "other.yaml" });
  expect(other.loaded).toContain(parser);
  expect(unwrap(other.result).file).toBe("other.yaml");
  writeFileSync(join(directory, "bellwether.yaml"), "app: changed\n");
  expect(unwrap((await loadAfresh()).result).app).toBe("changed");
});

test.each([
  ["cut short", (text: string) => text.slice(0, text.length / 2)],
  ["empty", () => ""],
  ["of another shape", () => '{"facts":{},"check":1}'],
  ["changed in one letter", (text: string) => text.replace("quotes", "qoutes")],
])("B7: a cache file that is %s is dropped and made anew", async (_name, damage) => {
  const cold = unwrap((await loadAfresh()).result);
  const path = join(state, "cache", "config", cacheFiles()[0] ?? "");
  const sound = readFileSync(path, "utf8");
  writeFileSync(path, damage(sound));
  const mended = await loadAfresh();
  expect(mended.loaded).toContain(parser);
  expect(unwrap(mended.result)).toEqual(cold);
  expect(readFileSync(path, "utf8")).toBe(sound);
});

test("a configuration with problems is not kept", async () => {
  writeFileSync(join(directory, "bellwether.yaml"), fixture("five-mistakes.yaml"));
  const first = unwrapFailure((await loadAfresh()).result);
  const second = await loadAfresh();
  expect(first.kind === "config-invalid" && first.problems.length).toBe(5);
  expect(unwrapFailure(second.result)).toEqual(first);
  expect(second.loaded).toContain(parser);
});

test("a file that is not there is said by its name", async () => {
  const { result } = await loadAfresh({ file: "config/none.yaml" });
  expect(unwrapFailure(result)).toEqual({ kind: "config-missing", file: "config/none.yaml" });
});

test("without a state directory, or with one that cannot be written, it is read all the same", async () => {
  expect(unwrap((await loadAfresh({ state: null })).result).app).toBe("quotes");
  const blocked = join(directory, "file");
  writeFileSync(blocked, "");
  expect(unwrap((await loadAfresh({ state: blocked })).result).app).toBe("quotes");
});

test("the cache keeps the last twenty configurations", async () => {
  const { loadConfig } = await import("../../pipeline/config/load.ts");
  for (let index = 0; index < 23; index += 1) {
    writeFileSync(join(directory, "bellwether.yaml"), `app: a${index}\n`);
    unwrap(await loadConfig(options()));
  }
  expect(cacheFiles()).toHaveLength(20);
});
