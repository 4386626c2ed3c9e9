import { z } from "zod";
import { services } from "./schema-checks.ts";
import { namelessSecret } from "./schema-components.ts";
import {
  choice,
  command,
  duration,
  keyed,
  limit,
  name,
  percent,
  port,
  text,
  urlPath,
  variables,
  wholeNumber,
} from "./schema-parts.ts";

const oneOrMore = z.union([text, z.array(text).min(1)], {
  error: "a name, or a list of names that is not empty",
});

const trigger = z.union(
  [
    choice(["release", "manual"]),
    keyed({ branch: oneOrMore.describe("Branches, by name or glob.") }),
    keyed({ tag: oneOrMore.describe("Tags, by name or glob.") }),
  ],
  { error: "one of release, manual; or { branch: NAME } or { tag: NAME }" },
);

const targetWords = "one of local";

const target = z.union(
  [
    z.enum(["local"], { error: targetWords }),
    keyed({
      local: keyed({
        port: port.optional().describe("Port of the proxy. Default: a free one, chosen once and kept."),
      })
        .optional()
        .describe("Processes on this machine behind a built-in proxy."),
    }),
  ],
  { error: targetWords },
);

const canary = keyed({
  weights: z
    .array(wholeNumber(1, 100), { error: "a list of percentages without sign, such as [10, 50, 100]" })
    .min(1, { error: "a list of percentages without sign, such as [10, 50, 100]" })
    .optional()
    .describe("Percentages of the traffic, rising to 100. Default: [10, 50, 100]."),
  hold: duration.optional().describe("How long each weight is held and watched. Default: 1m."),
  samples: wholeNumber(1, 1_000_000)
    .optional()
    .describe("Least number of requests to the canary before a weight can pass. Default: 50."),
  limit: limit
    .optional()
    .describe(
      "Time limit of one weight; with too few samples by then the release returns. Default: 5 times hold.",
    ),
});

const strategy = z.union(
  [
    choice(["recreate", "blue-green", "canary"]),
    keyed({ canary: canary.describe("A part of the traffic first, judged beside stable.") }),
  ],
  {
    error: "one of recreate, blue-green, canary; or { canary: { weights: [10, 50, 100] } }",
  },
);

const analysis = keyed({
  "max-errors": percent.optional().describe("Greatest share of failed requests to the canary. Default: 1%."),
  "max-ratio": z
    .number({ error: "a number from 1 to 100" })
    .min(1, { error: "a number from 1 to 100" })
    .max(100, { error: "a number from 1 to 100" })
    .optional()
    .describe("The canary's p95 may be this many times stable's, plus slack. Default: 1.5."),
  slack: duration
    .optional()
    .describe("Added to the allowed p95, so that tiny times do not judge. Default: 50ms."),
});

const smoke = keyed({
  name: text.optional().describe("Name in messages. Default: the method and the path."),
  component: name.optional().describe("Component that is asked. Default: the one that listens."),
  get: urlPath.optional().describe("Path of a GET request. Either get or post."),
  post: urlPath.optional().describe("Path of a POST request. Either get or post."),
  body: z
    .union([z.string(), z.record(z.string(), z.json())], { error: "text, or a map that is sent as JSON" })
    .optional()
    .describe("Body of a POST request: text, or a map that is sent as JSON."),
  headers: z
    .record(text, z.string({ error: "text" }), { error: "a map of header to text" })
    .optional()
    .describe("Request headers. Default: none, and content-type: application/json with a map as body."),
  expect: keyed({
    status: wholeNumber(100, 599).optional().describe("Status of the answer. Default: 200."),
    json: z
      .record(z.string(), z.json(), { error: "a map of field to value" })
      .optional()
      .describe("Fields that the JSON answer must have, with their values."),
    text: text.optional().describe("Text that the answer must contain."),
    within: limit.optional().describe("Time limit of the answer. Default: 1s."),
  })
    .optional()
    .describe("What the answer must be. Default: status 200 within 1s."),
});

const pair = <Part extends z.ZodType>(part: Part, error: string) => z.tuple([part, part], { error });
const shares = pair(percent, "[degraded, unhealthy], such as [75%, 90%]");
const times = pair(limit, "[degraded, unhealthy], such as [1s, 2s]");

const health = keyed({
  cpu: shares.optional().describe("CPU, [degraded, unhealthy]. Default: not judged."),
  memory: shares.optional().describe("Memory, [degraded, unhealthy]. Default: not judged."),
  disk: shares.optional().describe("Disk, [degraded, unhealthy]. Default: not judged."),
  accessories: z
    .record(name, times, { error: "a map of accessory to [degraded, unhealthy]" })
    .optional()
    .describe("Response times of accessories by name, [degraded, unhealthy]. Default: not judged."),
});

const events = choice(["started", "waiting", "promoted", "returned", "rolled-back", "failed"]);

const channel = keyed({
  url: namelessSecret.describe("URL of the channel; it is a secret, so by reference."),
  on: z
    .array(events, { error: "a list of events" })
    .min(1, { error: "a list of events that is not empty" })
    .optional()
    .describe("Events that are told. Default: waiting, promoted, returned, rolled-back, failed."),
});

const none = z.enum(["none"], { error: "none" });

/** A place where releases run. */
export const environment = keyed({
  on: trigger
    .optional()
    .describe(
      "What brings a release here. Default: branch develop for staging, release for production, else manual.",
    ),
  extends: name
    .optional()
    .describe(
      "Environment whose keys are taken where this one has none; env and accessories are merged by name. on and promote-from are not taken.",
    ),
  target: target.optional().describe("What runs the release. Default: local."),
  accessories: services
    .optional()
    .describe("Servers that belong to the environment and keep their data, by name."),
  "environment-file": text
    .optional()
    .describe("dotenv file with values for this environment. Default: none."),
  env: variables
    .optional()
    .describe(
      "Variables for every component. Values may hold ${port}, ${version} and ${accessories.NAME.FACT}.",
    ),
  migrate: z
    .union(
      [
        none,
        keyed({
          run: command.describe("The command, with the new release's code and environment."),
          in: name.describe("Component whose code and environment it has."),
          timeout: limit.optional().describe("Time limit. Default: 5m."),
        }),
      ],
      { error: "a map with run and in, or none" },
    )
    .optional()
    .describe("Migration that runs once, before traffic moves. Default: none."),
  strategy: strategy.optional().describe("How a release takes over. Default: blue-green."),
  analysis: analysis.optional().describe("How the canary is judged beside stable."),
  smoke: z
    .array(smoke, { error: "a list of requests" })
    .optional()
    .describe("Requests to the new release before it gets traffic. Default: none."),
  approval: z
    .union(
      [
        none,
        keyed({
          required: wholeNumber(1, 20).optional().describe("Number of approvals. Default: 1."),
          expires: limit.optional().describe("How long an approval is good for. Default: 24h."),
        }),
      ],
      { error: "a map such as { required: 1 }, or none" },
    )
    .optional()
    .describe("Approval of the digests before the rollout. Default: none."),
  "promote-from": name
    .optional()
    .describe(
      "Environment that must have completed the same digests first, or none. Default: staging, where there is one and this environment is for releases.",
    ),
  watch: duration.optional().describe("How long the release is watched after the switch. Default: 30s."),
  warm: duration.optional().describe("How long the old release stays ready after the switch. Default: 15m."),
  drain: duration
    .optional()
    .describe("How long open requests and sockets of the old release may last. Default: 30s."),
  health: health.optional().describe("Thresholds of the environment's health."),
  notify: keyed({
    slack: channel.optional().describe("A Slack channel's incoming webhook."),
    webhook: channel.optional().describe("Any URL that takes JSON by POST."),
  })
    .optional()
    .describe("Who is told. Default: nobody."),
});

/** Environments by name, in the order of the way to production. */
export const environments = z.record(name, environment, { error: "a map of name to environment" });

export type WrittenEnvironment = z.input<typeof environment>;
export type WrittenTrigger = z.input<typeof trigger>;
export type WrittenStrategy = z.input<typeof strategy>;
export type WrittenSmoke = z.input<typeof smoke>;
export type WrittenNotify = NonNullable<WrittenEnvironment["notify"]>;
export type WrittenHealthLimits = z.input<typeof health>;
