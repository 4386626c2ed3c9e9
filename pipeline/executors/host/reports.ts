import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../../result.ts";
import { statsOf } from "./cache/content.ts";
import { unsafeReason } from "./paths.ts";

/** Largest report in bytes that is read. */
export const largestReport = 128 * 1024 * 1024;

/** The text of a report file of a step; a failure is one sentence. */
export async function readReport(root: string, path: string): Promise<Result<string, string>> {
  const unsafe = unsafeReason(root, path);
  if (unsafe !== null) return fail(unsafe);
  const file = join(root, path);
  const stats = statsOf(file);
  if (!stats) return fail("it was not written");
  if (!stats.isFile()) return fail("it is no file");
  if (stats.size > largestReport)
    return fail(`it has ${stats.size} bytes, more than ${largestReport / 1024 / 1024} MiB`);
  try {
    return ok(await readFile(file, "utf8"));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
