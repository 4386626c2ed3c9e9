import { expect, test } from "vitest";
import { noEvidence } from "../../pipeline/evidence.ts";
import { emptyReport, reportOf } from "../../pipeline/report/fold.ts";
import { htmlReport } from "../../pipeline/report/html/page.ts";
import type { Report, StageReport, StepReport } from "../../pipeline/report/report.ts";
import type { RunEvent } from "../../pipeline/run/event.ts";

const step = (id: string, startedAt: number, ms: number, more: Partial<StepReport> = {}): StepReport => ({
  ...{ id, title: id, outcome: "passed", reason: null, cached: false, ms, notes: [], startedAt },
  ...more,
});

const report = (more: Partial<Report>, ...steps: StepReport[]): Report => ({
  ...emptyReport(),
  ...{ app: "small", version: "1.2.3", outcome: "passed", startedAt: 0, finishedAt: 4000 },
  stages: [{ id: "lint", title: "Lint", outcome: "passed", reason: null, ms: 3000, steps }],
  ...more,
});

test("everything is in the page: nothing is loaded, no script runs, and texts of a project stay texts", () => {
  const evil = '<script>alert("x")</script>';
  const tests = {
    total: 1,
    passed: 0,
    failed: 1,
    skipped: 0,
    ms: 5,
    slowest: [],
    failures: [
      { suite: "s", name: evil, file: null, outcome: "failed" as const, ms: 5, message: evil, output: evil },
    ],
  };
  const finding = {
    tool: "t",
    rule: "r",
    level: "error" as const,
    severity: null,
    message: evil,
    path: evil,
    line: 1,
    column: null,
    help: "javascript:alert(1)",
    excerpt: null,
    dependency: null,
    fingerprint: "f",
  };
  const page = htmlReport(
    report({}, step("lint:a", 0, 10, { evidence: { ...noEvidence(), tests, findings: [finding] } })),
    null,
  );
  expect(page).not.toMatch(/<script|javascript:|<link|<img|src=|@import|url\(/);
  expect(page.match(/&lt;script&gt;/g)).toHaveLength(5);
  expect(page).toContain('<meta name="viewport"');
  expect(page).toContain("prefers-color-scheme:dark");
});

test("steps that ran at the same time stand on lanes of their own, and the critical path is outlined", () => {
  const page = htmlReport(
    report({}, step("a", 0, 1000), step("b", 0, 3000), step("c", 1000, 500), step("d", 3000, 1000)),
    null,
  );
  const bars = [
    ...page.matchAll(
      /<span class="bar ([^"]*)" style="left:([\d.]+)%;width:([\d.]+)%;top:([\d.]+)rem"[^>]*>(\w)</g,
    ),
  ];
  expect(
    bars.map(
      ([, kind, left, width, top, name]) =>
        `${name} ${left} ${width} ${top}${kind?.includes("critical") ? " critical" : ""}`,
    ),
  ).toEqual(["a 0.00 25.00 0", "b 0.00 75.00 1.7 critical", "c 25.00 12.50 0", "d 75.00 25.00 0 critical"]);
});

test("coverage is beside that of the run before, and a scan that is not complete says why", () => {
  const covered = (hit: number) => ({
    ...noEvidence(),
    coverage: {
      lines: { covered: hit, total: 1000 },
      branches: null,
      files: [{ path: "a.py", covered: hit, total: 1000 }],
    },
  });
  const scan = { tools: [], complete: false, reasons: ["no database"], looked: 0 };
  const now = report(
    {},
    step("unit:run", 0, 10, { evidence: covered(851) }),
    step("scan:v", 0, 10, { evidence: { ...noEvidence(), scan } }),
  );
  const page = htmlReport(
    now,
    report({ finishedAt: 9000 }, step("unit:run", 0, 10, { evidence: covered(900) })),
  );
  expect(page).toContain("unit:run: 85.1 % (−4.9 points since the run before)");
  expect(page).toContain("; the run before: passed in 9 s");
  expect(page).toContain("scan:v is not complete: no database");
});

test("a run that was cut off has a page, too", () => {
  expect(htmlReport(emptyReport(), null)).toContain("cut off");
});

test("the report knows when each step started", () => {
  const at = 5000;
  const result = { outcome: "passed" as const, cached: false, notes: [] };
  const events: RunEvent[] = [
    { at, kind: "step-finished", stage: "lint", step: "lint:a", title: "a", result, ms: 1200 },
  ];
  expect(reportOf(events).stages[0]?.steps[0]?.startedAt).toBe(3800);
});

const stage = (id: string, outcome: StageReport["outcome"], needs: string[]): StageReport => ({
  ...{ id, title: id, outcome, reason: null, ms: 1, needs },
  steps: [],
});

test("stages stand behind what they need, each with a mark of its state", () => {
  const stages = [
    stage("lint", "passed", []),
    stage("unit-test", "skipped", []),
    stage("image", "failed", ["lint", "unit-test"]),
  ];
  const page = htmlReport(report({ stages }), null);
  const graph = page.slice(page.indexOf('<ol class="graph">'), page.indexOf("</ol>"));
  expect(graph.split("<li><ul>").length - 1).toBe(2);
  for (const part of ["✓ lint", "○ unit-test", "✗ image", "after lint and unit-test"])
    expect(graph).toContain(part);
});

test("failed tests that were not kept are counted, and a run of other stages is not compared by its time", () => {
  const tests = { total: 131, passed: 0, failed: 131, skipped: 0, ms: 5, slowest: [], failures: [] };
  const now = report({}, step("lint:a", 0, 10, { evidence: { ...noEvidence(), tests } }));
  const before = report({ stages: [stage("security-scan", "passed", [])] });
  const page = htmlReport(now, before);
  expect(page).toContain("and 131 more failed");
  expect(page).toContain("; the run before was of security-scan");
});
