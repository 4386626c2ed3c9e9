import { expect, test } from "vitest";
import type { Environment, GateSpec } from "../../pipeline/config/config.ts";
import type { Confirmation, GateFact } from "../../pipeline/deploy/gate-facts.ts";
import type { GateDecision } from "../../pipeline/deploy/gates.ts";
import { drawMatrix, isGo } from "../../pipeline/deploy/go-no-go.ts";
import { type HealthMeasurement, health } from "../../pipeline/deploy/health.ts";
import type { GateSeen } from "../../pipeline/failure.ts";
import type { HttpAnswer } from "../../pipeline/io/http.ts";
import { sampleEnvironment } from "../support/sample-release.ts";

const wanted = {
  app: "quotes",
  environment: "production",
  version: "1.1.0",
  digests: ["sha256:a", "sha256:b"],
};
const approved: GateDecision = {
  pass: true,
  reason: "1 of 1 approvals of 1.1.0",
  approvals: [{ by: "ravi", at: 1, how: "prompt" }],
  refused: [],
};
const now = 10_000_000;

function matrix(
  environment: Partial<Environment>,
  facts: GateFact[],
  over: { approval?: GateDecision; followUps?: string[] } = {},
): GateSeen[] {
  return drawMatrix({
    environment: sampleEnvironment(environment),
    wanted,
    approval: approved,
    followUps: [],
    facts,
    now,
    ...over,
  });
}

/** Verdict and reason of the only gate. */
const only = (gates: GateSeen[]): string => {
  expect(gates).toHaveLength(1);
  return `${gates[0]?.verdict}: ${gates[0]?.reason}`;
};

test("an environment without gates draws nothing, and is go", () => {
  expect(matrix({}, [])).toEqual([]);
  expect(isGo([])).toBe(true);
});

test("every gate that exists is in the matrix, with who said so; what passes has nothing to do", () => {
  const measured: HealthMeasurement[] = [
    { name: "database", unit: "ms", value: 12, problem: null, thresholds: [1_000, 2_000] },
  ];
  const gates = matrix(
    {
      promoteFrom: "staging",
      approval: { required: 1, expiresMs: 1, fourEyes: false, signers: null, github: null, recorded: true },
      health: [
        {
          name: "database",
          kind: "postgres",
          url: "${DATABASE_URL}",
          timeoutMs: 2_000,
          thresholds: [1_000, 2_000],
        },
      ],
      gates: [audit],
    },
    [
      { kind: "promotion", through: "staging", completed: true },
      { kind: "health", health: health(measured), notAsked: ["api"] },
      ended(0, "no critical finding"),
    ],
  );
  expect(gates).toEqual([
    {
      gate: "promotion",
      verdict: "pass",
      reason: "these digests completed on staging",
      by: "journal of staging",
      remedy: null,
    },
    {
      gate: "approval",
      verdict: "pass",
      reason: "1 of 1 approvals of 1.1.0",
      by: "ravi (prompt)",
      remedy: null,
    },
    {
      gate: "health",
      verdict: "pass",
      reason: "HEALTHY; not there yet: api",
      by: "its checks",
      remedy: null,
    },
    { gate: "audit", verdict: "pass", reason: "no critical finding", by: "./audit.sh --all", remedy: null },
  ]);
  expect(isGo(gates)).toBe(true);
});

test("B24: a gate of the configuration that nobody asked is inconclusive, never left out, and no-go", () => {
  const gates = matrix(
    {
      promoteFrom: "staging",
      health: [{ name: "host", kind: "host", cpu: [0.7, 0.9], memory: null, disk: null }],
      gates: [audit, uat, notice],
    },
    [],
  );
  expect(gates.map(({ gate, verdict }) => `${gate} ${verdict}`)).toEqual([
    "promotion inconclusive",
    "health inconclusive",
    "audit inconclusive",
    "uat inconclusive",
    "notice inconclusive",
  ]);
  expect(gates.every(({ remedy }) => remedy !== null)).toBe(true);
  expect(isGo(gates)).toBe(false);
});

test("digests that the earlier environment has not completed, and follow-ups that are open, fail", () => {
  const gates = matrix(
    { promoteFrom: "staging" },
    [{ kind: "promotion", through: "staging", completed: false }],
    { followUps: ["f00"] },
  );
  expect(gates.map(({ verdict, remedy }) => [verdict, remedy])).toEqual([
    ["fail", "`bellwether deploy staging 1.1.0`"],
    ["fail", '`bellwether follow-up production f00 --close "what was done"`'],
  ]);
});

const thresholds: [number, number] = [1_000, 2_000];
const ms = (value: number | null, problem: HealthMeasurement["problem"] = null): HealthMeasurement => ({
  name: "database",
  unit: "ms",
  value,
  problem,
  thresholds,
});

test.each<[string, HealthMeasurement, string, boolean]>([
  ["healthy", ms(999), "pass: HEALTHY", true],
  [
    "degraded passes with a note",
    ms(2_000),
    "pass: DEGRADED (database DEGRADED: 2000 ms, degraded from 1000 ms)",
    true,
  ],
  ["unhealthy", ms(2_001), "fail: UNHEALTHY (database UNHEALTHY: 2001 ms, unhealthy above 2000 ms)", false],
  [
    "failed",
    ms(null, { failed: true, reason: "connection refused" }),
    "fail: UNHEALTHY (database UNHEALTHY: connection refused)",
    false,
  ],
  [
    "unknown",
    ms(null, { failed: false, reason: "no value" }),
    "inconclusive: UNKNOWN (database UNKNOWN: no value)",
    false,
  ],
])("the health gate: %s", (_name, measured, said, go) => {
  const environment: Partial<Environment> = {
    health: [{ name: "database", kind: "postgres", url: "x", timeoutMs: 2_000, thresholds }],
  };
  const gates = matrix(environment, [{ kind: "health", health: health([measured]), notAsked: [] }]);
  expect(only(gates)).toBe(said);
  expect(isGo(gates)).toBe(go);
});

test("a first release, of which nothing can be asked yet, is not held up by its own health", () => {
  const gates = matrix(
    { health: [{ name: "api", kind: "tcp", address: "a:1", timeoutMs: 1, thresholds: null }] },
    [{ kind: "health", health: health([]), notAsked: ["api"] }],
  );
  expect(only(gates)).toBe("pass: nothing to ask; not there yet: api");
});

const audit: GateSpec = {
  name: "audit",
  kind: "command",
  run: "./audit.sh --all",
  environment: {},
  secrets: [],
  timeoutMs: 1_000,
};
const ended = (exitCode: number | null, last = "", timedOut = false): GateFact => ({
  kind: "command",
  gate: "audit",
  ended: { started: true, exitCode, timedOut, ms: 1_000, last },
});

test.each<[GateFact, string]>([
  [ended(0), "pass: exit code 0"],
  [ended(0, "clean"), "pass: clean"],
  [ended(1, "2 critical findings"), "fail: 2 critical findings"],
  [ended(1), "fail: exit code 1"],
  [ended(2, "no data"), "inconclusive: exit code 2: no data"],
  [ended(127), "inconclusive: exit code 127"],
  [ended(null), "inconclusive: it was killed"],
  [ended(0, "", true), "inconclusive: no end within 1000 ms"],
  [
    { kind: "command", gate: "audit", ended: { started: false, reason: "not on PATH" } },
    "inconclusive: it did not start: not on PATH",
  ],
  [
    { kind: "unasked", gate: "audit", reason: "the secret X has no value" },
    "inconclusive: the secret X has no value",
  ],
])("a gate by command: %j → %s", (fact, said) => {
  expect(only(matrix({ gates: [audit] }, [fact]))).toBe(said);
});

const risk: GateSpec = {
  name: "risk",
  kind: "http",
  url: "https://risk.example/${version}",
  headers: {},
  status: 200,
  json: { go: true },
  timeoutMs: 1_000,
};
const answered = (answer: Partial<Extract<HttpAnswer, { kind: "answer" }>>): GateFact => ({
  kind: "http",
  gate: "risk",
  url: risk.kind === "http" ? risk.url : "",
  answer: { kind: "answer", status: 200, headers: {}, body: '{"go":true}', ms: 5, ...answer },
});

test.each<[string, GateFact, string]>([
  ["the expected answer", answered({}), "pass: got 200"],
  ["another value", answered({ body: '{"go":false}' }), "fail: go is false, expected true"],
  ["no such field", answered({ body: "{}" }), "fail: go is missing, expected true"],
  ["a refusal", answered({ status: 404 }), "fail: got 404, expected 200"],
  ["a broken server", answered({ status: 503 }), "inconclusive: got 503, expected 200"],
  ["no JSON", answered({ body: "<html>" }), "inconclusive: body is not JSON"],
  [
    "no answer",
    {
      kind: "http",
      gate: "risk",
      url: "u",
      answer: { kind: "none", reason: "timeout", message: "x", ms: 1 },
    },
    "inconclusive: no answer within 1000 ms",
  ],
])("a gate by HTTP: %s", (_name, fact, said) => {
  const gates = matrix({ gates: [risk] }, [fact]);
  expect(only(gates)).toBe(said);
});

const uat: GateSpec = {
  name: "uat",
  kind: "file",
  path: "uat/${version}.xml",
  minPass: 0.9,
  maxAgeMs: 3_600_000,
};
const file = (text: string, ageMs = 0): GateFact => ({
  kind: "file",
  gate: "uat",
  path: "uat/1.1.0.xml",
  file: { text, ageMs },
});
const cases = (...bodies: string[]): string =>
  `<?xml version="1.0"?>\n<testsuites>\n<testsuite name="uat">${bodies.join("\n")}</testsuite></testsuites>\n`;
const good = '<testcase name="a > b"/>';
const bad = '<testcase name="c"><failure message="no">at x</failure></testcase>';
const skipped = '<testcase name="d"><skipped/></testcase>';

test.each<[string, GateFact, string]>([
  ["all passed", file(cases(good, good, "<testcase></testcase>")), "pass: 3 of 3 tests passed (100 %)"],
  ["too few passed", file(cases(good, bad)), "fail: 1 of 2 tests passed (50 %), at least 90 % are asked for"],
  ["skipped tests do not count", file(cases(good, skipped)), "pass: 1 of 1 tests passed (100 %)"],
  [
    "an error of the suite itself counts",
    file(`<testsuite tests="1" errors="1">${good}</testsuite>`),
    "fail: 0 of 1 tests passed (0 %), at least 90 % are asked for",
  ],
  [
    "what stands in a comment or in output is no test",
    file(cases(good, `<!-- ${bad} -->`, `<system-out><![CDATA[${bad}]]></system-out>`)),
    "pass: 1 of 1 tests passed (100 %)",
  ],
  ["JSON", file('{"passed":9,"total":10}'), "pass: 9 of 10 tests passed (90 %)"],
  ["of this version", file('{"passed":9,"total":10,"version":"1.1.0"}'), "pass: 9 of 10 tests passed (90 %)"],
  [
    "of another version",
    file('{"passed":10,"total":10,"version":"1.0.0"}'),
    "inconclusive: the results are of 1.0.0",
  ],
  ["too old", file(cases(good), 3_600_001), "inconclusive: the results are 1 h old"],
  ["no test at all", file(cases()), "inconclusive: the file holds no results of tests"],
  ["only skipped", file(cases(skipped)), "inconclusive: the file holds no results of tests"],
  ["cut off", file(cases(good).slice(0, -20)), "inconclusive: the file holds no results of tests"],
  ["more than all", file('{"passed":11,"total":10}'), "inconclusive: the file holds no results of tests"],
  ["no numbers", file('{"passed":"10","total":"10"}'), "inconclusive: the file holds no results of tests"],
  ["empty", file(""), "inconclusive: the file holds no results of tests"],
  [
    "missing",
    { kind: "file", gate: "uat", path: "p", file: { text: null, reason: "there is no such file" } },
    "inconclusive: there is no such file",
  ],
])("a gate by results: %s", (_name, fact, said) => {
  expect(only(matrix({ gates: [uat] }, [fact]))).toBe(said);
});

const notice: GateSpec = { name: "notice", kind: "confirm", item: "Customers were told", expiresMs: 1_000 };
const confirmation = (over: Partial<Confirmation> = {}): Confirmation => ({
  format: 1,
  ...wanted,
  digests: ["sha256:b", "sha256:a"],
  item: "notice",
  by: "meera",
  at: now - 500,
  expiresAt: now + 500,
  ...over,
});

test.each<[string, Confirmation[], string]>([
  ["confirmed", [confirmation()], "pass: Customers were told"],
  ["nobody", [], "inconclusive: Customers were told: nobody has confirmed it"],
  [
    "another version",
    [confirmation({ version: "1.0.0" })],
    "inconclusive: Customers were told: nobody has confirmed it",
  ],
  [
    "another item",
    [confirmation({ item: "team" })],
    "inconclusive: Customers were told: nobody has confirmed it",
  ],
  [
    "other digests",
    [confirmation({ digests: ["sha256:a"] })],
    "inconclusive: Customers were told: it was confirmed for other digests",
  ],
  [
    "expired",
    [confirmation({ expiresAt: now })],
    "inconclusive: Customers were told: it expired at 1970-01-01T02:46:40.000Z",
  ],
])("an item of a checklist: %s", (_name, confirmations, said) => {
  const gates = matrix({ gates: [notice] }, [{ kind: "confirm", gate: "notice", confirmations }]);
  expect(only(gates)).toBe(said);
  if (gates[0]?.verdict === "pass") expect(gates[0].by).toBe("meera");
  else expect(gates[0]?.remedy).toBe("`bellwether confirm production 1.1.0 notice`");
});
