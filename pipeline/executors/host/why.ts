import type { HermeticStep } from "../../plan/plan.ts";
import { type Change, changesOf } from "./cache/changes.ts";
import type { KeyParts } from "./cache/key.ts";
import type { LatestSteps } from "./cache/latest.ts";
import type { Kept, Keyed } from "./step-cache.ts";

/** Why a step would run, or would not, if it were its turn now. */
export type Why = {
  step: string;
  /** Null: it can have none, for the `reason`. */
  key: string | null;
  parts: KeyParts | null;
  /** How many files it reads. */
  inputs: number;
  /** A result of this key is kept: nothing would run. */
  cached: boolean;
  /** Why there is no key, or no result of it; null where one is kept. */
  reason: string | null;
  /** Against its last turn; null where it had none here. */
  changes: Change[] | null;
};

type Known = {
  identified: { keyed: Keyed | null; note: string | null };
  latest: LatestSteps;
  kept: Kept | null;
};

/** Holds a step's key against that of its last turn. */
export function whyOf(step: HermeticStep, { identified, latest, kept }: Known): Why {
  const { keyed, note } = identified;
  if (keyed === null) {
    const reason = note ?? "its result is never kept: cache is false, or it declares no outputs";
    return { step: step.id, key: null, parts: null, inputs: 0, cached: false, reason, changes: null };
  }
  const before = latest.of(step.id);
  const same = before?.key === keyed.key;
  const gone = same ? (before.unkept ?? "its result was removed from the cache") : null;
  const reason =
    kept === null ? gone : kept.lost && `the cache's copy of its output ${kept.lost} is damaged or gone`;
  return {
    step: step.id,
    key: keyed.key,
    parts: keyed.parts,
    inputs: Object.keys(keyed.inputs.files()).length,
    cached: kept?.lost === null,
    reason,
    changes:
      before === null
        ? null
        : changesOf(before.parts, keyed.parts, {
            before: latest.files(before.parts.inputs),
            after: keyed.inputs.files(),
          }),
  };
}
