import type { z } from "zod";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { RolloutsReport } from "./journal-report.ts";
import { type ReadReport, reportSchema, rolloutsSchema } from "./schema.ts";

/** Reads the text of a report file; anything that is no whole report is file-corrupt. */
export const readReport = (file: string, text: string): Result<ReadReport> => read(file, text, reportSchema);

/** Reads what `history --full` wrote, in the same way. */
export const readRollouts = (file: string, text: string): Result<RolloutsReport> =>
  read(file, text, rolloutsSchema);

function read<T>(file: string, text: string, schema: z.ZodType<T>): Result<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(corrupt(file, error instanceof Error ? error.message : String(error)));
  }
  const report = schema.safeParse(value);
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
