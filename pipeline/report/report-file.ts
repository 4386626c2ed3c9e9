import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { type ReadReport, reportSchema } from "./schema.ts";

/** Reads the text of a report file; anything that is no whole report is file-corrupt. */
export function readReport(file: string, text: string): Result<ReadReport> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(corrupt(file, error instanceof Error ? error.message : String(error)));
  }
  const report = reportSchema.safeParse(value);
  if (report.success) return ok(report.data);
  const issue = report.error.issues[0];
  return fail(
    corrupt(file, issue ? `at ${issue.path.join(".") || "the top"}: ${issue.message}` : "no report"),
  );
}

const corrupt = (file: string, reason: string): Failure => ({
  kind: "file-corrupt",
  file,
  what: "report",
  reason,
  remedy: "Run again to write a new one.",
});
