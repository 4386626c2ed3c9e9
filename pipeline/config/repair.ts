import { expectedWords, seedsOf } from "./issues.ts";
import { configSchema, type WrittenConfig } from "./schema.ts";
import { type Seed, valueAt } from "./seed.ts";
import type { Path } from "./written.ts";

/** What was typed, judged by the schema; `written` is null only where nothing of it can be used. */
export type Judged = {
  seeds: Seed[];
  /** The good part of it, so that the rules can speak of the rest in the same go. */
  written: WrittenConfig | null;
  /** Paths of what was left out of `written`. */
  broken: Path[];
};

/** Every mistake that the schema finds, and what remains when the wrong parts are left out. */
export function judge(value: unknown): Judged {
  const parse = (candidate: unknown) => configSchema.safeParse(candidate, { error: expectedWords });
  const first = parse(value);
  if (first.success) return { seeds: [], written: first.data, broken: [] };
  const seeds = seedsOf(first.error.issues, value);
  const rest = structuredClone(value);
  const broken: Path[] = [];
  // Each round takes something away, so that the depth of the schema bounds the rounds.
  for (let round = 0; round < 20; round += 1) {
    const next = parse(rest);
    if (next.success) return { seeds, written: next.data, broken };
    for (const seed of seedsOf(next.error.issues, rest)) {
      const path = removable(rest, seed.path);
      if (path === null) return { seeds, written: null, broken };
      broken.push(path);
      remove(rest, path);
    }
  }
  return { seeds, written: null, broken };
}

/** What to take away for a mistake at `path`: the nearest entry of a map that is there; lists go as a whole. */
function removable(value: unknown, path: Path): Path | null {
  if (path.length === 0) return null;
  if (path.length === 1 && path[0] === "app") return path;
  const parent = path.slice(0, -1);
  const missing = valueAt(value, path) === undefined;
  return missing || typeof path.at(-1) === "number" ? removable(value, parent) : path;
}

function remove(value: unknown, path: Path): void {
  const key = path.at(-1);
  const parent = valueAt(value, path.slice(0, -1));
  if (key === undefined || parent === null || typeof parent !== "object") return;
  // The one key that the schema cannot do without stands in for itself.
  if (path.length === 1 && key === "app") Reflect.set(parent, key, "app");
  else Reflect.deleteProperty(parent, key);
}
