import type { Config } from "../../config/config.ts";
import type { Context } from "../../context/context.ts";
import type { Desk } from "../desk.ts";

/** What the steps with effects work on. */
export type Work = {
  config: Config;
  context: Context;
  root: string;
  state: string;
  desk: Desk;
  /** Somebody sits at the terminal and can be asked. */
  interactive: boolean;
};
