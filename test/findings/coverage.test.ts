import fc from "fast-check";
import { expect, test } from "vitest";
import { readCoverage } from "../../pipeline/findings/coverage.ts";

/** A checkout that holds these files; reports' paths are those of the repository. */
const holding = (...files: string[]) => ({
  place: (path: string) => path.replace("/repo/", ""),
  exists: async (path: string) => files.includes(path),
});

const empty = holding();

test("Cobertura: lines by file, branches from the conditions, paths under the source", async () => {
  const text = `<?xml version="1.0" ?><coverage line-rate="0.5"><sources><source>/repo/app</source></sources><packages><package name="."><classes>
<class name="x.py" filename="x.py"><methods/><lines><line number="1" hits="1"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines></class>
<class name="y.py" filename="y.py"><lines><line number="1" hits="3"/></lines></class></classes></package></packages></coverage>`;
  expect(await readCoverage(text, empty)).toEqual({
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

test("lcov: lines of a file count once, whoever ran them", async () => {
  const text =
    "TN:\nSF:src/a.ts\nDA:1,1\nDA:2,0\nDA:2,4\nBRF:2\nBRH:1\nend_of_record\nSF:src/b.ts\nLF:4\nLH:1\nend_of_record\n";
  expect(await readCoverage(text, empty)).toEqual({
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
])("%s is read", async (_name, value) => {
  expect(await readCoverage(JSON.stringify(value), empty)).toEqual({
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
])("coverage %j tells nothing, and says why", async (text, reason) => {
  const read = await readCoverage(text, empty);
  expect(read.ok ? "" : read.failure).toContain(reason);
});

type Written = { file: string; hits: string; name?: string; at?: string };

/** Cobertura of these classes; `hits` has a digit a line, `at` is the package. */
const cobertura = (sources: string[], ...classes: Written[]): string =>
  `<coverage><sources>${sources.map((source) => `<source>${source}</source>`).join("")}</sources><packages>${classes
    .map(
      ({ file, hits, name = file, at = "." }) =>
        `<package name="${at}"><classes><class name="${name}" filename="${file}"><lines>${[...hits]
          .map((each, index) => `<line number="${index + 1}" hits="${each}"/>`)
          .join("")}</lines></class></classes></package>`,
    )
    .join("")}</packages></coverage>`;

const filesOf = async (text: string, checkout = empty) => {
  const read = await readCoverage(text, checkout);
  return read.ok ? read.value.files.map(({ path, covered, total }) => [path, covered, total]) : read.failure;
};

const two = ["/repo/app", "/repo/lib"];

test("Cobertura of several sources: a file belongs to the one under which it exists", async () => {
  const text = cobertura(two, { file: "x.py", hits: "10" }, { file: "y.py", hits: "111" });
  expect(await filesOf(text, holding("app/x.py", "lib/y.py"))).toEqual([
    ["app/x.py", 1, 2],
    ["lib/y.py", 3, 3],
  ]);
});

test.each([
  ["exist under both sources", holding("app/x.py", "lib/x.py")],
  ["exist under one, for which there are too many,", holding("lib/x.py")],
  ["exist under none", empty],
])(
  "Cobertura: files of one name that %s stay apart, so that none hides behind the other",
  async (_how, checkout) => {
    const [a, b] = [
      { file: "x.py", hits: "1111" },
      { file: "x.py", hits: "1000" },
    ];
    const apart = [
      ["app/x.py", 4, 4],
      ["lib/x.py", 1, 4],
    ];
    expect(await filesOf(cobertura(two, a, b), checkout)).toEqual(apart);
    expect(await filesOf(cobertura(two, { ...a, at: "a" }, { ...b, at: "b" }), checkout)).toEqual(apart);
  },
);

test("Cobertura: the classes of one package are one file, whichever source it is under", async () => {
  const a = { file: "x.py", hits: "1111" };
  const inner = { file: "x.py", hits: "00001", name: "inner" };
  const text = cobertura(two, a, inner);
  expect(await filesOf(text, holding("lib/x.py"))).toEqual([["lib/x.py", 5, 5]]);
  expect(await filesOf(text, empty)).toEqual([["app/x.py", 5, 5]]);
});

test("Cobertura: more files of one name than sources to hold them cannot be told apart, and that is said", async () => {
  const one = { file: "x.py", hits: "1" };
  expect(await filesOf(cobertura(two, one, one, one))).toBe(
    "it tells of 3 files x.py under 2 sources: which is which cannot be known",
  );
});

test("Cobertura: lines that several classes of a file name are one line, covered where any of them covers it", async () => {
  const classes = [
    { file: "a.cs", hits: "110", name: "A" },
    { file: "a.cs", hits: "0110", name: "B" },
  ];
  expect(await filesOf(cobertura(["/repo"], ...classes))).toEqual([["a.cs", 3, 4]]);
});

test("lcov: a file of several tests is united by its lines and branches, of sums the greater is kept", async () => {
  const text = [
    "TN:one\nSF:a.ts\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nBRF:2\nBRH:1\nLF:2\nLH:1\nend_of_record",
    "TN:two\nSF:a.ts\nDA:1,0\nDA:2,3\nBRDA:1,0,0,0\nBRDA:1,0,1,2\nBRF:2\nBRH:1\nLF:2\nLH:1\nend_of_record",
    "SF:b.ts\nLF:10\nLH:4\nend_of_record\nSF:b.ts\nLF:10\nLH:7\nend_of_record\n",
  ].join("\n");
  expect(await readCoverage(text, empty)).toEqual({
    ok: true,
    value: {
      lines: { covered: 9, total: 12 },
      branches: { covered: 2, total: 2 },
      files: [
        { path: "a.ts", covered: 2, total: 2 },
        { path: "b.ts", covered: 7, total: 10 },
      ],
    },
  });
});

test.each([
  ["SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,0\n", "it ends in the middle of a record, that of b"],
  ["SF:a\nDA:1,1\nend_of_reco", "it ends in the middle of a record, that of a"],
  ["SF:a\nDA:1,1\nSF:b\nDA:1,0\nend_of_record\n", "the record of a has no end_of_record"],
  ["SF:a\nDA:1,1\nend_of_record\nDA:1,0\nend_of_record\n", "it ends a record that it has not begun"],
  ["SF:\nDA:1,1\nend_of_record\n", "a record of it names no file"],
])("lcov %j is not whole, and is no evidence", async (text, reason) => {
  expect(await filesOf(text)).toBe(reason);
});

test("no reader throws, and what is covered never exceeds what there is", async () => {
  const parts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("<coverage>", "SF:a\n", "LH:9\n", "DA:1,2\n", "end_of_record\n"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(parts), async (texts) => {
      const read = await readCoverage(texts.join(""), empty);
      for (const { covered, total } of read.ok ? read.value.files : [])
        expect(covered).toBeLessThanOrEqual(total);
    }),
  );
});
