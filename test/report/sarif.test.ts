import { expect, test } from "vitest";
import { type Evidence, type Finding, noEvidence } from "../../pipeline/evidence.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { readJunit } from "../../pipeline/findings/junit.ts";
import { readFindings } from "../../pipeline/findings/readers.ts";
import { explain } from "../../pipeline/report/failure.ts";
import { emptyReport } from "../../pipeline/report/fold.ts";
import { junitOf } from "../../pipeline/report/junit.ts";
import type { Report, StepReport } from "../../pipeline/report/report.ts";
import { sarifFiles } from "../../pipeline/report/sarif.ts";

const finding = (over: Partial<Finding> = {}): Finding => ({
  tool: "flake8",
  rule: "F401",
  level: "error",
  severity: null,
  message: "'os' imported but unused",
  path: "app/a b:c.py",
  line: 3,
  column: 1,
  help: null,
  excerpt: null,
  dependency: null,
  fingerprint: "f1",
  ...over,
});

const step = (id: string, more: Partial<StepReport> = {}): StepReport => ({
  id,
  title: id,
  outcome: "passed",
  reason: null,
  cached: false,
  ms: 1500,
  notes: [],
  ...more,
});

const reportOf = (...steps: StepReport[]): Report => ({
  ...emptyReport(),
  app: "small",
  stages: [{ id: "lint", title: "Lint", outcome: "failed", reason: null, ms: 3000, steps }],
});

const sarif = (evidence: Partial<Evidence>) =>
  sarifFiles(reportOf(step("lint:a", { evidence: { ...noEvidence(), ...evidence } })), "1.0.0");

test("each tool has a file of its own, and what is written is read back as it was", () => {
  const files = sarif({
    findings: [finding(), finding({ tool: "my linter", rule: "X", line: null, column: null })],
  });
  expect(Object.keys(files)).toEqual(["flake8.sarif", "my-linter.sarif"]);
  const read = readFindings("sarif", files["flake8.sarif"] ?? "", (path) => path);
  expect(read).toMatchObject({
    ok: true,
    value: [{ tool: "flake8", rule: "F401", level: "error", path: "app/a b:c.py", line: 3, column: 1 }],
  });
});

test("tools whose names differ in what a file's name cannot hold have files of their own", () => {
  const files = sarif({
    findings: ["my-tool", "my tool", "My-Tool", "t".repeat(300), ""].map((tool) => finding({ tool })),
  });
  expect(Object.keys(files)).toEqual([
    "my-tool.sarif",
    "my-tool-2.sarif",
    "My-Tool-3.sarif",
    `${"t".repeat(100)}.sarif`,
    "tool.sarif",
  ]);
  expect(Object.values(files).map((text) => JSON.parse(text).runs[0].tool.driver.name.slice(0, 9))).toEqual([
    "my-tool",
    "my tool",
    "My-Tool",
    "ttttttttt",
    "",
  ]);
});

test.each([
  ["/etc/pass wd", { uri: "file:///etc/pass%20wd" }],
  ["C:/src/a.cs", { uri: "file:///C:/src/a.cs" }],
  ["//host/share/a.cs", { uri: "file://host/share/a.cs" }],
  ["app/\uD800.py", { uri: "app/%EF%BF%BD.py", uriBaseId: "%SRCROOT%" }],
  ["app/😀.py", { uri: "app/%F0%9F%98%80.py", uriBaseId: "%SRCROOT%" }],
  ["c:x", { uri: "c%3Ax", uriBaseId: "%SRCROOT%" }],
])("the path %j is a URI of the sources, or an absolute one", (path, location) => {
  const { runs } = JSON.parse(sarif({ findings: [finding({ path })] })["flake8.sarif"] ?? "");
  expect(runs[0].results[0].locations[0].physicalLocation.artifactLocation).toEqual(location);
});

test("paths are relative URIs, marks are stable, and a vulnerability has its score and what mends it", () => {
  const dependency = { name: "minimist", version: "1.2.5", fixed: "1.2.6" };
  const files = sarif({
    findings: [
      finding({
        tool: "npm-audit",
        rule: "GHSA-1",
        severity: "critical",
        help: "https://example.org/1",
        dependency,
        line: null,
        column: null,
      }),
    ],
  });
  const { runs } = JSON.parse(files["npm-audit.sarif"] ?? "");
  expect(runs[0].tool.driver.rules).toEqual([
    {
      id: "GHSA-1",
      shortDescription: { text: "'os' imported but unused" },
      fullDescription: { text: "npm-audit reports GHSA-1, for example: 'os' imported but unused" },
      helpUri: "https://example.org/1",
      help: { text: "https://example.org/1" },
      properties: { tags: ["security"], "security-severity": "9.5" },
    },
  ]);
  expect(runs[0].results).toEqual([
    {
      ruleId: "GHSA-1",
      ruleIndex: 0,
      level: "error",
      message: { text: "'os' imported but unused. Fixed in 1.2.6." },
      locations: [
        { physicalLocation: { artifactLocation: { uri: "app/a%20b%3Ac.py", uriBaseId: "%SRCROOT%" } } },
      ],
      partialFingerprints: { "bellwether/v1": "f1" },
    },
  ]);
});

test("what is allowed is suppressed with its reason, not left out", () => {
  const allowed = [{ finding: finding(), reason: "generated", expires: "2027-01-01" }];
  const { runs } = JSON.parse(sarif({ allowed })["flake8.sarif"] ?? "");
  expect(runs[0].results[0].suppressions).toEqual([
    { kind: "external", status: "accepted", justification: "generated (until 2027-01-01)" },
  ]);
});

test("a scanner that found nothing has an empty run, and no more than 25,000 results are written", () => {
  const scan = { tools: [{ name: "trivy", version: null }], complete: true, reasons: [], looked: 3 };
  expect(JSON.parse(sarif({ scan })["trivy.sarif"] ?? "").runs[0].results).toEqual([]);
  const many = Array.from({ length: 25_001 }, () => finding());
  expect(JSON.parse(sarif({ findings: many })["flake8.sarif"] ?? "").runs[0].results).toHaveLength(25_000);
});

test("the stages are a JUnit file: what was skipped is skipped, what failed says what to do", () => {
  const failure = {
    kind: "step-failed" as const,
    exitCode: 1 as const,
    what: 'lint:b <failed> "so"\u0001',
    where: "lint:b",
    expected: null,
    next: "Mend it.",
    detail: { kind: "no-commits" as const, directory: "." },
  };
  const report = reportOf(
    step("lint:a"),
    step("lint:b", { outcome: "failed", failure }),
    step("lint:c", { outcome: "skipped", reason: "no need" }),
  );
  report.stages.push({
    id: "image",
    title: "Images",
    outcome: "skipped",
    reason: "not configured",
    ms: 0,
    steps: [],
  });
  expect(readJunit(junitOf(report))).toMatchObject({
    ok: true,
    value: {
      total: 4,
      passed: 1,
      failed: 1,
      skipped: 2,
      failures: [{ name: "lint:b", message: 'lint:b <failed> "so"', output: "lint:b\nMend it." }],
    },
  });
});

test("a step that failed says why in JUnit, in the words of the terminal: what is covered too little, which tests failed", () => {
  const failed = (id: string, detail: Failure): StepReport => {
    const { what, where, expected, next } = explain(detail);
    const failure = { kind: detail.kind, exitCode: 1 as const, what, where, expected, next, detail };
    return step(id, { outcome: "failed", failure });
  };
  const report = reportOf(
    failed("unit:a", {
      kind: "coverage-low",
      step: "unit:a",
      shortfalls: ["in total 85 %, expected at least 85.1 %"],
    }),
    failed("unit:b", {
      kind: "tests-failed",
      step: "unit:b",
      failed: 1,
      total: 2,
      found: ["t.a › adds: \u001b[31m1 is not 2\u001b[0m \uFFFF"],
    }),
  );
  const read = readJunit(junitOf(report));
  expect(read.ok ? read.value.failures.map(({ output }) => output) : read.failure).toEqual([
    "unit:a\nin total 85 %, expected at least 85.1 %\nthe coverage that the config asks for\nAdd tests, or lower `coverage` in the config.",
    "unit:b\nt.a › adds: 1 is not 2 \nno failed test\nMend the tests, and the command, which hides that they fail.",
  ]);
});
