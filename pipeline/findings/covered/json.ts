import type { Covered } from "../../evidence.ts";
import { fail, ok, type Result } from "../../result.ts";
import { listOf, mapOf, numberOf } from "../values.ts";
import { inSum, noCounts, type Parsed, type Part } from "./counts.ts";

/** The JSON of coverage.py, llvm-cov or Istanbul, whichever it is. */
export function json(text: string): Result<Parsed, string> {
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
  const files = data.flatMap((each) => listOf(field(each, "files")));
  const parts = files.map((file): Part => {
    const summary = field(file, "summary");
    return {
      path: String(field(file, "filename") ?? ""),
      lines: inSum(counts(field(summary, "lines"), "count")),
      branches: inSum(counts(field(summary, "branches"), "count")),
    };
  });
  return { parts, branches: null };
}

/** `coverage json`: files.PATH.summary, totals. */
function coveragePy(value: unknown): Parsed {
  const parts = Object.entries(mapOf(field(value, "files"))).map(([path, file]) => {
    const summary = field(file, "summary");
    return part(path, {
      covered: count(summary, "covered_lines"),
      total: count(summary, "num_statements"),
    });
  });
  const totals = field(value, "totals");
  const branches = { covered: count(totals, "covered_branches"), total: count(totals, "num_branches") };
  return { parts, branches };
}

/** Istanbul's json-summary: PATH.lines.{covered,total}, and `total` beside the paths. */
function istanbul(value: unknown): Parsed {
  const entries = Object.entries(mapOf(value)).filter(([path]) => path !== "total");
  const parts = entries.map(([path, file]) => part(path, counts(field(file, "lines"), "total")));
  return { parts, branches: counts(field(field(value, "total"), "branches"), "total") };
}

const part = (path: string, lines: Covered): Part => ({ path, lines: inSum(lines), branches: noCounts() });

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
