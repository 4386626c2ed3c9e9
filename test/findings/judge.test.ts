import { expect, test } from "vitest";
import type { Finding, ScanDocument } from "../../pipeline/evidence.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { createJudge } from "../../pipeline/findings/judge.ts";
import type { JudgeFacts } from "../../pipeline/findings/judge-check.ts";
import type { ScanRule } from "../../pipeline/plan/plan.ts";
import { fail, ok } from "../../pipeline/result.ts";
import { hermetic } from "../support/hermetic.ts";

const exit1: Failure = {
  kind: "step-failed",
  step: "unit:run",
  end: { exitCode: 1, signal: null },
  tail: ["last"],
};

/** What is thought of a step with these files. */
async function judged(
  more: Parameters<typeof hermetic>[0],
  files: Record<string, string>,
  seen: { failure?: Failure; log?: string; facts?: Partial<JudgeFacts> } = {},
) {
  const exists = () => Promise.resolve(false);
  const judge = createJudge({ today: "2026-11-21", root: "/repo", exists, base: {}, ...seen.facts });
  return judge(hermetic({ id: "unit:run", ...more }), {
    failure: seen.failure ?? null,
    log: seen.log ?? "",
    read: async (path) => {
      const text = files[path];
      return text === undefined ? fail("it was not written") : ok(text);
    },
  });
}

const junit = { reports: { junit: "unit.xml", coverage: null } };
const cover = (min: number, minFile: number | null = null, maxDrop: number | null = null) => ({
  reports: { junit: null, coverage: "lcov.info" },
  rules: { coverage: { min, minFile, maxDrop }, scan: null },
});
const lcov = "SF:a.ts\nLF:10\nLH:9\nend_of_record\nSF:b.ts\nLF:10\nLH:6\nend_of_record\n";

test("a step without reports is what its end says", async () => {
  expect(await judged({}, {})).toEqual({ evidence: null, failure: null, notes: [] });
  expect(await judged({}, {}, { failure: exit1 })).toEqual({ evidence: null, failure: exit1, notes: [] });
});

test("a runner that prints that it had no test is no pass, and neither is one of several that all had none", async () => {
  const none = "\n-----\nRan 0 tests in 0.000s\r\n\nOK\n";
  const some = "Ran 1 test in 0.1s\n\nOK\n";
  const nothing = { kind: "no-tests", step: "unit:run", skipped: 0 };
  const lcovOnly = { reports: { junit: null, coverage: "lcov.info" } };
  expect((await judged({}, {}, { log: none })).failure).toEqual(nothing);
  expect((await judged({}, {}, { log: none + none })).failure).toEqual(nothing);
  expect((await judged(lcovOnly, { "lcov.info": lcov }, { log: none })).failure).toEqual(nothing);
  expect((await judged({}, {}, { log: none + some })).failure).toBeNull();
  expect((await judged({}, {}, { log: none.replace("OK", "OK (skipped=1)") })).failure).toEqual(nothing);
  expect((await judged({}, {}, { log: some.replace("OK", "OK (skipped=1)") })).failure).toBeNull();
  expect((await judged({ id: "lint:echo" }, {}, { log: none })).failure).toBeNull();
  const cut = `${"line\n".repeat(20_000)}${none}`;
  expect((await judged({}, {}, { log: cut })).failure).toBeNull();
  expect((await judged({}, {}, { log: "Ran 10 tests in 2.5s\n" })).failure).toBeNull();
  expect((await judged({}, {}, { log: none, failure: exit1 })).failure).toEqual(exit1);
});

const cargo = (passed: number, ignored = 0, measured = 0) =>
  `     Running unittests src/lib.rs (target/debug/deps/fees-3f9c)\n${result(passed, ignored, measured)}`;
const result = (passed: number, ignored = 0, measured = 0) =>
  `test result: ok. ${passed} passed; 0 failed; ${ignored} ignored; ${measured} measured; 9 filtered out; finished in 0.00s\n`;
const node = (total: number, skipped: number) =>
  `ℹ tests ${total}\nℹ suites 0\nℹ pass ${total - skipped}\nℹ fail 0\nℹ cancelled 0\nℹ skipped ${skipped}\nℹ todo 0\n`;

test.each([
  ["cargo", `${cargo(0) + cargo(0, 2)}   Doc-tests fees\n${result(0)}`, 2],
  ["node --test", node(0, 0), 0],
  ["node --test in TAP", node(3, 3).replaceAll("ℹ", "#"), 3],
  ["Mocha", "\n\n  0 passing (1ms)\n  4 pending\n\n", 4],
])("%s without a test that ran is no pass", async (_runner, log, skipped) => {
  expect((await judged({}, {}, { log })).failure).toEqual({ kind: "no-tests", step: "unit:run", skipped });
});

test.each([
  ["cargo", cargo(0) + cargo(1) + cargo(0)],
  ["cargo bench", cargo(0, 3, 1)],
  [
    "cargo with a harness that tells nothing",
    `${cargo(0)}     Running tests/features.rs (target/debug/deps/x)\n`,
  ],
  ["cargo --quiet, where nobody knows,", result(0)],
  ["node --test", node(3, 2)],
  ["Mocha", "  2 passing (12ms)\n  1 pending\n"],
  ["a command of another kind", "12 tests, 0 passing so far (see tests 0)\n"],
])("%s with one is", async (_runner, log) => {
  expect((await judged({}, {}, { log })).failure).toBeNull();
});

test("tests that were all skipped are no pass in a report; one that ran, or failed as expected, is enough", async () => {
  const skipped = '<testcase classname="t" name="a"><skipped message="no database"/></testcase>';
  const report = (...cases: string[]) => ({ "unit.xml": `<testsuite>${cases.join("")}</testsuite>` });
  const all = await judged(junit, report(skipped, skipped));
  expect(all.failure).toEqual({ kind: "no-tests", step: "unit:run", skipped: 2 });
  expect(all.evidence?.tests).toMatchObject({ total: 2, skipped: 2 });
  expect((await judged(junit, report(skipped, '<testcase name="b"/>'))).failure).toBeNull();
  expect((await judged(junit, report(skipped), { failure: exit1 })).failure).toMatchObject({
    kind: "step-failed",
  });
  const expected = skipped.replace("<skipped", '<skipped type="pytest.xfail"');
  expect((await judged(junit, report(expected))).failure).toBeNull();
});

test("a declared report that was not written is no pass, for there is no evidence", async () => {
  expect((await judged(junit, {})).failure).toEqual({
    kind: "report-unreadable",
    step: "unit:run",
    file: "unit.xml",
    reason: "it was not written",
  });
});

test("an output that is missing is told as the report that it is declared as", async () => {
  const missing = (path: string): Failure => ({ kind: "output-missing", step: "unit:run", path });
  const untold = (file: string) => ({
    kind: "report-unreadable",
    step: "unit:run",
    file,
    reason: "it was not written",
  });
  expect((await judged(junit, {}, { failure: missing("unit.xml") })).failure).toEqual(untold("unit.xml"));
  const findings = { findings: { reader: "sarif", file: "out.sarif" } };
  expect((await judged(findings, {}, { failure: missing("out.sarif") })).failure).toEqual(
    untold("out.sarif"),
  );
  expect((await judged(junit, {}, { failure: missing("dist") })).failure).toEqual(missing("dist"));
});

test("a failed step names its failed tests, and keeps its own failure where the report is missing", async () => {
  const text =
    '<testsuite name="s"><testcase classname="t.a" name="adds"><failure message="1 is not 2"/></testcase></testsuite>';
  expect((await judged(junit, { "unit.xml": text }, { failure: exit1 })).failure).toEqual({
    ...exit1,
    found: ["t.a › adds: 1 is not 2"],
  });
  const without = await judged(junit, {}, { failure: exit1 });
  expect(without.failure).toEqual(exit1);
  expect(without.notes).toEqual(["unit.xml tells nothing: it was not written"]);
});

test("a command that hides its failed tests behind exit code 0 does not pass", async () => {
  const text =
    '<testsuite name="s"><testcase name="a"/><testcase name="b"><error message="no"/></testcase></testsuite>';
  expect((await judged(junit, { "unit.xml": text })).failure).toMatchObject({
    kind: "tests-failed",
    failed: 1,
    total: 2,
  });
});

test("coverage is held against the total, each file, and the base branch", async () => {
  expect((await judged(cover(0.75), { "lcov.info": lcov })).failure).toBeNull();
  expect((await judged(cover(0.8), { "lcov.info": lcov })).failure).toEqual({
    kind: "coverage-low",
    step: "unit:run",
    shortfalls: ["in total 75 %, expected at least 80 %"],
  });
  expect((await judged(cover(0, 0.7), { "lcov.info": lcov })).failure).toMatchObject({
    shortfalls: ["b.ts 60 %, expected at least 70 %"],
  });
  const base = { "unit:run": { lines: { covered: 8, total: 10 }, branches: null, files: [] } };
  expect(
    (await judged(cover(0, null, 0.04), { "lcov.info": lcov }, { facts: { base } })).failure,
  ).toMatchObject({
    shortfalls: ["75 % after 80 % on the base branch, expected a drop of at most 4 %"],
  });
  expect((await judged(cover(0, null, 0.04), { "lcov.info": lcov })).notes).toEqual([
    "no run of the base branch is at hand: whether the coverage dropped is not known",
  ]);
  const within = await judged(cover(0, null, 0.05), { "lcov.info": lcov }, { facts: { base } });
  expect(within).toMatchObject({
    failure: null,
    evidence: { coverage: { base: { covered: 8, total: 10 } } },
  });
});

test("a linter's findings are kept whether it fails or not, and told where it does", async () => {
  const flake8 = { findings: { reader: "flake8", file: null }, directory: "backend" };
  const log = "app/x.py:1:1: F401 'os' imported but unused\n";
  const passing = await judged(flake8, {}, { log });
  expect(passing).toMatchObject({
    failure: null,
    evidence: { findings: [{ path: "backend/app/x.py", line: 1 }] },
  });
  expect((await judged(flake8, {}, { log, failure: exit1 })).failure).toMatchObject({
    found: ["backend/app/x.py:1 F401: 'os' imported but unused"],
  });
});

test("findings that cannot be read are said to be unknown; the command's own end decides", async () => {
  const sarif = { findings: { reader: "sarif", file: "out.sarif" } };
  expect(await judged(sarif, { "out.sarif": "{" })).toMatchObject({
    failure: null,
    notes: ["findings of sarif are unknown: it is no SARIF"],
  });
});

const finding = (over: Partial<Finding> = {}): Finding => ({
  tool: "npm-audit",
  rule: "GHSA-1",
  level: "error",
  severity: "high",
  message: "left-pad 1.0: bad",
  path: "package-lock.json",
  line: null,
  column: null,
  help: null,
  excerpt: null,
  dependency: { name: "left-pad", version: "1.0", fixed: "1.1" },
  fingerprint: "f1",
  ...over,
});

async function scanned(
  findings: Finding[],
  over: { scan?: Partial<ScanDocument["scan"]>; rule?: Partial<ScanRule>; failure?: Failure } = {},
) {
  const rule: ScanRule = {
    kind: "vulnerabilities",
    file: "scan.json",
    fail: "high",
    allow: [],
    acceptInconclusive: null,
    ...over.rule,
  };
  const scan = {
    tools: [{ name: "npm-audit", version: null }],
    complete: true,
    reasons: [],
    looked: 3,
    ...over.scan,
  };
  const document: ScanDocument = { format: 1, kind: "vulnerabilities", scan, findings };
  const seen = over.failure === undefined ? {} : { failure: over.failure };
  return judged({ rules: { coverage: null, scan: rule } }, { "scan.json": JSON.stringify(document) }, seen);
}

const entry = { rule: "GHSA-1", path: null, fingerprint: null, reason: "not reachable" };

test("a complete scan passes below its severity and fails from it on, with the version that mends it", async () => {
  expect((await scanned([finding({ severity: "medium" })])).failure).toBeNull();
  expect((await scanned([finding()])).failure).toEqual({
    kind: "findings-present",
    step: "unit:run",
    tool: "npm-audit",
    count: 1,
    fail: "high",
    found: ["package-lock.json GHSA-1 [high]: left-pad 1.0: bad (fixed in 1.1)"],
  });
});

test("a severity that nobody knows counts as the worst", async () => {
  expect(
    (await scanned([finding({ severity: "unknown" })], { rule: { fail: "critical" } })).failure,
  ).toMatchObject({
    kind: "findings-present",
  });
});

test("what is allowed passes until its last day, and fails after it", async () => {
  const until = (expires: string) => scanned([finding()], { rule: { allow: [{ ...entry, expires }] } });
  expect(await until("2026-11-21")).toMatchObject({
    failure: null,
    evidence: { allowed: [{ reason: "not reachable" }] },
  });
  expect((await until("2026-11-20")).failure).toEqual({
    kind: "allowance-expired",
    step: "unit:run",
    entries: ["GHSA-1 until 2026-11-20: not reachable"],
  });
});

test("what is allowed by the name that another database gives it passes, too, and both names are told", async () => {
  const known = finding({ rule: "PYSEC-2019-217", aliases: ["CVE-2019-10906", "GHSA-462w-v97r-4m45"] });
  const allowed = (rule: string) =>
    scanned([known], { rule: { allow: [{ ...entry, rule, expires: "2027-01-01" }] } });
  expect((await allowed("CVE-2019-10906")).failure).toBeNull();
  expect((await allowed("PYSEC-2019-217")).failure).toBeNull();
  expect((await allowed("CVE-2019-1")).failure).toMatchObject({
    found: [
      "package-lock.json PYSEC-2019-217 (CVE-2019-10906, GHSA-462w-v97r-4m45) [high]: left-pad 1.0: bad (fixed in 1.1)",
    ],
  });
});

test("an entry that allows nothing any more is said", async () => {
  const { notes } = await scanned([], { rule: { allow: [{ ...entry, expires: "2027-01-01" }] } });
  expect(notes).toEqual(["allowed but not found any more: GHSA-1"]);
});

const blind = { complete: false, reasons: ["the registry answered 405"] };
const ended75: Failure = {
  kind: "step-failed",
  step: "unit:run",
  end: { exitCode: 75, signal: null },
  tail: [],
};

test("an incomplete scan without findings is inconclusive, and no pass", async () => {
  expect((await scanned([], { scan: blind, failure: ended75 })).failure).toEqual({
    kind: "scan-inconclusive",
    step: "unit:run",
    tool: "npm-audit",
    reasons: ["the registry answered 405"],
  });
});

test("an inconclusive scan passes only where that is accepted, until its last day, and says so", async () => {
  const accept = (expires: string) =>
    scanned([], {
      scan: blind,
      failure: ended75,
      rule: { acceptInconclusive: { reason: "mirror", expires } },
    });
  expect(await accept("2026-11-21")).toMatchObject({
    failure: null,
    notes: ["inconclusive (the registry answered 405), accepted until 2026-11-21: mirror"],
  });
  expect((await accept("2026-11-20")).failure).toMatchObject({ kind: "scan-inconclusive" });
});

test("what an incomplete scan did find fails, whatever is accepted", async () => {
  const rule = { acceptInconclusive: { reason: "mirror", expires: "2027-01-01" } };
  expect((await scanned([finding()], { scan: blind, failure: ended75, rule })).failure).toMatchObject({
    kind: "findings-present",
  });
});

test("a scan that left no document is no pass", async () => {
  const rules = {
    coverage: null,
    scan: {
      kind: "secrets" as const,
      file: "scan.json",
      fail: "low" as const,
      allow: [],
      acceptInconclusive: null,
    },
  };
  expect((await judged({ rules }, {})).failure).toMatchObject({
    kind: "report-unreadable",
    reason: "it was not written",
  });
  expect((await judged({ rules }, { "scan.json": "{}" })).failure).toMatchObject({
    kind: "report-unreadable",
  });
});
