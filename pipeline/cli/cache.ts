import { join } from "node:path";
import { parseDuration, parseSize } from "../config/units.ts";
import { cacheContent, pruneCache } from "../executors/host/cache/prune.ts";
import { systemClock } from "../io/clock.ts";
import { bytes, count, moment } from "../report/units.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Settings } from "./settings.ts";
import { answer, say, tellFailure } from "./terminal.ts";

export type PruneOptions = { maxAge: string; maxSize: string };

const directoryOf = ({ state }: Settings): string => join(state, "cache");

/** Says what the cache of this checkout holds. */
export async function showCache(settings: Settings): Promise<number> {
  const content = cacheContent(directoryOf(settings));
  if (settings.json) answer({ directory: directoryOf(settings), ...content });
  say(settings.json, words(directoryOf(settings), content));
  return 0;
}

/** Removes what was not used for long, or is too much. */
export async function prune(settings: Settings, options: PruneOptions): Promise<number> {
  const limits = limitsOf(options);
  if (!limits.ok) return tellFailure(limits.failure);
  const directory = directoryOf(settings);
  const before = cacheContent(directory);
  const after = pruneCache(directory, { now: systemClock.now(), ...limits.value });
  if (settings.json) answer({ directory, before, after });
  say(settings.json, [
    `removed ${count(before.entries - after.entries, "result")}, ${bytes(before.bytes - after.bytes)}`,
    ...words(directory, after),
  ]);
  return 0;
}

function limitsOf({ maxAge, maxSize }: PruneOptions): Result<{ maxAgeMs: number; maxBytes: number }> {
  const maxAgeMs = parseDuration(maxAge);
  const maxBytes = parseSize(maxSize);
  if (maxAgeMs === null) return wrong(`--max-age ${maxAge}`, "a duration such as 12h or 30d");
  if (maxBytes === null) return wrong(`--max-size ${maxSize}`, "a size such as 500Mi or 5Gi");
  return ok({ maxAgeMs, maxBytes });
}

const wrong = (got: string, expected: string): Result<never> =>
  fail({ kind: "usage", got, expected, remedy: "Give the option in that form, or leave it out." });

function words(directory: string, content: ReturnType<typeof cacheContent>): string[] {
  const { entries, objects, bytes: size, oldestUse } = content;
  return [
    `${directory}: ${count(entries, "result")} with ${count(objects, "file")}, ${bytes(size)}`,
    ...(oldestUse === null ? [] : [`not used for longest: since ${moment(oldestUse)}`]),
  ];
}
