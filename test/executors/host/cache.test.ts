import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hermetic } from "../../support/hermetic.ts";
import { createCheckout } from "./support/bench.ts";

let checkout: ReturnType<typeof createCheckout>;
beforeEach(() => {
  checkout = createCheckout();
});
afterEach(() => checkout.remove());

const step = hermetic();
const at = (path: string) => join(checkout.root, path);

const build = hermetic({
  id: "build:api",
  commands: ["mkdir -p dist/deep && cp a.txt dist/deep/a.txt && ln -s deep/a.txt dist/link && echo built"],
  outputs: ["dist"],
});

/** All files of a kind in the cache. */
function cached(kind: "objects" | "entries"): string[] {
  const directory = join(checkout.state, "cache", kind);
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("a step that ran before with the same inputs comes from the cache, with its log", async () => {
  const first = await checkout.run(step);
  expect(first).toMatchObject({ outcome: { ok: true, cached: false, notes: [] }, lines: ["out: ran"] });
  const second = await checkout.run(step);
  expect(second).toMatchObject({ outcome: { ok: true, cached: true, notes: [] }, lines: ["out: ran"] });
  expect(second.outcome.ok && second.outcome.key).toBe(first.outcome.ok && first.outcome.key);
});

test.each<[string, () => void]>([
  ["content", () => checkout.write("a.txt", "A")],
  ["permission bits", () => chmodSync(at("a.txt"), 0o755)],
  ["a new file", () => checkout.write("new", "")],
  ["a file gone", () => rmSync(at("a.txt"))],
  ["a new link", () => symlinkSync("a.txt", at("link"))],
])("an input that changed is a miss: %s", async (_what, change) => {
  await checkout.run(step);
  change();
  expect((await checkout.run(step)).outcome).toMatchObject({ ok: true, cached: false });
  expect((await checkout.run(step)).outcome).toMatchObject({ ok: true, cached: true });
});

test("a link that points elsewhere is a miss", async () => {
  symlinkSync("a.txt", at("link"));
  await checkout.run(step);
  rmSync(at("link"));
  symlinkSync("src", at("link"));
  expect((await checkout.run(step)).outcome).toMatchObject({ cached: false });
});

test.each<[string, Partial<typeof step>]>([
  ["command", { commands: ["echo other"] }],
  ["argv instead of a shell", { commands: [["echo", "ran"]] }],
  ["environment", { environment: { A: "1" } }],
  ["tools", { tools: [{ name: "node", range: ">=20", probe: ["node", "--version"] }] }],
  ["inputs", { inputs: ["src/**"] }],
  ["outputs", { outputs: ["a.txt"] }],
  ["directory", { directory: "src" }],
  ["names of secrets", { secrets: ["TOKEN"] }],
  ["reports", { reports: { junit: "junit.xml", coverage: null } }],
])("another definition is a miss: %s", async (_what, more) => {
  await checkout.run(step);
  const other = await checkout.run({ ...step, ...more }, { secrets: { TOKEN: "hunter22" } });
  expect(other.outcome).toMatchObject({ ok: true, cached: false });
});

test("of the caller's environment only the locale and the variables named count", async () => {
  const passing = { ...step, passEnvironment: ["MODE"] };
  const keyWith = async (environment: Record<string, string>) => {
    const { outcome } = await checkout.run(passing, { environment });
    return outcome.ok ? outcome.key : null;
  };
  const none = await keyWith({});
  expect(none).not.toBeNull();
  expect(await keyWith({ OTHER: "1" })).toBe(none);
  const others = [await keyWith({ MODE: "1" }), await keyWith({ MODE: "2" }), await keyWith({ LC_ALL: "C" })];
  expect(new Set([none, ...others]).size).toBe(4);
});

test("the key of a step that is needed is part of the key", async () => {
  const needing = hermetic({ id: "unit:test", needs: ["build:api"], inputs: ["src/**"] });
  await checkout.run([build, needing]);
  expect((await checkout.run([build, needing])).outcome).toMatchObject({ cached: true });
  checkout.write("a.txt", "changed: only the first step reads it");
  expect((await checkout.run([build, needing])).outcome).toMatchObject({ cached: false });
});

test("of a needed step that is never cached the outputs themselves count", async () => {
  const uncached = { ...build, cache: false, commands: ["mkdir -p dist && cp src/b.txt dist/"] };
  const needing = hermetic({ id: "unit:test", needs: ["build:api"], inputs: ["a.txt"] });
  expect((await checkout.run(uncached)).outcome).toMatchObject({ ok: true, cached: false, key: null });
  await checkout.run([uncached, needing]);
  expect((await checkout.run([uncached, needing])).outcome).toMatchObject({ cached: true });
  checkout.write("src/b.txt", "changed");
  expect((await checkout.run([uncached, needing])).outcome).toMatchObject({ cached: false });
});

test("what git ignores is no input unless a plain path names it; globs know dot files and negation", async () => {
  for (const path of ["ignored/x", ".hidden/y", "src/skip.txt"]) checkout.write(path, "1");
  checkout.write(".gitignore", "ignored\n");
  const key = async (inputs: string[]) => {
    const { outcome } = await checkout.run(hermetic({ inputs }));
    return outcome.ok ? outcome.key : null;
  };
  const cases: [string[], string, boolean][] = [
    [[], "ignored/x", false],
    [["**"], "ignored/x", false],
    [["ignored"], "ignored/x", true],
    [["**/y"], ".hidden/y", true],
    [["src/**", "!src/skip.txt"], "src/skip.txt", false],
    [["./src"], "src/skip.txt", true],
    [["src/*.md"], "src/skip.txt", false],
  ];
  for (const [inputs, path, counts] of cases) {
    const before = await key(inputs);
    appendFileSync(at(path), "more");
    expect([inputs, path, (await key(inputs)) !== before]).toEqual([inputs, path, counts]);
  }
});

test("a file changed within its size and with its old time is seen", async () => {
  const old = new Date(Date.now() - 3_600_000);
  utimesSync(at("a.txt"), old, old);
  await checkout.run(step);
  writeFileSync(at("a.txt"), "b");
  utimesSync(at("a.txt"), old, old);
  expect((await checkout.run(step)).outcome).toMatchObject({ cached: false });
});

test("outputs come back: files, modes, links; what does not belong goes", async () => {
  const chmod = { ...build, commands: [...build.commands, "chmod 750 dist/deep/a.txt; mkdir dist/empty"] };
  await checkout.run(chmod);
  rmSync(at("dist"), { recursive: true });
  mkdirSync(at("dist"));
  checkout.write("dist/stale", "");
  symlinkSync("/etc", at("dist/deep"));
  const again = await checkout.run(chmod);
  expect(again).toMatchObject({ outcome: { cached: true }, lines: ["out: built"] });
  expect(readFileSync(at("dist/deep/a.txt"), "utf8")).toBe("a");
  expect(lstatSync(at("dist/deep/a.txt")).mode & 0o777).toBe(0o750);
  expect(readlinkSync(at("dist/link"))).toBe("deep/a.txt");
  expect(readdirSync(at("dist")).sort()).toEqual(["deep", "empty", "link"]);
});

test("an edit of a restored output does not reach the cache", async () => {
  await checkout.run(build);
  for (let round = 0; round < 2; round++) {
    writeFileSync(at("dist/deep/a.txt"), "edited");
    expect((await checkout.run(build)).outcome).toMatchObject({ cached: true });
    expect(readFileSync(at("dist/deep/a.txt"), "utf8")).toBe("a");
  }
});

test("outputs that are as they should be are not written again", async () => {
  await checkout.run(build);
  const before = lstatSync(at("dist/deep/a.txt"));
  await checkout.run(build);
  expect(lstatSync(at("dist/deep/a.txt"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
});

test.each<[string, () => void]>([
  [
    "an entry cut short",
    () => cached("entries").forEach((file) => void writeFileSync(file, readFileSync(file).subarray(0, 90))),
  ],
  [
    "an entry changed",
    () =>
      cached("entries").forEach(
        (file) => void writeFileSync(file, readFileSync(file, "utf8").replace("built", "bu1lt")),
      ),
  ],
  ["an empty entry", () => cached("entries").forEach((file) => void writeFileSync(file, ""))],
  [
    "an object changed",
    () =>
      cached("objects").forEach((file) => {
        chmodSync(file, 0o644);
        writeFileSync(file, "x");
      }),
  ],
  [
    "objects changed and no entry whole",
    () => {
      for (const file of cached("objects")) {
        chmodSync(file, 0o644);
        writeFileSync(file, "x");
      }
      for (const file of cached("entries")) writeFileSync(file, "");
    },
  ],
  ["an object gone", () => cached("objects").forEach((file) => void rmSync(file))],
])("a damaged cache is dropped and the step runs: %s", async (_what, damage) => {
  await checkout.run(build);
  damage();
  rmSync(at("dist"), { recursive: true });
  const again = await checkout.run(build);
  expect(again).toMatchObject({ outcome: { ok: true, cached: false }, lines: ["out: built"] });
  expect(readFileSync(at("dist/deep/a.txt"), "utf8")).toBe("a");
  rmSync(at("dist"), { recursive: true });
  expect((await checkout.run(build)).outcome).toMatchObject({ cached: true });
  expect(readFileSync(at("dist/deep/a.txt"), "utf8")).toBe("a");
});

test("a corrupt index costs nothing but reading", async () => {
  await checkout.run(step);
  for (const text of ["", "{", '{"format":1,"root":"x","files":{"a.txt":[1]}}']) {
    writeFileSync(join(checkout.state, "cache", "index.json"), text);
    expect((await checkout.run(step)).outcome).toMatchObject({ ok: true, cached: true });
  }
});

test("a step that changes its own inputs is not cached, and a note says so", async () => {
  const changing = hermetic({ commands: ["date +%N >> a.txt"] });
  for (let round = 0; round < 2; round++) {
    expect((await checkout.run(changing)).outcome).toMatchObject({
      ok: true,
      cached: false,
      notes: ["not cached: its own inputs changed while it ran (a.txt)"],
    });
  }
});

test("a step that makes a new file among its own inputs is not cached, and a note names it", async () => {
  const making = hermetic({ inputs: [], commands: ["echo new > made.txt"] });
  expect((await checkout.run(making)).outcome).toMatchObject({
    ok: true,
    cached: false,
    notes: ["not cached: its own inputs changed while it ran (made.txt)"],
  });
});

test("a failure is not cached", async () => {
  const failing = hermetic({ commands: ["echo no; exit 3"] });
  for (let round = 0; round < 2; round++) {
    expect((await checkout.run(failing)).outcome).toMatchObject({
      ok: false,
      failure: { kind: "step-failed", end: { exitCode: 3 }, tail: ["no"] },
    });
  }
});

test("without the cache nothing is taken from it or put there, and the key is told all the same", async () => {
  const first = await checkout.run(step, { cache: false });
  expect(first.outcome).toMatchObject({
    ok: true,
    cached: false,
    key: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect((await checkout.run(step)).outcome).toMatchObject({ cached: false });
  expect((await checkout.run(step, { cache: false })).outcome).toMatchObject({ cached: false });
});

test("two runs on one cache at once both succeed, and the third one hits", async () => {
  const steps = Array.from({ length: 6 }, (_, at) => hermetic({ id: `s${at}`, commands: [`echo ${at}`] }));
  const outcomes = await Promise.all([checkout.run(steps), checkout.run(steps)]);
  for (const { outcome } of outcomes) expect(outcome.ok).toBe(true);
  expect((await checkout.run(steps)).outcome).toMatchObject({ cached: true });
});

test("odd names, loops of links, sockets and repositories inside do not break it", async () => {
  checkout.write('quo"te\n\ttab\\ü€ .txt', "1");
  checkout.write("-rf", "2");
  symlinkSync("loop", at("loop"));
  symlinkSync("..", at("src/up"));
  execFileSync("mkfifo", [at("pipe")]);
  execFileSync("git", ["init", "-q", at("inner")]);
  checkout.write("inner/file", "3");
  await checkout.run(step);
  expect((await checkout.run(step)).outcome).toMatchObject({ cached: true, notes: [] });
  checkout.write('quo"te\n\ttab\\ü€ .txt', "changed");
  expect((await checkout.run(step)).outcome).toMatchObject({ cached: false });
  checkout.write("inner/file", "changed");
  expect((await checkout.run(step)).outcome).toMatchObject({ cached: false });
});

test("outside of a repository steps run, are not cached, and a note says why", async () => {
  rmSync(at(".git"), { recursive: true });
  const { outcome } = await checkout.run(step);
  expect(outcome).toMatchObject({ ok: true, cached: false, key: null });
  expect(outcome.ok && outcome.notes[0]).toMatch(/^not cached: its inputs cannot be listed: /);
});

test("a step that names each of its files needs no git; where a directory takes a file's place, it does", async () => {
  const named = hermetic({ inputs: ["a.txt"] });
  rmSync(at(".git"), { recursive: true });
  expect((await checkout.run(named)).outcome).toMatchObject({ ok: true, cached: false, notes: [] });
  expect((await checkout.run(named)).outcome).toMatchObject({ ok: true, cached: true });
  checkout.write("a.txt", "changed");
  expect((await checkout.run(named)).outcome).toMatchObject({ ok: true, cached: false, notes: [] });
  rmSync(at("a.txt"));
  checkout.write("a.txt/inside", "1");
  const { outcome } = await checkout.run(named);
  expect(outcome.ok && outcome.notes[0]).toMatch(/^not cached: its inputs cannot be listed: /);
});

test("reports are outputs too, and an old one is no report of a new run", async () => {
  const reporting = hermetic({
    commands: ["[ -e junit.xml ] && exit 9; cp a.txt junit.xml"],
    reports: { junit: "junit.xml", coverage: "coverage.xml" },
  });
  await checkout.run(reporting);
  rmSync(at("junit.xml"));
  expect((await checkout.run(reporting)).outcome).toMatchObject({ ok: true, cached: true });
  expect(readFileSync(at("junit.xml"), "utf8")).toBe("a");
  checkout.write("a.txt", "new");
  expect((await checkout.run(reporting)).outcome).toMatchObject({ ok: true, cached: false });
  expect(existsSync(at("coverage.xml"))).toBe(false);
});

test("B50: a secret is in no file of the cache and in no line of the log, encoded neither", async () => {
  const value = "hunter22/very+secret";
  const leaking = hermetic({
    secrets: ["TOKEN"],
    commands: ['echo "$TOKEN"; printf %s "$TOKEN" | base64; echo "x=$TOKEN" >&2'],
  });
  const first = await checkout.run(leaking, { secrets: { TOKEN: value } });
  expect(first.lines.sort()).toEqual(["err: x=***", "out: ***", "out: ***"]);
  const again = await checkout.run(leaking, { secrets: { TOKEN: value } });
  expect(again.outcome).toMatchObject({ cached: true });
  expect(again.lines.sort()).toEqual(first.lines);
  const all = readdirSync(checkout.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
  expect(all).toContain("***");
  for (const form of [value, Buffer.from(value).toString("base64")]) expect(all).not.toContain(form);
});
