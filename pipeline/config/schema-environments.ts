import { z } from "zod";
import { agreements, files, reaches } from "./schema-agreement.ts";
import { analysis } from "./schema-analysis.ts";
import { approval } from "./schema-approval.ts";
import { services } from "./schema-checks.ts";
import { gates } from "./schema-gates.ts";
import { health } from "./schema-health.ts";
import { notify } from "./schema-notify.ts";
import {
  choice,
  command,
  duration,
  keyed,
  leaseTime,
  limit,
  name,
  text,
  urlPath,
  variables,
  wholeNumber,
} from "./schema-parts.ts";
import { strategy } from "./schema-strategy.ts";
import { target } from "./schema-target.ts";

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
  files: files
    .optional()
    .describe("The system's own configuration files, which must be sound before a release. Default: none."),
  rules: agreements
    .optional()
    .describe("Variables that must agree, e.g. all live or all paper. Default: none."),
  reach: reaches
    .optional()
    .describe("What must be reached from where the release runs, before it is begun. Default: nothing."),
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
  analysis: analysis
    .optional()
    .describe("How the canary is judged. Default: its errors (at most 1%), and its p95 beside stable's."),
  smoke: z
    .array(smoke, { error: "a list of requests" })
    .optional()
    .describe("Requests to the new release before it gets traffic. Default: none."),
  approval: approval.optional().describe("Approval of the digests before the rollout. Default: none."),
  "promote-from": name
    .optional()
    .describe(
      "Environment that must have completed the same digests first, or none. Default: staging, where there is one and this environment is for releases.",
    ),
  provenance: z
    .union(
      [
        choice(["required", "none"]),
        keyed({
          source: text
            .optional()
            .describe("Repository that it was built from, e.g. github.com/acme/quotes. Default: any."),
          builder: text.optional().describe("Who built it, e.g. the address of a workflow. Default: any."),
        }),
      ],
      { error: "required, none, or a map with source and builder" },
    )
    .optional()
    .describe("What the images' provenance must say before any host is touched. Default: none."),
  "signed-by": z
    .array(text, { error: "a list of files" })
    .min(1)
    .optional()
    .describe(
      "Public keys (PEM files, relative to the root): each image must carry a signature of cosign's by one of them before any host is touched. Default: none.",
    ),
  watch: duration.optional().describe("How long the release is watched after the switch. Default: 30s."),
  warm: duration
    .optional()
    .describe("How long the release before stays ready after the switch. Default: 15m."),
  drain: duration
    .optional()
    .describe("How long open requests and sockets of the old release may last. Default: 30s."),
  lease: leaseTime
    .optional()
    .describe(
      "Time after which an engine that gives no sign of life has lost the environment: traffic goes back to stable. Default: 60s.",
    ),
  health: health
    .optional()
    .describe("Checks of the environment's health by name; a rollout waits for them. Default: none."),
  gates: gates
    .optional()
    .describe("Gates of your own by name, which must all pass before a rollout begins. Default: none."),
  notify: notify.optional().describe("Who is told. Default: nobody."),
});

/** Environments by name, in the order of the way to production. */
export const environments = z.record(name, environment, { error: "a map of name to environment" });

export type WrittenEnvironment = z.input<typeof environment>;
export type WrittenTrigger = z.input<typeof trigger>;
export type WrittenSmoke = z.input<typeof smoke>;
