import fc from "fast-check";
import { expect, test } from "vitest";
import { readJunit } from "../../pipeline/findings/junit.ts";

test("pytest's JUnit: counts, failed tests with message and output, the slowest first", () => {
  const text = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.5">
<testcase classname="tests.test_a" name="test_ok" time="0.100" />
<testcase classname="tests.test_a" name="test_bad" time="0.300"><failure message="assert 1 == 2">def test_bad():
&gt;   assert 1 == 2</failure><system-out>printed</system-out></testcase>
<testcase classname="tests.test_b" name="test_setup" time="0.001"><error message="fixture 'x' not found">E</error></testcase>
<testcase classname="tests.test_b" name="test_later" time="0"><skipped type="pytest.skip" message="later"/></testcase>
</testsuite></testsuites>`;
  const read = readJunit(text);
  expect(read).toMatchObject({ ok: true, value: { total: 4, passed: 1, failed: 2, skipped: 1 } });
  const tests = read.ok ? read.value : null;
  expect(tests?.ms).toBeCloseTo(401);
  expect(tests?.failures[0]).toEqual({
    suite: "tests.test_a",
    name: "test_bad",
    file: null,
    outcome: "failed",
    ms: 300,
    message: "assert 1 == 2",
    output: "def test_bad():\n>   assert 1 == 2\nprinted",
  });
  expect(tests?.slowest.map(({ name }) => name)).toEqual(["test_bad", "test_ok", "test_setup"]);
});

test("suites nest, and the inner one's name is the test's where the test has none", () => {
  const text = `<testsuites><testsuite name="outer"><testsuite name="inner"><testcase name="a"/></testsuite></testsuite></testsuites>`;
  expect(readJunit(text)).toMatchObject({
    ok: true,
    value: { total: 1, slowest: [{ suite: "inner", name: "a" }] },
  });
});

test("an error of a whole suite counts as a failed test: nothing is known of the tests in it", () => {
  const text = `<testsuite name="s"><error message="cannot import"/><testcase name="a"/></testsuite>`;
  expect(readJunit(text)).toMatchObject({
    ok: true,
    value: { total: 2, passed: 1, failed: 1, failures: [{ message: "cannot import" }] },
  });
});

test.each([
  ["", "it is no XML"],
  ["<testsuites><testsuite>", "it is no XML"],
  ["<html></html>", "its root is <html>, expected <testsuites> or <testsuite>"],
  [`<testsuites tests="0"></testsuites>`, "it tells of no test at all"],
])("JUnit %j tells nothing, and says why", (text, reason) => {
  const read = readJunit(text);
  expect(read.ok ? "" : read.failure).toContain(reason);
});

test("entities of a document type are not expanded", () => {
  const bomb = `<!DOCTYPE t [<!ENTITY a "${"x".repeat(1000)}"><!ENTITY b "${"&a;".repeat(1000)}">]><testsuite><testcase name="&b;"/></testsuite>`;
  const read = readJunit(bomb);
  expect(JSON.stringify(read).length).toBeLessThan(1000);
});

test("a JUnit file of many megabytes is read, and texts in it are bounded", () => {
  const failing = `<testcase name="t" time="0.001"><failure message="m">${"x".repeat(20_000)}</failure></testcase>`;
  const read = readJunit(`<testsuite name="s">${failing.repeat(1000)}</testsuite>`);
  expect(read).toMatchObject({ ok: true, value: { total: 1000, failed: 1000 } });
  expect(read.ok ? read.value.failures.length : 0).toBe(100);
  expect(JSON.stringify(read).length).toBeLessThan(1_000_000);
});

test("JUnit never makes its reader throw", () => {
  const parts = fc.oneof(
    fc.string(),
    fc.constantFrom("<testsuites>", "<testsuite>", "<testcase/>", "</testsuite>"),
  );
  fc.assert(fc.property(fc.array(parts), (texts) => void readJunit(texts.join(""))));
});

test.each([
  [
    '<testsuite tests="5" failures="3" errors="1"><testcase name="x"/></testsuite>',
    1,
    "counts 4 failed tests and lists 0",
  ],
  [
    '<testsuites><testsuite name="a" errors="1"/><testsuite name="b"><testcase name="x"/></testsuite></testsuites>',
    1,
    "counts 1",
  ],
])("a suite that counts failed tests and does not list them is no pass: %s", (text, failed, said) => {
  const read = readJunit(text);
  expect(read).toMatchObject({ ok: true, value: { failed } });
  expect(read.ok ? read.value.failures[0]?.message : "").toContain(said);
});

test.each([
  [
    "sums of an outer suite",
    '<testsuites failures="1"><testsuite failures="1"><testsuite><testcase><failure/></testcase></testsuite></testsuite></testsuites>',
    1,
  ],
  [
    "a repeated test (surefire)",
    '<testsuite tests="1" failures="1"><testcase><failure/><rerunFailure/></testcase></testsuite>',
    1,
  ],
  [
    "a flaky test (nextest)",
    '<testsuite tests="1" failures="1"><testcase><flakyFailure/></testcase></testsuite>',
    0,
  ],
  [
    "several assertions of one test (Catch2)",
    '<testsuite tests="9" failures="2"><testcase><failure/><failure/></testcase></testsuite>',
    1,
  ],
  ["more tests than are listed", '<testsuite tests="9" skipped="8"><testcase/></testsuite>', 0],
])("counts of reporters that count in their own way are no contradiction: %s", (_what, text, failed) => {
  expect(readJunit(text)).toMatchObject({ ok: true, value: { total: 1, failed } });
});

test("a JUnit file of more elements than any report has tells nothing, and says why", () => {
  const read = readJunit(`<testsuite name="s"><testcase name="x"/>${"<a/>".repeat(1_000_000)}</testsuite>`);
  expect(read).toEqual({ ok: false, failure: expect.stringContaining("more than a million tags") });
});
