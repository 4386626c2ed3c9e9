import type { Config } from "../../config/config.ts";
import type { Context } from "../../context/context.ts";
import type { ExpectedDigests } from "../../context/digests.ts";
import type { Desk } from "../desk.ts";

/** How releases are shipped, where somebody said so on the command line. */
export type Manner = {
  /** Why releases go past gates that do not pass, or null: they do not. */
  breakGlass: string | null;
  /** What is live is broken: nothing is compared with it (B33). */
  fix: boolean;
  /** Another rollout under way gives way, whatever its version (B30). */
  supersede: boolean;
  /** What a person said it is for, or null. */
  why: string | null;
  /** What images must be: digests that whoever calls has seen. */
  digests: ExpectedDigests;
};

/** As always. */
export const plainly: Manner = { breakGlass: null, fix: false, supersede: false, why: null, digests: {} };

/** Keeps everything else off the terminal until the question is answered. */
export type Aside = <T>(ask: () => Promise<T>) => Promise<T>;

/** What the steps with effects work on. */
export type Work = Manner & {
  config: Config;
  context: Context;
  root: string;
  state: string;
  desk: Desk;
  /** Lets somebody who sits at the terminal be asked something there; null: nobody does. */
  aside: Aside | null;
};
