import type { Config } from "../../config/config.ts";
import type { Context } from "../../context/context.ts";
import type { Manner } from "../../run/manner.ts";
import type { Desk } from "../desk.ts";

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
