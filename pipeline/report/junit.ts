import { explain } from "./failure.ts";
import type { FailureReport, Report, StageReport, StepReport } from "./report.ts";
import { plainText } from "./text.ts";

/** The stages of a run as JUnit XML: a suite a stage, a test a step; what was skipped is skipped, never passed. */
export function junitOf(report: Report): string {
  const suites = report.stages.map(suiteOf);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(report.app)}">\n${suites.join("")}</testsuites>\n`;
}

function suiteOf({ id, outcome, reason, ms, steps }: StageReport): string {
  const cases =
    steps.length > 0
      ? steps
      : [{ id, title: id, outcome, reason, cached: false, ms, notes: [] } satisfies StepReport];
  const counted = (wanted: string) => cases.filter((step) => step.outcome === wanted).length;
  const failures = counted("failed") + counted("interrupted");
  const head = `<testsuite name="${escaped(id)}" tests="${cases.length}" failures="${failures}" skipped="${counted("skipped")}" time="${seconds(ms)}">`;
  return `  ${head}\n${cases.map((step) => caseOf(id, step)).join("")}  </testsuite>\n`;
}

function caseOf(stage: string, { id, outcome, reason, ms, failure }: StepReport): string {
  const open = `    <testcase classname="${escaped(stage)}" name="${escaped(id)}" time="${seconds(ms)}"`;
  if (outcome === "passed") return `${open}/>\n`;
  if (outcome === "skipped") return `${open}><skipped message="${escaped(reason ?? "")}"/></testcase>\n`;
  const what = failure?.what ?? "interrupted";
  const more = failure ? linesOf(failure).join("\n") : "";
  return `${open}><failure message="${escaped(what)}">${escaped(more)}</failure></testcase>\n`;
}

/** Where, why (failed tests, what is covered too little, last lines), what was expected, and what to do next. */
const linesOf = ({ where, expected, next, detail }: FailureReport): string[] =>
  [where, ...explain(detail).details.map(plainText), expected, next].filter((text) => text !== null);

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const names: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

/** Characters that XML 1.0 (§2.2) does not know are left out. */
const escaped = (text: string): string =>
  [...text]
    .filter((each) => (each >= " " && !/[\p{Surrogate}\uFFFE\uFFFF]/u.test(each)) || "\t\n\r".includes(each))
    .map((each) => names[each] ?? each)
    .join("");
