import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { agreementProblems } from "../../pipeline/config/agreements.ts";
import { systemFileProblems } from "../../pipeline/config/load-system-files.ts";
import { lineOf } from "./support.ts";

const rule = [
  { TRADING_MODE: "paper", PAPER_TRADING: "true", BROKER_URL: "*paper*" },
  { TRADING_MODE: "live", PAPER_TRADING: "false", BROKER_URL: "*live*" },
];
const told = (values: Record<string, string>) =>
  agreementProblems([rule], (name) => values[name], "bellwether.yaml", "environments.production");

test.each([
  [{ TRADING_MODE: "paper", PAPER_TRADING: "true", BROKER_URL: "https://paper.broker.example/v2" }],
  [{ TRADING_MODE: "live", PAPER_TRADING: "false", BROKER_URL: "https://live.broker.example" }],
])("values that agree are no problem: %j", (values) => {
  expect(told(values)).toEqual([]);
});

test("one that does not agree is told with all of them, and what to change", () => {
  const problems = told({
    TRADING_MODE: "live",
    PAPER_TRADING: "true",
    BROKER_URL: "https://live.broker.example",
  });
  expect(problems.map(lineOf)).toEqual([
    "0:0 environments.production.rules[0]: got TRADING_MODE=live PAPER_TRADING=true BROKER_URL=https://live.broker.example, expected TRADING_MODE=paper PAPER_TRADING=true BROKER_URL=*paper*, or TRADING_MODE=live PAPER_TRADING=false BROKER_URL=*live*",
  ]);
  expect(problems[0]?.remedy).toBe("Change PAPER_TRADING, so that all of them agree.");
});

test("a value that is missing does not agree with anything", () => {
  expect(told({ TRADING_MODE: "paper", PAPER_TRADING: "true" })[0]).toMatchObject({
    got: "TRADING_MODE=paper PAPER_TRADING=true no BROKER_URL",
    remedy: "Change BROKER_URL, so that all of them agree.",
  });
});

test("B50: a secret is compared and never shown", () => {
  const [problem] = agreementProblems([[{ API_SECRET: "a*" }]], () => "hunter2-hunter2", "f", "e");
  expect(JSON.stringify(problem)).not.toContain("hunter2");
  expect(problem?.got).toBe("API_SECRET=(a secret)");
});

const made: string[] = [];
afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function files(all: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "bw-files-"));
  made.push(directory);
  for (const [name, text] of Object.entries(all)) await writeFile(join(directory, name), text);
  return directory;
}

const schema = JSON.stringify({
  type: "object",
  required: ["max"],
  additionalProperties: false,
  properties: { max: { type: "number", maximum: 10 } },
});

test.each([
  ["limits.toml", "max = 5\n"],
  ["limits.json", '{ "max": 5 }'],
  ["limits.yaml", "max: 5\n"],
  ["limits.yml", "max: 5\n"],
])("%s that keeps its schema is no problem", async (name, text) => {
  const directory = await files({ [name]: text, "s.json": schema });
  expect(await systemFileProblems([{ path: name, schema: "s.json" }], directory)).toEqual([]);
});

test.each([
  ["a.toml", "max = \n", "1:7 : got invalid value, expected TOML that can be read"],
  ["a.json", '{\n  "max" 5\n}', "2:9 : got Expected ':' after property name, expected JSON that can be read"],
  [
    "a.yaml",
    "max: [1\nb: 2\n",
    "2:1 : got Flow sequence in block collection must be sufficiently indented and end with a ], expected YAML that can be read",
  ],
  ["a.ini", "max=5", "0:0 : got a file .ini, expected .json, .toml, .yaml or .yml"],
  ["a.toml", "max = 50\n", "0:0 max: got 50, expected must be <= 10"],
  ["a.toml", "", "0:0 : got {}, expected must have required property 'max'"],
  [
    "a.toml",
    "max = 1\nmix = 2\n",
    '0:0 : got {"max":1,"mix":2}, expected must NOT have additional properties (mix)',
  ],
])("%s with %j is told where and what", async (name, text, line) => {
  const directory = await files({ [name]: text, "s.json": schema });
  const [first, ...others] = (await systemFileProblems([{ path: name, schema: "s.json" }], directory)).map(
    lineOf,
  );
  expect(first).toBe(line);
  expect(others.filter((other) => !/ : got (Map|Implicit|Flow|All)/.test(other))).toEqual([]);
});

test("a file or a schema that is not there, and one that is none, are told", async () => {
  const directory = await files({ "a.json": "{}", "bad.json": '{ "type": "objekt" }' });
  const problems = await systemFileProblems(
    [
      { path: "b.json", schema: null },
      { path: "a.json", schema: "c.json" },
      { path: "a.json", schema: "bad.json" },
    ],
    directory,
  );
  expect(problems.map(({ file, got }) => `${file}: ${got}`)).toEqual([
    "b.json: no file",
    "c.json: no JSON Schema",
    expect.stringMatching(/^bad\.json: schema is invalid/),
  ]);
});
