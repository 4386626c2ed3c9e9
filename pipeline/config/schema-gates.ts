import { z } from "zod";
import {
  command,
  keyed,
  limit,
  name,
  percent,
  text,
  variable,
  variables,
  wholeNumber,
} from "./schema-parts.ts";

const urlWords = "an http(s) URL";

/** One gate: exactly one of command, http, file and confirm (`rules-gates.ts`), and what goes with it. */
const gate = keyed({
  command: command
    .optional()
    .describe("A command: 0 is pass, 1 is fail, anything else is inconclusive; its last line is the reason."),
  http: z
    .string({ error: urlWords })
    .regex(/^(https?:\/\/|\$\{)\S+$/, { error: urlWords })
    .optional()
    .describe("URL that is asked; it may hold ${version} and ${NAME} of secrets and variables."),
  file: text
    .optional()
    .describe(
      "Results as JUnit XML, or as JSON with passed and total (and version); the path may hold ${version}.",
    ),
  confirm: text.optional().describe("What a person confirms with `bellwether confirm ENV VERSION ITEM`."),
  env: variables
    .optional()
    .describe(
      "With command: variables it sees beside BELLWETHER_APP, _ENVIRONMENT, _VERSION and _DIGESTS. Default: none.",
    ),
  secrets: z
    .array(variable, { error: "a list of secrets' names" })
    .optional()
    .describe("With command: names of secrets that it sees."),
  headers: z
    .record(text, z.string({ error: "text" }), { error: "a map of header to text" })
    .optional()
    .describe("With http: request headers, which may hold ${NAME} too. Default: none."),
  status: wholeNumber(100, 599).optional().describe("With http: status that is a pass. Default: 200."),
  json: z
    .record(z.string(), z.json(), { error: "a map of field to value" })
    .optional()
    .describe("With http: fields that the JSON answer must have, with their values. Default: none."),
  timeout: limit
    .optional()
    .describe("With command and http: time limit. Default: 60s for a command, 10s for a request."),
  "min-pass": percent.optional().describe("With file: least share of the tests that passed. Default: 100%."),
  "max-age": limit.optional().describe("With file: older results are no evidence. Default: 24h."),
  expires: limit.optional().describe("With confirm: how long the word is good for. Default: 24h."),
});

/** The user's own gates of an environment, by name. */
export const gates = z.record(name, gate, { error: "a map of name to gate" });

export type WrittenGates = z.input<typeof gates>;
export type WrittenGate = WrittenGates[string];
