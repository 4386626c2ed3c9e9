import { posix } from "node:path";
import type { CoverageEvidence, Covered } from "../evidence.ts";
import { fail, ok, type Result } from "../result.ts";
import { listOf, mapOf, numberOf } from "./values.ts";
import { type Element, readXml } from "./xml.ts";

type FileCovered = CoverageEvidence["files"][number];

/**
 * Reads coverage in the form that its text shows: Cobertura XML, lcov, coverage.py JSON (`coverage json`), llvm-cov
 * JSON (`export`), or Istanbul's json-summary. `place` turns the report's paths into those of the repository.
 * Coverage of no line at all is a failure: it is evidence of nothing.
 */
export function readCoverage(
  text: string,
  place: (path: string) => string,
): Result<CoverageEvidence, string> {
  const start = text.slice(0, 2_000).trimStart();
  const read = start.startsWith("<")
    ? cobertura(text)
    : start.startsWith("{")
      ? json(text)
      : /^(TN|SF):/m.test(start)
        ? ok(lcov(text))
        : fail("it is none of Cobertura XML, lcov, coverage.py JSON, llvm-cov JSON and Istanbul's summary");
  if (!read.ok) return read;
  const files = merged(read.value.files.map((file) => ({ ...file, path: place(file.path) })));
  const lines = total(files);
  if (lines.total === 0) return fail("it tells of no line at all");
  return ok({ lines, branches: read.value.branches, files });
}

type Parsed = { files: FileCovered[]; branches: Covered | null };

/** https://cobertura.github.io/cobertura: classes with lines; the same file may stand in several classes. */
function cobertura(text: string): Result<Parsed, string> {
  const read = readXml(text);
  if (!read.ok) return read;
  if (read.value.name !== "coverage") return fail(`its root is <${read.value.name}>, expected <coverage>`);
  const source = child(read.value, "sources")?.children[0]?.text.trim() ?? "";
  const files: FileCovered[] = [];
  let branches: Covered = { covered: 0, total: 0 };
  for (const one of descendants(read.value, "class")) {
    const lines = child(one, "lines")?.children.filter((line) => line.name === "line") ?? [];
    const hit = lines.filter((line) => Number(line.attributes.hits) > 0).length;
    files.push({
      path: within(source, one.attributes.filename ?? ""),
      covered: hit,
      total: lines.length,
    });
    for (const line of lines) {
      const [, covered, all] = /\((\d+)\/(\d+)\)/.exec(line.attributes["condition-coverage"] ?? "") ?? [];
      branches = plus(branches, { covered: Number(covered ?? 0), total: Number(all ?? 0) });
    }
  }
  return ok({ files, branches: branches.total > 0 ? branches : null });
}

/** The tracefile of geninfo(1): SF, DA, LF, LH, BRF, BRH, end_of_record. */
function lcov(text: string): Parsed {
  const files: FileCovered[] = [];
  let branches: Covered = { covered: 0, total: 0 };
  let path = "";
  let hits = new Map<string, boolean>();
  let declared: { LF?: number; LH?: number } = {};
  for (const line of text.split(/\r?\n/)) {
    const [key = "", value = ""] = split(line, ":");
    if (key === "SF") {
      path = value;
      hits = new Map();
      declared = {};
    } else if (key === "DA") {
      const [number = "", count = ""] = value.split(",");
      hits.set(number, (hits.get(number) ?? false) || Number(count) > 0);
    } else if (key === "LF" || key === "LH") declared[key] = Number(value) || 0;
    else if (key === "BRF") branches = plus(branches, { covered: 0, total: Number(value) || 0 });
    else if (key === "BRH") branches = plus(branches, { covered: Number(value) || 0, total: 0 });
    else if (line.trim() === "end_of_record" && path !== "") {
      const known = hits.size > 0;
      const covered = known ? [...hits.values()].filter(Boolean).length : (declared.LH ?? 0);
      files.push({ path, covered, total: known ? hits.size : (declared.LF ?? 0) });
      path = "";
    }
  }
  return { files, branches: branches.total > 0 ? branches : null };
}

function json(text: string): Result<Parsed, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const data = field(value, "data");
  if (Array.isArray(data)) return ok(llvm(data));
  if (field(value, "meta") !== undefined && isMap(field(value, "files"))) return ok(coveragePy(value));
  if (isMap(field(value, "total"))) return ok(istanbul(value));
  return fail("it is none of coverage.py's, llvm-cov's and Istanbul's JSON");
}

/** `llvm-cov export`: data[].files[].summary. */
function llvm(data: unknown[]): Parsed {
  const files: FileCovered[] = [];
  let branches: Covered = { covered: 0, total: 0 };
  for (const file of data.flatMap((each) => listOf(field(each, "files")))) {
    const summary = field(file, "summary");
    files.push({ path: String(field(file, "filename") ?? ""), ...counts(field(summary, "lines"), "count") });
    branches = plus(branches, counts(field(summary, "branches"), "count"));
  }
  return { files, branches: branches.total > 0 ? branches : null };
}

/** `coverage json`: files.PATH.summary, totals. */
function coveragePy(value: unknown): Parsed {
  const files = Object.entries(mapOf(field(value, "files"))).map(([path, file]) => {
    const summary = field(file, "summary");
    return { path, covered: count(summary, "covered_lines"), total: count(summary, "num_statements") };
  });
  const totals = field(value, "totals");
  const branches = { covered: count(totals, "covered_branches"), total: count(totals, "num_branches") };
  return { files, branches: branches.total > 0 ? branches : null };
}

/** Istanbul's json-summary: PATH.lines.{covered,total}, and `total` beside the paths. */
function istanbul(value: unknown): Parsed {
  const entries = Object.entries(mapOf(value)).filter(([path]) => path !== "total");
  const files = entries.map(([path, file]) => ({ path, ...counts(field(file, "lines"), "total") }));
  const branches = counts(field(field(value, "total"), "branches"), "total");
  return { files, branches: branches.total > 0 ? branches : null };
}

const field = (value: unknown, name: string): unknown => mapOf(value)[name];
const isMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A count; what is none, or is below zero, counts as 0. */
function count(value: unknown, name: string): number {
  return Math.max(0, numberOf(field(value, name)) ?? 0);
}

const counts = (value: unknown, whole: string): Covered => ({
  covered: count(value, "covered"),
  total: count(value, whole),
});

const child = (element: Element, name: string): Element | undefined =>
  element.children.find((each) => each.name === name);

const descendants = (element: Element, name: string): Element[] =>
  element.children.flatMap((each) => (each.name === name ? [each] : descendants(each, name)));

const plus = (a: Covered, b: Covered): Covered => ({
  covered: a.covered + b.covered,
  total: a.total + b.total,
});

const total = (files: Covered[]): Covered => files.reduce(plus, { covered: 0, total: 0 });

const within = (source: string, file: string): string =>
  source === "" || posix.isAbsolute(file) ? file : posix.join(source, file);

function split(line: string, mark: string): [string, string] {
  const at = line.indexOf(mark);
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

/** Each path once, sorted. Covered never exceeds what there is. */
function merged(files: FileCovered[]): FileCovered[] {
  const byPath = new Map<string, Covered>();
  for (const { path, covered, total: all } of files)
    byPath.set(
      path,
      plus(byPath.get(path) ?? { covered: 0, total: 0 }, { covered: Math.min(covered, all), total: all }),
    );
  return [...byPath]
    .map(([path, counted]) => ({ path, ...counted }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
