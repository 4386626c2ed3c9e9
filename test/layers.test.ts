import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { inside, outside, readSources, roomOf, type Source, sourceOf } from "./support/sources.ts";

/** The layers, from the doors down: a file imports from its own room or from a layer below. */
const layers = [
  ["cli", "src"],
  ["functions"],
  ["github", "init", "notify", "approvals"],
  ["report"],
  ["executors", "targets", "routers"],
  ["run", "deploy", "image", "findings"],
  ["plan", "stages"],
  ["config", "context"],
  [
    "io",
    "result",
    "failure",
    "evidence",
    "secret",
    "redact",
    "disguise",
    "escapes",
    "canonical",
    "shell-word",
  ],
];

/** Layers whose rooms may import one another as well, though never in a circle of files. */
const sideways = [6, 7, 8];

/** The one union of what can happen in a run: every engine speaks it, and it imports no engine. */
const spokenByEngines = "run/event.ts";

/** The manifest of the pipeline: where the version of the program stands. */
const manifest = "package.json";

const files = readSources();
const byPath = new Map(files.map((file) => [file.path, file]));
const layerOf = (room: string): number => layers.findIndex((rooms) => rooms.includes(room));

/** Pure files of rooms that are not pure as a whole: texts for other programs. */
const pureFiles = [
  "executors/dagger/components.ts",
  "executors/dagger/environment.ts",
  "executors/dagger/images.ts",
  "executors/dagger/mapping.ts",
  "executors/dagger/own-step.ts",
  "executors/dagger/services.ts",
  "routers/haproxy/config.ts",
];

/** Files that only compute: their result follows from their arguments. */
function isPure({ path, room }: Source): boolean {
  const name = posix.basename(path);
  if (name === "commands.ts" || room === "plan" || room === "stages") return true;
  if (room === "config") return !/^(load|secrets)/.test(name);
  if (room === "context") return !/^git/.test(name);
  if (room === "deploy") return !/^engine/.test(name);
  if (
    ["result", "failure", "evidence", "canonical", "secret", "disguise", "escapes", "shell-word"].includes(
      room,
    )
  )
    return true;
  return pureFiles.includes(path);
}

/** Node's modules that compute and touch nothing outside. */
const harmless = ["node:crypto", "node:path", "node:util", "node:buffer", "node:url"];

const effects: [what: string, pattern: RegExp][] = [
  ["process", /\bprocess\s*(\.\s*\w|\[)/],
  ["the clock", /\bnew Date\(\)|\bDate\.now\b|\bDate\(\)|\bperformance\s*\./],
  ["chance", /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b/],
  ["the console", /\bconsole\s*(\.\s*\w|\[)/],
  ["a timer", /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/],
  ["the network", /\bfetch\s*\(/],
];

function impurities(file: Source): string[] {
  const modules = outside(file).filter(
    (name) => (name.startsWith("node:") && !harmless.includes(name)) || name.startsWith("@dagger.io/"),
  );
  const used = effects.filter(([, pattern]) => pattern.test(file.code)).map(([what]) => what);
  const impure = inside(file, ({ value }) => value).filter((path) => {
    const target = byPath.get(path);
    return target !== undefined && !isPure(target);
  });
  return [...modules, ...used, ...impure].map((what) => `${file.path} uses ${what}`);
}

const importsWhere = (
  wrong: (file: Source, name: string) => boolean,
  names: (file: Source) => string[],
): string[] =>
  files.flatMap((file) =>
    names(file)
      .filter((name) => wrong(file, name))
      .map((name) => `${file.path} imports ${name}`),
  );

test("every file stands in a room that the design knows", () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => layerOf(file.room) < 0).map((file) => file.path)).toEqual([]);
});

test("imports point downwards: to the own room or to a layer below", () => {
  const upwards = (file: Source, path: string): boolean => {
    const from = layerOf(file.room);
    const to = layerOf(roomOf(path));
    if (path === manifest || (to >= 0 && roomOf(path) === file.room)) return false;
    const beside = to === from && (sideways.includes(from) || path === spokenByEngines);
    return to < 0 || (to <= from && !beside);
  };
  expect(importsWhere(upwards, inside)).toEqual([]);
});

test("every import inside names a file that is there, with its .ts ending", () => {
  expect(importsWhere((_file, path) => path !== manifest && !byPath.has(path), inside)).toEqual([]);
});

test("no file imports itself by way of others", () => {
  expect(cycles()).toEqual([]);
});

test("pure files use no process, file, clock, chance, console, timer or engine, and no file that does", () => {
  expect(files.filter(isPure).flatMap(impurities)).toEqual([]);
});

test("the workflow toolkit is imported in github/ only, the engine's client in executors/dagger and its door only", () => {
  const misplaced = ({ path, room }: Source, name: string): boolean =>
    (name.startsWith("@actions/") && room !== "github") ||
    (name.startsWith("@dagger.io/") && !/^(executors\/dagger|functions|src)\//.test(path));
  expect(importsWhere(misplaced, outside)).toEqual([]);
});

test("node's own modules are imported by their node: names", () => {
  expect(importsWhere((_file, name) => builtinModules.includes(name), outside)).toEqual([]);
});

/** Circles of imports, each as the files on it. */
function cycles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, on: string[]): void => {
    const at = on.indexOf(path);
    if (at >= 0) found.push([...on.slice(at), path].join(" → "));
    const file = byPath.get(path);
    if (at >= 0 || done.has(path) || file === undefined) return;
    for (const next of inside(file)) visit(next, [...on, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return found;
}

test("the reader of imports sees every form of them, and tells values from types", () => {
  const { imports } = sourceOf(
    "a/b.ts",
    [
      'import { a } from "./a.ts";',
      'import type { B } from "./b.ts";',
      'export { c } from "./c.ts";',
      'import "./d.ts";',
      'const e = await import("./e.ts");',
      'type F = import("./f.ts").F;',
      '// import { g } from "./g.ts";',
      '/* import "./h.ts"; */',
      "import {",
      "  i,",
      '} from "./i.ts";',
      'import type { J } from "./j.ts";',
      'export { j } from "./j.ts";',
    ].join("\n"),
  );
  expect(imports.filter(({ value }) => value).map(({ name }) => name)).toEqual(
    ["a", "c", "d", "e", "i", "j"].map((name) => `./${name}.ts`),
  );
  expect(imports.filter(({ value }) => !value).map(({ name }) => name)).toEqual(["./b.ts", "./f.ts"]);
});

test("the reader of effects sees them in code, not in words", () => {
  const code = (text: string) => impurities(sourceOf("plan/x.ts", text)).length;
  expect(code("const at = Date.now();")).toBe(1);
  expect(code('import { readFileSync } from "node:fs";')).toBe(1);
  expect(code("await new Promise((done) => setTimeout(done, 1));")).toBe(1);
  expect(code('// process.exit\nconst words = "Date.now() of the process.env";')).toBe(0);
});

test("scripts stay edges of at most thirty lines", () => {
  const scripts = fileURLToPath(new URL("../scripts/", import.meta.url));
  const long = readdirSync(scripts, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .filter(
      (path) =>
        readFileSync(scripts + path, "utf8")
          .trimEnd()
          .split("\n").length > 30,
    );
  expect(long).toEqual([]);
});
