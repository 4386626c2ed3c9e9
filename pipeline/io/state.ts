import { constants, copyFile, rename } from "node:fs/promises";
import { canonicalJson } from "../canonical.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { type JsonCheck, readJsonFile, writeFileAtomic } from "./files.ts";

/** Which copy a state was read from; `previous` means that the newest one is corrupt, and why. */
export type StateRead<T> =
  | { copy: "none" }
  | { copy: "current"; value: T }
  | { copy: "previous"; value: T; because: Failure };

const previousOf = (path: string) => `${path}.previous`;

/** Writes a state file (JSON, mode 600) and keeps the one before it beside it as `FILE.previous` (B7). */
export async function writeState(path: string, value: unknown): Promise<void> {
  const kept = await readJsonFile(path, (json) => ok(json));
  // A corrupt file is not worth keeping: it would push the last valid copy out.
  if (kept.ok && kept.value !== null) await keepCopy(path);
  await writeFileAtomic(path, `${canonicalJson(value)}\n`, { mode: 0o600 });
}

/** The same, where an older truth would be a wrong one: the copy beside it is equal to it. */
export async function writeStateTwice(path: string, value: unknown): Promise<void> {
  await writeState(path, value);
  await keepCopy(path);
}

async function keepCopy(path: string): Promise<void> {
  const staged = `${previousOf(path)}.tmp`;
  await copyFile(path, staged, constants.COPYFILE_FICLONE);
  await rename(staged, previousOf(path));
}

/** Reads a state file; where it is corrupt or lost, the last valid copy (B7). A failure: no copy is valid. */
export async function readState<T>(
  path: string,
  check: JsonCheck<T>,
  words?: { what: string; remedy: string },
): Promise<Result<StateRead<T>>> {
  const current = await readJsonFile(path, check, words);
  if (current.ok && current.value !== null) return ok({ copy: "current", value: current.value });
  const previous = await readJsonFile(previousOf(path), check, words);
  if (current.ok) {
    // Never written, or lost between two renames that this file never goes through: the copy is then the state.
    if (!previous.ok) return previous;
    if (previous.value === null) return ok({ copy: "none" });
    const because: Failure = {
      kind: "file-corrupt",
      file: path,
      what: words?.what ?? "file",
      reason: "it is missing, its previous copy is there",
      remedy: words?.remedy ?? "none is needed",
    };
    return ok({ copy: "previous", value: previous.value, because });
  }
  if (!previous.ok || previous.value === null) return fail(current.failure);
  return ok({ copy: "previous", value: previous.value, because: current.failure });
}
