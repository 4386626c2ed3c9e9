import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../../io/files.ts";
import type { Content } from "./content.ts";
import type { KeyParts } from "./key.ts";

/** Input files with what was at each. */
export type Files = Record<string, Content | null>;

/** A step as it was when it was last run or taken from the cache; `unkept` says why no result of it is kept. */
export type Latest = { key: string; parts: KeyParts; unkept: string | null };

/** What was last known of each step, for whoever asks why one runs again. */
export interface LatestSteps {
  of(step: string): Latest | null;
  /** Input files by their digest in the key's parts; null where they were not kept. */
  files(inputs: string): Files | null;
  remember(step: string, latest: Latest, files: () => Files): void;
  save(): Promise<void>;
}

type Stored = { format: 1; steps: Record<string, Latest> };

/** Opens the record in the cache's directory; one that is missing or damaged is an empty one. */
export function openLatest(directory: string): LatestSteps {
  const file = join(directory, "latest.json");
  const lookFile = (inputs: string) => join(directory, "looks", `${inputs}.json`);
  let known: Record<string, Latest> | null = null;
  const fresh = new Map<string, Files>();
  let dirty = false;
  const steps = () => {
    known ??= stepsIn(read(file));
    return known;
  };
  return {
    of: (step) => steps()[step] ?? null,
    files(inputs) {
      const files = fresh.get(inputs) ?? read(lookFile(inputs));
      return typeof files === "object" && files !== null ? (files as Files) : null;
    },
    remember(step, latest, files) {
      const before = steps()[step];
      if (before?.key === latest.key && before.unkept === latest.unkept) return;
      steps()[step] = latest;
      fresh.set(latest.parts.inputs, files());
      dirty = true;
    },
    async save() {
      if (!dirty) return;
      dirty = false;
      try {
        for (const [inputs, files] of fresh) {
          if (!existsSync(lookFile(inputs)))
            await writeFileAtomic(lookFile(inputs), JSON.stringify(files), { durable: false });
        }
        const stored: Stored = { format: 1, steps: steps() };
        await writeFileAtomic(file, JSON.stringify(stored), { durable: false });
        const wanted = new Set(Object.values(steps()).map(({ parts }) => `${parts.inputs}.json`));
        for (const name of readdirSync(join(directory, "looks")))
          if (!wanted.has(name)) rmSync(join(directory, "looks", name), { force: true });
      } catch {
        // Without it a later question is answered with less; no run depends on it.
      }
    },
  };
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

function stepsIn(json: unknown): Record<string, Latest> {
  if (typeof json !== "object" || json === null || !("format" in json) || json.format !== 1) return {};
  return "steps" in json && typeof json.steps === "object" && json.steps !== null
    ? (json.steps as Record<string, Latest>)
    : {};
}
