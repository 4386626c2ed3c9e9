import type { Config } from "../../config/config.ts";
import type { Context } from "../../context/context.ts";
import type { Desk } from "../desk.ts";

/** How releases are shipped, where somebody said so on the command line. */
export type Manner = {
  /** Why releases go on without approval, or null: they do not. */
  breakGlass: string | null;
  /** What is live is broken: nothing is compared with it (B33). */
  fix: boolean;
  /** Another rollout under way gives way, whatever its version (B30). */
  supersede: boolean;
};

/** As always. */
export const plainly: Manner = { breakGlass: null, fix: false, supersede: false };

/** What the steps with effects work on. */
export type Work = Manner & {
  config: Config;
  context: Context;
  root: string;
  state: string;
  desk: Desk;
  /** Somebody sits at the terminal and can be asked. */
  interactive: boolean;
};
