import type { Context } from "../context/context.ts";
import type { ExpectedDigests } from "../context/digests.ts";
import type { Failure } from "../failure.ts";
import type { Result } from "../result.ts";
import type { RolloutFact } from "./event.ts";
import type { EffectDone, ImageMade, RunFacts } from "./executor.ts";

/** The version of both values: caller and program are one, so another one is a mistake. */
export const effectFormat = 1;

/** A step with an effect, to be done by this program in another process: `bellwether effect FILE`. */
export type EffectCall = {
  format: typeof effectFormat;
  /** Of the configuration that the caller planned by. */
  config: string;
  context: Context;
  facts: RunFacts;
  step: EffectStep;
  /** Names of secrets whose values stand in variables of the same names, wherever the configuration has them from. */
  given: string[];
};

export type EffectStep =
  | {
      kind: "image";
      image: string;
      publish: boolean;
      /** Archives of what a builder made of the Dockerfile, by platform; null: layers, or nothing was built. */
      handed: Record<string, string> | null;
      /** Where the image is written as an archive of its own, or null. */
      archive: string | null;
      /** Where the list of what it is made of is written, or null. */
      sbom: string | null;
      /** A directory with nothing but what git would list, for a root that is a copy without git. */
      listed: string;
    }
  | { kind: "approval"; environment: string; digests: ExpectedDigests }
  | {
      kind: "rollout";
      environment: string;
      breakGlass: string | null;
      fix: boolean;
      supersede: boolean;
      /** What images must be. */
      digests: ExpectedDigests;
    }
  | { kind: "rollback"; environment: string; to: string | null; why: string | null };

/** What came of it, as the file that the call's option `--out` names. */
export type EffectAnswer = {
  format: typeof effectFormat;
  result: Result<ImageMade | EffectDone, Failure>;
  /** What was told on the way, in order. */
  facts: RolloutFact[];
};
