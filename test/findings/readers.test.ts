import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { placer, readFindings } from "../../pipeline/findings/readers.ts";

const fixtures = new URL("fixtures/", import.meta.url);

/** What a fixture (the real output of a tool on a bad file) comes to: PATH:LINE:COLUMN rule level. */
function read(name: string): string[] {
  const reader = name.replace(/-(json|gcc|concise|format|sarif|ci)$/, "");
  const text = readFileSync(new URL(`${name}.txt`, fixtures), "utf8");
  const found = readFindings(reader, text, placer(".", "/repo"));
  if (!found.ok) throw new Error(found.failure);
  return found.value.map(
    ({ path, line, column, rule, level }) => `${path}:${line}:${column} ${rule} ${level}`,
  );
}

const flake8 = [
  "app/x.py:1:1 F401 error",
  "app/x.py:2:1 F401 error",
  "app/x.py:4:1 E302 warning",
  "app/x.py:4:8 E231 warning",
  "app/x.py:4:13 E225 warning",
  "app/x.py:5:5 F841 error",
  "app/x.py:9:8 E701 warning",
];
const ruff = [
  "app/x.py:1:1 I001 error",
  "app/x.py:1:8 F401 error",
  "app/x.py:2:8 F401 error",
  "app/x.py:5:5 F841 error",
];
const pylint = [
  "app/x.py:1:1 missing-module-docstring note",
  "app/x.py:4:1 missing-function-docstring note",
  "app/x.py:5:5 unused-variable warning",
  "app/x.py:9:1 missing-class-docstring note",
  "app/x.py:9:1 invalid-name note",
  "app/x.py:9:10 multiple-statements note",
  "app/x.py:9:1 too-few-public-methods note",
  "app/x.py:1:1 unused-import warning",
  "app/x.py:2:1 unused-import warning",
];
const eslint = ["a.js:2:9 no-undef warning", "a.js:3:7 eqeqeq error", "a.js:3:13 no-debugger error"];
const biome = ["a.js:3:7 lint/suspicious/noDoubleEquals error", "a.js:3:13 lint/suspicious/noDebugger error"];
const shellcheck = ["a.sh:2:10 SC2045 error", "a.sh:2:25 SC2086 note"];
const hadolint = [
  "Dockerfile:1:1 DL3007 warning",
  "Dockerfile:2:1 DL3014 warning",
  "Dockerfile:2:1 DL3008 warning",
  "Dockerfile:2:1 DL3015 note",
  "Dockerfile:2:1 DL3009 note",
  "Dockerfile:3:1 DL3003 warning",
  "Dockerfile:3:1 SC2164 warning",
];
const clippy = ["src/main.rs:1:16 unused_variables warning", "src/main.rs:1:61 len_zero warning"];

test.each([
  ["flake8", flake8],
  ["ruff", ruff],
  ["ruff-concise", ruff],
  ["ruff-json", ruff],
  ["ruff-format", ["app/x.py:4:1 unformatted error"]],
  ["black", ["app/x.py:null:null format error"]],
  ["pylint", pylint],
  ["pylint-json", pylint],
  ["mypy", ["app/x.py:6:null return-value error"]],
  ["mypy-json", ["app/x.py:6:12 return-value error"]],
  ["eslint", eslint],
  ["eslint-json", eslint],
  ["prettier", ["a.js:null:null format error"]],
  ["biome", biome],
  ["biome-json", biome],
  ["biome-ci", [...biome, "a.js:null:null format error"]],
  ["shellcheck", shellcheck],
  ["shellcheck-gcc", shellcheck],
  ["shellcheck-json", shellcheck],
  ["hadolint", hadolint.map((line) => line.replace(":1 ", ":null "))],
  ["hadolint-json", hadolint],
  ["hadolint-sarif", hadolint],
  ["clippy", clippy],
  ["clippy-json", clippy],
  ["rustfmt", ["src/main.rs:1:null format error"]],
])("what %s really prints is read", (name, expected) => {
  expect(read(name)).toEqual(expected);
});

test("svelte-check is read in its words and in its machine's", () => {
  const human =
    "/repo/web/src/App.svelte:3:7\nError: Type 'string' is not assignable to type 'number'. (ts)\n";
  const machine =
    "1590680326283 ERROR \"src/App.svelte\" 3:7 \"Type 'string' is not assignable to type 'number'. (ts)\"\n";
  for (const text of [human, machine]) {
    const found = readFindings("svelte-check", text, placer("web", "/repo"));
    expect(found).toMatchObject({
      ok: true,
      value: [{ path: "web/src/App.svelte", line: 3, column: 7, rule: "ts", level: "error" }],
    });
  }
});

test("paths are the repository's: relative ones from the step's directory, absolute ones under the root", () => {
  const place = placer("backend", "/repo");
  expect(
    ["app/x.py", "./app/x.py", "/repo/backend/app/x.py", "app\\x.py", "../shared/a b:c.py"].map(place),
  ).toEqual([
    "backend/app/x.py",
    "backend/app/x.py",
    "backend/app/x.py",
    "backend/app/x.py",
    "shared/a b:c.py",
  ]);
});

test("a finding keeps its mark when lines above it move, and two equal ones have different marks", () => {
  const marks = (text: string) => {
    const found = readFindings("flake8", text, (path) => path);
    return found.ok ? found.value.map((one) => one.fingerprint) : [];
  };
  const [one, two] = marks(
    "a.py:1:1: F401 'os' imported but unused\na.py:9:1: F401 'os' imported but unused\n",
  );
  expect(marks("a.py:7:1: F401 'os' imported but unused\n")).toEqual([one]);
  expect(two).not.toBe(one);
});

test("SARIF that is cut off is told, not half read", () => {
  const cut = readFileSync(new URL("hadolint-sarif.txt", fixtures), "utf8").slice(0, 900);
  expect(readFindings("sarif", cut, (path) => path)).toEqual({ ok: false, failure: "it is no SARIF" });
});

test("no reader throws, whatever it is given", () => {
  const names = readdirSync(fixtures).map((name) => name.replace(/(-\w+)?\.txt$/, ""));
  const parts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("a.py:1:1: ", " --> a:1:2\n", "\u001b[31m", "[{", "\n"),
  );
  fc.assert(
    fc.property(fc.constantFrom("sarif", "svelte-check", ...names), fc.array(parts), (name, texts) => {
      const found = readFindings(name, texts.join(""), (path) => path);
      for (const one of found.ok ? found.value : []) {
        expect(one.line === null || one.line > 0).toBe(true);
        expect(one.rule).not.toBe("");
      }
    }),
  );
});

const sarif = (results: unknown[], version = "2.1.0"): string =>
  JSON.stringify({
    version,
    runs: [
      {
        tool: { driver: { name: "t", rules: [{ id: "R1", defaultConfiguration: { level: "error" } }] } },
        results,
      },
    ],
  });

test("SARIF: a result has its rule's level; what passed, does not apply or is suppressed is no finding", () => {
  const result = (more: object) => ({ ruleId: "R1", message: { text: "m" }, ...more });
  const read = readFindings(
    "sarif",
    sarif([
      result({}),
      result({ ruleId: "R2" }),
      result({ level: "none" }),
      result({ kind: "informational" }),
      result({ kind: "pass" }),
      result({ suppressions: [{ kind: "inSource" }] }),
      result({ suppressions: [{ kind: "external", status: "rejected" }] }),
    ]),
    (path) => path,
  );
  expect(read.ok && read.value.map(({ rule, level }) => `${rule} ${level}`)).toEqual([
    "R1 error",
    "R2 warning",
    "R1 note",
    "R1 note",
    "R1 error",
  ]);
});

test("SARIF of another version is none that can be read, and says so", () => {
  expect(readFindings("ruff", sarif([], "1.0.0"), (path) => path)).toEqual({
    ok: false,
    failure: "it is SARIF of the version 1.0.0, expected 2.1.0",
  });
});
