import type { NotifyEvent } from "../config/config.ts";

/** What a channel is told; `at` is ms since the epoch. */
export type Message = {
  /** The same in every try, so that a receiver can drop what came twice. */
  id: string;
  event: NotifyEvent;
  app: string;
  environment: string;
  version: string;
  /** Who the run is for. */
  actor: string;
  /** Why, where there is something to say, e.g. why a release was withdrawn. */
  reason: string | null;
  /** Where to look: the live system or the run; null where there is no link. */
  link: string | null;
  /** Head of the environment's journal, SEQUENCE:HASH: evidence that a cut or rewritten journal cannot match. */
  journal: string | null;
  run: string;
  at: number;
};
