import type { CoverageEvidence } from "../evidence.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Checkout, cobertura } from "./covered/cobertura.ts";
import { nothing, type Parsed, plus, united } from "./covered/counts.ts";
import { json } from "./covered/json.ts";
import { lcov } from "./covered/lcov.ts";

/**
 * Reads coverage in the form that its text shows: Cobertura XML, lcov, coverage.py JSON (`coverage json`), llvm-cov
 * JSON (`export`), or Istanbul's json-summary. `place` turns the report's paths into those of the repository; `exists`
 * tells which of several paths is a file there. A file that stands twice is united by its lines.
 * Coverage of no line at all is a failure: it is evidence of nothing.
 */
export async function readCoverage(
  text: string,
  checkout: Checkout,
): Promise<Result<CoverageEvidence, string>> {
  const read = await parsed(text, checkout);
  if (!read.ok) return read;
  const { files, branches } = united(read.value.parts);
  const lines = files.reduce(plus, nothing);
  if (lines.total === 0) return fail("it tells of no line at all");
  const counted = read.value.branches ?? branches;
  return ok({ lines, branches: counted.total > 0 ? counted : null, files });
}

async function parsed(text: string, checkout: Checkout): Promise<Result<Parsed, string>> {
  const start = text.slice(0, 2_000).trimStart();
  if (start.startsWith("<")) return cobertura(text, checkout);
  if (start.startsWith("{")) return placed(json(text), checkout);
  if (/^(TN|SF):/m.test(start)) return placed(lcov(text), checkout);
  return fail("it is none of Cobertura XML, lcov, coverage.py JSON, llvm-cov JSON and Istanbul's summary");
}

function placed(read: Result<Parsed, string>, { place }: Checkout): Result<Parsed, string> {
  if (!read.ok) return read;
  const { parts, branches } = read.value;
  return ok({ parts: parts.map((part) => ({ ...part, path: place(part.path) })), branches });
}
