import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Settings } from "./settings.ts";

/** Makes the directories that a run writes into; a place that cannot be one is told before the first step. */
export async function preparePlaces({ state, report }: Settings): Promise<Result<void>> {
  const reason = await made(state);
  if (reason !== null) return fail(unusable("--state", state, reason, "a directory that can be written"));
  if (report === undefined) return ok(undefined);
  const isDirectory = await stat(report).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const wrong = isDirectory ? "it is a directory" : await made(dirname(report));
  return wrong === null
    ? ok(undefined)
    : fail(unusable("--report", report, wrong, "a file that can be written"));
}

/** Null, or why there can be no such directory. */
const made = (directory: string): Promise<string | null> =>
  mkdir(directory, { recursive: true }).then(
    () => null,
    (error: NodeJS.ErrnoException) =>
      error.code === "EEXIST" || error.code === "ENOTDIR" ? "it is no directory" : String(error.code),
  );

const unusable = (option: string, path: string, reason: string, expected: string): Failure => ({
  kind: "usage",
  got: `${path}, which cannot be used: ${reason}`,
  expected,
  remedy: `Give another path with \`${option}\`.`,
});
