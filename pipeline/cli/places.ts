import { statSync } from "node:fs";
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
async function made(directory: string): Promise<string | null> {
  try {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return null;
    // One by one: where a file system says that a parent is missing though it is there (/proc), Node's own
    // recursive mkdir never ends.
    for (const each of await missing(directory)) await makeOne(each);
    return (await stat(directory)).isDirectory() ? null : "it is no directory";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOTDIR" ? "it is no directory" : code;
  }
}

/** Another run may make the same one in the same moment. */
const makeOne = (directory: string): Promise<void> =>
  mkdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });

/** The directories on the way that do not exist, from above. */
async function missing(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (let at = directory; !(await exists(at)); at = dirname(at)) found.unshift(at);
  return found;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );

const unusable = (option: string, path: string, reason: string, expected: string): Failure => ({
  kind: "usage",
  got: `${path}, which cannot be used: ${reason}`,
  expected,
  remedy: `Give another path with \`${option}\`.`,
});
