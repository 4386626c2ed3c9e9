import type { HttpAnswer } from "../io/http.ts";
import type { Health } from "./health.ts";

/** What was found out for one gate before it is judged. All texts are redacted. */
export type GateFact =
  /** Whether `through` has completed a rollout of exactly these digests. */
  | { kind: "promotion"; through: string; completed: boolean }
  /** `notAsked`: checks of what is not there yet, e.g. of a release where none is live. */
  | { kind: "health"; health: Health; notAsked: string[] }
  | { kind: "command"; gate: string; ended: CommandEnd }
  | { kind: "http"; gate: string; url: string; answer: HttpAnswer }
  | { kind: "file"; gate: string; path: string; file: ResultsFile }
  | { kind: "confirm"; gate: string; confirmations: Confirmation[] }
  /** The question could not even be asked, for example because a secret has no value. */
  | { kind: "unasked"; gate: string; reason: string };

/** How a gate's command ended; `last` is its last line. */
export type CommandEnd =
  | { started: true; exitCode: number | null; timedOut: boolean; ms: number; last: string }
  | { started: false; reason: string };

/** A file of results: its text and age in ms; null where it cannot be read, with the reason. */
export type ResultsFile = { text: string; ageMs: number } | { text: null; reason: string };

/** A person's word that one item is done for one version and its exact digests, until it expires (ms, epoch). */
export type Confirmation = {
  format: 1;
  app: string;
  environment: string;
  version: string;
  digests: string[];
  /** Name of the gate. */
  item: string;
  by: string;
  at: number;
  expiresAt: number;
};
