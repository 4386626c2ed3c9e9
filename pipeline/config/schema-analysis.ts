import { z } from "zod";
import { namelessSecret } from "./schema-components.ts";
import { choice, command, duration, keyed, limit, percent, text, wholeNumber } from "./schema-parts.ts";

const numberWords = "a number";
const number = z.number({ error: numberWords });

const boundWords = "a percentage (errors), a duration (p95) or a number (prometheus, command)";

const ratioWords = "a number from 1 to 100";
const ratio = z.number({ error: ratioWords }).min(1, { error: ratioWords }).max(100, { error: ratioWords });

const onOrOff = choice(["canary", "none"]);

const samples = wholeNumber(1, 1_000_000);
const tolerated = wholeNumber(0, 1_000_000);

/** One check; which of the keys belong together is a rule's matter (`rules-analysis.ts`). */
const check = keyed({
  errors: onOrOff
    .optional()
    .describe("Share of failed requests to the canary, by the router; none: not judged."),
  p95: onOrOff
    .optional()
    .describe("95th percentile of the canary's answers, by the router; none: not judged."),
  prometheus: text
    .optional()
    .describe("A PromQL query; ${version} is the canary's. Every series of the result must be within."),
  probe: text
    .optional()
    .describe("Path of the canary's component that listens, or a URL, that is asked at every measurement."),
  command: command
    .optional()
    .describe("A command on the machine of the engine; exit code 0 passes. ${version} is the canary's."),
  name: text.optional().describe("Name in messages. Default: what is measured."),
  max: z
    .union([text, number], { error: boundWords })
    .optional()
    .describe(
      "Greatest value: of errors a percentage, of p95 a duration, of prometheus and command a number.",
    ),
  min: number.optional().describe("Least value of prometheus or command."),
  is: number.optional().describe("The value that prometheus or command must have."),
  against: choice(["stable"]).optional().describe("Compare p95 with stable's."),
  "max-ratio": ratio
    .optional()
    .describe("The canary's p95 may be this many times stable's, plus slack. Default: 1.5."),
  slack: duration
    .optional()
    .describe("Added to the p95 that stable allows, so that tiny times do not judge. Default: 50ms."),
  "max-latency": limit.optional().describe("Greatest p95 of the probe's answers. Default: not judged."),
  "max-errors": percent
    .optional()
    .describe("Greatest share of the probe's answers that may fail. Default: 0%."),
  samples: samples
    .optional()
    .describe(
      "Least number of requests of each version, or of the probe. Default: the hold's samples; of a probe 1; with for 1.",
    ),
  for: duration
    .optional()
    .describe(
      "A value counts once it has been within its limit, or beyond it, for this time without a break. Default: at once.",
    ),
  interval: limit
    .optional()
    .describe(
      "Time between two measurements. Default: 500ms; of prometheus, probe and command 5s; with for a tenth of it.",
    ),
  timeout: limit.optional().describe("Time limit of one measurement. Default: 5s; of a command 30s."),
  url: text.optional().describe("Prometheus' base URL. Default: http://localhost:9090."),
  token: namelessSecret.optional().describe("Bearer token for Prometheus, by reference. Default: none."),
  "failure-limit": tolerated
    .optional()
    .describe("Measurements that may fail: with 3 the fourth fails the check. Default: 0."),
  "inconclusive-limit": tolerated
    .optional()
    .describe("Measurements that may be inconclusive. Default: as many as fit into the hold's limit."),
  "consecutive-error-limit": tolerated
    .optional()
    .describe("Measurements in a row that may be errors: with 4 the fifth is too many. Default: 4."),
  "consecutive-success-limit": wholeNumber(1, 1_000_000)
    .optional()
    .describe("Measurements in a row that must be successful. Default: 1."),
  "on-error": choice(["return", "hold"])
    .optional()
    .describe(
      "Too many errors in a row: the canary goes back, or is held until the hold's limit. Default: return.",
    ),
});

/** Checks as a list. */
export const checkList = z.array(check, { error: "a list of checks, such as [{ errors: canary, max: 1% }]" });

/** How a canary is judged: a list of checks, or the limits of the two that are always there. */
export const analysis = z.union(
  [
    checkList,
    keyed({
      "max-errors": percent
        .optional()
        .describe("Greatest share of failed requests to the canary. Default: 1%."),
      "max-ratio": ratio
        .optional()
        .describe("The canary's p95 may be this many times stable's, plus slack. Default: 1.5."),
      slack: duration
        .optional()
        .describe("Added to the allowed p95, so that tiny times do not judge. Default: 50ms."),
    }),
  ],
  { error: "a list of checks, or a map of max-errors, max-ratio, slack" },
);

export type WrittenAnalysis = z.input<typeof analysis>;
export type WrittenAnalysisCheck = z.input<typeof check>;
