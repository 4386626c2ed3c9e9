import { z } from "zod";
import { checkList } from "./schema-analysis.ts";
import { choice, duration, keyed, limit, percent, wholeNumber } from "./schema-parts.ts";

const samples = wholeNumber(1, 1_000_000);
const weightsWords = "a list of percentages without sign, such as [10, 50, 100]";

const step = keyed({
  weight: wholeNumber(1, 100).optional().describe("The canary's share of the traffic, in percent."),
  hold: duration.optional().describe("Keep the weight for this time, and go on where the analysis is good."),
  samples: samples
    .optional()
    .describe("Least number of requests of each version before this hold can pass. Default: the canary's."),
  limit: limit.optional().describe("Time limit of this hold. Default: the canary's."),
  analysis: checkList.optional().describe("Checks of this hold alone, beside the environment's."),
  pause: limit.optional().describe("Wait for `bellwether promote`; after this time the canary is withdrawn."),
});

const canary = keyed({
  weights: z
    .array(wholeNumber(1, 100), { error: weightsWords })
    .min(1, { error: weightsWords })
    .optional()
    .describe("Percentages of the traffic, rising to 100. Default: [10, 50, 100]."),
  hold: duration.optional().describe("How long each weight is held and watched. Default: 1m."),
  samples: samples
    .optional()
    .describe("Least number of requests to the canary before a weight can pass. Default: 50."),
  limit: limit
    .optional()
    .describe(
      "Time limit of one weight; with too few samples by then the release returns. Default: 5 times hold.",
    ),
  steps: z
    .array(step, { error: "a list of steps, such as [{ weight: 10 }, { hold: 5m }, { pause: 1h }]" })
    .min(1, { error: "a list of steps that is not empty" })
    .optional()
    .describe("The steps one by one, instead of weights and hold; all traffic follows the last one."),
});

const rolling = keyed({
  batch: percent.optional().describe("Share of the traffic that moves at a time. Default: 25%."),
  pause: duration
    .optional()
    .describe("How long processes and errors are watched after each batch. Default: 5s."),
});

/** How a release takes over. */
export const strategy = z.union(
  [
    choice(["recreate", "rolling", "blue-green", "canary"]),
    keyed({
      canary: canary.optional().describe("A part of the traffic first, judged beside stable."),
      rolling: rolling.optional().describe("Batch after batch, by processes and errors only."),
    }),
  ],
  {
    error:
      "one of recreate, rolling, blue-green, canary; or { canary: { weights: [10, 50, 100] } } or { rolling: { batch: 25% } }",
  },
);

export type WrittenStrategy = z.input<typeof strategy>;
export type WrittenCanary = z.input<typeof canary>;
export type WrittenStep = z.input<typeof step>;
export type WrittenRolling = z.input<typeof rolling>;
