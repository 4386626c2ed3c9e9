import fc from "fast-check";
import { expect, test } from "vitest";
import { readCoverage } from "../../pipeline/findings/coverage.ts";
import { readJunit } from "../../pipeline/findings/junit.ts";

const same = (path: string): string => path;

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

test("Cobertura: lines by file, branches from the conditions, paths under the source", () => {
  const text = `<?xml version="1.0" ?><coverage line-rate="0.5"><sources><source>/repo/app</source></sources><packages><package name="."><classes>
<class name="x.py" filename="x.py"><methods/><lines><line number="1" hits="1"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines></class>
<class name="y.py" filename="y.py"><lines><line number="1" hits="3"/></lines></class></classes></package></packages></coverage>`;
  expect(readCoverage(text, (path) => path.replace("/repo/", ""))).toEqual({
    ok: true,
    value: {
      lines: { covered: 2, total: 3 },
      branches: { covered: 1, total: 2 },
      files: [
        { path: "app/x.py", covered: 1, total: 2 },
        { path: "app/y.py", covered: 1, total: 1 },
      ],
    },
  });
});

test("lcov: lines of a file count once, whoever ran them", () => {
  const text =
    "TN:\nSF:src/a.ts\nDA:1,1\nDA:2,0\nDA:2,4\nBRF:2\nBRH:1\nend_of_record\nSF:src/b.ts\nLF:4\nLH:1\nend_of_record\n";
  expect(readCoverage(text, same)).toEqual({
    ok: true,
    value: {
      lines: { covered: 3, total: 6 },
      branches: { covered: 1, total: 2 },
      files: [
        { path: "src/a.ts", covered: 2, total: 2 },
        { path: "src/b.ts", covered: 1, total: 4 },
      ],
    },
  });
});

test.each([
  [
    "coverage.py's JSON",
    {
      meta: { version: "7" },
      files: { "a.py": { summary: { covered_lines: 3, num_statements: 4 } } },
      totals: {},
    },
  ],
  [
    "llvm-cov's JSON",
    {
      data: [{ files: [{ filename: "a.py", summary: { lines: { count: 4, covered: 3 } } }] }],
      type: "llvm.coverage.json.export",
    },
  ],
  ["Istanbul's summary", { total: { lines: {} }, "a.py": { lines: { total: 4, covered: 3 } } }],
])("%s is read", (_name, value) => {
  expect(readCoverage(JSON.stringify(value), same)).toEqual({
    ok: true,
    value: {
      lines: { covered: 3, total: 4 },
      branches: null,
      files: [{ path: "a.py", covered: 3, total: 4 }],
    },
  });
});

test.each([
  ["", "it is none of"],
  ["{", "it is no JSON"],
  ["{}", "it is none of coverage.py's"],
  ["<coverage/>", "it tells of no line at all"],
  ["<a/>", "its root is <a>, expected <coverage>"],
  ["SF:a\nend_of_record\n", "it tells of no line at all"],
])("coverage %j tells nothing, and says why", (text, reason) => {
  const read = readCoverage(text, same);
  expect(read.ok ? "" : read.failure).toContain(reason);
});

test("no reader throws, and what is covered never exceeds what there is", () => {
  const parts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("<coverage>", "SF:a\n", "LH:9\n", "DA:1,2\n", "end_of_record\n"),
  );
  fc.assert(
    fc.property(fc.array(parts), (texts) => {
      readJunit(texts.join(""));
      const read = readCoverage(texts.join(""), same);
      for (const { covered, total } of read.ok ? read.value.files : [])
        expect(covered).toBeLessThanOrEqual(total);
    }),
  );
});
