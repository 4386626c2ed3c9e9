import { expect, test } from "vitest";
import { noEvidence } from "../../pipeline/evidence.ts";
import { emptyReport, reportOf } from "../../pipeline/report/fold.ts";
import { htmlReport } from "../../pipeline/report/html/page.ts";
import { style } from "../../pipeline/report/html/style.ts";
import type { FailureReport, Report, StageReport, StepReport } from "../../pipeline/report/report.ts";
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

test("steps that ran at the same time stand on lanes of their own, and the chain that set the length is outlined", () => {
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
        `${name} ${left} ${width} ${top}${kind?.includes("chain") ? " chain" : ""}`,
    ),
  ).toEqual(["a 0.00 25.00 0", "b 0.00 75.00 1.7 chain", "c 25.00 12.50 0", "d 75.00 25.00 0 chain"]);
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
  expect(page).toContain("unit:run: 85.1 % (−4.9 points against the run before)");
  const onBase = (covered: number) => {
    const evidence = now.stages[0]?.steps[0]?.evidence;
    if (evidence?.coverage) evidence.coverage.base = { covered, total: 1000 };
    return htmlReport(now, null);
  };
  expect(onBase(840)).toContain("unit:run: 85.1 % (+1.1 points against the base branch)");
  expect(onBase(851)).toContain("unit:run: 85.1 % (as on the base branch)");
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

const stage = (id: string, needs: string[], more: Partial<StageReport> = {}): StageReport => ({
  ...{ id, title: id, outcome: "passed", reason: null, ms: 3000, steps: [], needs },
  ...more,
});

const places = (page: string): string[] =>
  [...page.matchAll(/<li class="(\w+)" style="left:([\d.]+)%;--row:([\d.]+);[^>]*><b>(\S+) (\w+)</g)].map(
    ([, state, left, row, mark, title]) => `${mark} ${title} ${state} ${left} ${row}`,
  );

test("stages stand as a graph: each behind what it needs, with its state in a word and a mark", () => {
  const failure: FailureReport = {
    ...{ kind: "git-missing", exitCode: 1, what: "w", where: null, expected: null, next: "n" },
    detail: { kind: "git-missing" },
  };
  const stages = [
    stage("lint", []),
    stage("unit", [], { outcome: "failed", steps: [step("unit:a", 0, 10, { failure })] }),
    stage("image", ["lint", "unit"], { outcome: "skipped", reason: "unit failed", ms: 0 }),
    stage("live", ["image", "lint"], { outcome: "interrupted" }),
  ];
  const page = htmlReport(report({ stages }), null);
  expect(places(page)).toEqual([
    "✔ lint passed 0.00 0",
    "✖ unit failed 0.00 1",
    "○ image skipped 35.71 0.5",
    "■ live interrupted 71.43 0.5",
  ]);
  expect(page).toContain("<small>skipped: unit failed</small>");
  expect(page).toContain("after lint and unit</small>");
  // That lint comes before live is said by image already.
  expect(page).toContain("after image</small>");
  expect(page.match(/M[\d.]+ [\d.]+H/g)).toHaveLength(3);
});

test("a graph of one stage, of none that needs another, and of a circle ends", () => {
  expect(places(htmlReport(report({ stages: [stage("a", ["gone"])] }), null))).toEqual(["✔ a passed 0.00 0"]);
  const many = Array.from({ length: 12 }, (_, at) => stage(`s${at}`, at === 0 ? [] : [`s${at - 1}`]));
  expect(places(htmlReport(report({ stages: many }), null))).toHaveLength(12);
  const circle = [stage("a", ["b"]), stage("b", ["a"])];
  expect(places(htmlReport(report({ stages: circle }), null))).toHaveLength(2);
});

test("what the terminal says of a failure is on the page, and coverage says what it falls short of", () => {
  const shortfalls = ["in total 85 %, expected at least 85.1 %"];
  const detail = { kind: "coverage-low" as const, step: "unit:run", shortfalls };
  const coverage = { lines: { covered: 850, total: 1000 }, branches: null, files: [] };
  const steps = [step("unit:run", 0, 10, { evidence: { ...noEvidence(), coverage } })];
  const page = htmlReport(
    reportOf([
      { at: 0, kind: "stage-started", stage: "unit", title: "Unit" },
      ...steps.map(
        ({ evidence }): RunEvent => ({
          ...{ at: 10, kind: "step-finished", stage: "unit", step: "unit:run", title: "run", ms: 10 },
          result: { outcome: "failed", failure: detail, ...(evidence ? { evidence } : {}) },
        }),
      ),
      { at: 20, kind: "run-finished", run: "r", outcome: "failed", ms: 20, failures: [detail] },
    ]),
    null,
  );
  expect(page).toContain(`<pre>${shortfalls[0]}</pre>`);
  expect(page).toContain(`85 %</h3><p class="failed">${shortfalls[0]}</p>`);
});

test("failed tests that are not kept are counted", () => {
  const failures = [
    { suite: "s", name: "t", file: null, outcome: "failed" as const, ms: 5, message: null, output: null },
  ];
  const tests = { total: 40, passed: 8, failed: 32, skipped: 0, ms: 5, slowest: [], failures };
  const page = htmlReport(report({}, step("a", 0, 1, { evidence: { ...noEvidence(), tests } })), null);
  expect(page).toContain('<p class="dim">and 31 more</p>');
});

const drawnBars = (page: string) =>
  [
    ...page.matchAll(
      /<span class="bar ([^"]*)" style="left:([\d.]+)%;width:([\d.]+)%;top:([\d.]+)rem" title="([^"]*)"/g,
    ),
  ].map(([, kind = "", left, width, top, title = ""]) => ({
    ...{ kind, title, top: Number(top), left: Number(left), right: Number(left) + Number(width) },
  }));

test("steps that took no time make no lanes, no bar covers another, and hits of no length are not outlined", () => {
  const hits = Array.from({ length: 64 }, (_, at) =>
    step(`hit${at}`, 100 + (at % 3), at % 4, { cached: true }),
  );
  const page = htmlReport(
    report(
      {},
      step("first", 0, 100),
      ...hits,
      step("bad", 102, 1, { outcome: "failed" }),
      step("long", 104, 9000),
      step("last", 9104, 1),
    ),
    null,
  );
  const bars = drawnBars(page);
  for (const bar of bars)
    for (const other of bars)
      if (bar !== other && bar.top === other.top && bar.left <= other.left)
        expect(bar.right, `${bar.title} and ${other.title}`).toBeLessThanOrEqual(other.left + 0.011);
  expect(Math.max(...bars.map(({ right }) => right))).toBeLessThanOrEqual(100.01);
  expect(bars.filter(({ kind }) => kind.includes("chain")).map(({ title }) => title)).toEqual([
    "long: passed, 9 s",
  ]);
  expect(bars.some(({ kind }) => kind.includes("failed"))).toBe(true);
});

test("steps one after the other, each in no time, stand on one lane", () => {
  const quick = Array.from({ length: 6 }, (_, at) => step(`q${at}`, at, 0));
  expect(htmlReport(report({}, ...quick), null)).toContain("one step after the other, 5 ms");
});

test("a run before of other stages is named by them, without a comparison of durations", () => {
  const other = report({
    finishedAt: 9000,
    stages: [stage("scan", []), stage("x", [], { outcome: "skipped" })],
  });
  const page = htmlReport(report({}), other);
  expect(page).toContain("; the run before was of scan: passed</p>");
  expect(page).not.toContain("9 s");
});

test("in tables, paths and messages may break, numbers and short words never", () => {
  const page = htmlReport(report({}, step("a", 0, 10)), null);
  expect(page).toContain('<td class="long">a</td>');
  expect(page).toContain("<td>10 ms</td>");
  expect(style).toMatch(/th,td\{[^}]*white-space:nowrap/);
});

const luminance = (colour: string): number => {
  const full =
    colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit).join("") : colour.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

test("by day and by night, all text can be read (WCAG AA, 4.5:1)", () => {
  const themes = [...style.matchAll(/:root\{([^}]*)\}/g)].map(
    ([, colours = ""]) =>
      new Map([...colours.matchAll(/--(\w+):(#\w+)/g)].map(([, name, value]) => [name, value])),
  );
  expect(themes).toHaveLength(2);
  const pairs = [
    ...["passed", "failed", "cached"].map((ground) => ["on", ground]),
    ...["fg", "dim", "passed", "failed", "waits"].flatMap((text) => [[text, "bg"]]),
    ["fg", "soft"],
  ];
  for (const theme of themes)
    for (const [text = "", ground = ""] of pairs) {
      const [one = 0, two = 0] = [text, ground].map((name) => luminance(theme.get(name) ?? "#000"));
      const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
      expect(ratio, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
});
