import type { TestCase, TestEvidence } from "../evidence.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Element, numberOf, readXml } from "./xml.ts";

/** Most failed tests that are kept, and slowest ones. */
const mostFailures = 100;
const mostSlow = 10;
/** Longest text in characters of a failed test's message, and of its output. */
const longestMessage = 2_000;
const longestOutput = 8_000;

/**
 * Reads JUnit XML in the dialects of pytest, vitest, jest-junit, cargo-nextest, surefire and go-junit-report: suites
 * may nest, times are seconds. A file without any test is a failure: it is evidence of nothing.
 */
export function readJunit(text: string): Result<TestEvidence, string> {
  const read = readXml(text);
  if (!read.ok) return read;
  const root = read.value;
  if (root.name !== "testsuites" && root.name !== "testsuite")
    return fail(`its root is <${root.name}>, expected <testsuites> or <testsuite>`);
  const cases: TestCase[] = [];
  collect(root, "", cases);
  // A suite whose set-up failed may tell of an error that belongs to no test.
  const orphans = [...orphanErrors(root), ...unlisted(root)];
  if (cases.length + orphans.length === 0) return fail("it tells of no test at all");
  const all = [...cases, ...orphans];
  const bad = all.filter((each) => each.outcome === "failed" || each.outcome === "error");
  const skipped = all.filter((each) => each.outcome === "skipped").length;
  return ok({
    total: all.length,
    passed: all.length - bad.length - skipped,
    failed: bad.length,
    skipped,
    ms: all.reduce((sum, each) => sum + each.ms, 0),
    failures: bad.slice(0, mostFailures),
    slowest: cases
      .filter((each) => each.outcome !== "skipped")
      .sort((a, b) => b.ms - a.ms)
      .slice(0, mostSlow)
      .map((each) => ({ ...each, message: null, output: null })),
  });
}

function collect(element: Element, suite: string, into: TestCase[]): void {
  const here = element.attributes.name || suite;
  for (const child of element.children) {
    if (child.name === "testsuite") collect(child, here, into);
    else if (child.name === "testcase") into.push(caseOf(child, here));
  }
}

function caseOf(element: Element, suite: string): TestCase {
  const { attributes } = element;
  const first = (...names: string[]) => element.children.find((child) => names.includes(child.name));
  const bad = first("failure", "error");
  const skipped = first("skipped") ?? (attributes.status === "notrun" ? element : undefined);
  // pytest writes so what ran and failed as it was expected to.
  const expected = skipped?.attributes.type === "pytest.xfail";
  const outcome = bad
    ? bad.name === "error"
      ? "error"
      : "failed"
    : skipped && !expected
      ? "skipped"
      : "passed";
  return {
    suite: attributes.classname || suite,
    name: attributes.name ?? "",
    file: attributes.file ?? null,
    outcome,
    ms: Math.max(0, numberOf(element, "time") * 1000),
    message: bad ? shortened(bad.attributes.message || firstLine(bad.text), longestMessage) : null,
    output: bad ? shortened(outputOf(element, bad), longestOutput) : null,
  };
}

function outputOf(element: Element, bad: Element): string {
  const streams = element.children.filter((child) => /^system-(out|err)$/.test(child.name));
  return [bad, ...streams]
    .map((each) => each.text.trim())
    .filter((text) => text !== "")
    .join("\n");
}

/** What is wrong with a suite and belongs to none of its tests. */
const ofSuite = (suite: string, message: string, output: string | null): TestCase => ({
  ...{ suite, name: "(suite)", file: null, ms: 0, message, output },
  outcome: "error",
});

function orphanErrors(element: Element): TestCase[] {
  const nested = element.children.filter((child) => child.name === "testsuite").flatMap(orphanErrors);
  const own = element.children.filter((child) => child.name === "error" || child.name === "failure");
  const suite = element.attributes.name ?? "";
  return [
    ...nested,
    ...own.map((each) => {
      const message = shortened(each.attributes.message || firstLine(each.text), longestMessage);
      const output = shortened(each.text.trim(), longestOutput);
      return ofSuite(suite, message, output);
    }),
  ];
}

/** A failure or an error, also one of a turn that was repeated (surefire, nextest). */
const isBad = ({ name }: Element): boolean => /^(failure|error|(flaky|rerun)(Failure|Error))$/.test(name);

/**
 * Innermost suites that count more failures and errors than they list: the file was cut short, or contradicts itself.
 * Counts of tests are no measure: reporters count skipped, repeated and nested ones each in a way of its own.
 */
function unlisted(element: Element): TestCase[] {
  const nested = element.children.filter((child) => child.name === "testsuite");
  if (nested.length > 0) return nested.flatMap(unlisted);
  const declared = Math.max(0, numberOf(element, "failures")) + Math.max(0, numberOf(element, "errors"));
  const cases = element.children.filter((child) => child.name === "testcase");
  const listed = [element, ...cases].flatMap(({ children }) => children.filter(isBad)).length;
  if (listed >= declared) return [];
  const suite = element.attributes.name ?? "";
  const message = `it counts ${declared} failed tests and lists ${listed}: the report is cut short, or contradicts itself`;
  return [ofSuite(suite, message, null)];
}

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";

const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)} …`;
