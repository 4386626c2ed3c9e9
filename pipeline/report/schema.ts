import { z } from "zod";
import { evidenceSchema } from "./evidence-schema.ts";
import { reportFormat } from "./report.ts";

const outcome = z.enum(["passed", "failed", "skipped", "interrupted"]);
const exit = z.union([0, 1, 2, 3, 4, 70, 130].map((code) => z.literal(code)));
const at = z.number().describe("ms since the epoch.");
const ms = z.number().nonnegative().describe("Milliseconds.");
const weights = z.record(z.string(), z.number()).describe("% by version.");

const failure = z.strictObject({
  kind: z.string().describe("The case; docs/failures.md explains each."),
  exitCode: exit,
  what: z.string(),
  where: z.string().nullable(),
  expected: z.string().nullable(),
  next: z.string().describe("What to do."),
  detail: z.looseObject({ kind: z.string() }).describe("The failure as a value."),
});

const step = z.strictObject({
  id: z.string(),
  title: z.string(),
  outcome,
  reason: z.string().nullable().describe("Why it was skipped, or null."),
  cached: z.boolean(),
  ms,
  notes: z.array(z.string()),
  startedAt: at.optional(),
  failure: failure.optional(),
  evidence: evidenceSchema.optional(),
  digests: z.record(z.string(), z.string()).optional().describe("Digests of the images that it made."),
  url: z.string().optional(),
});

const stage = z.strictObject({
  id: z.string(),
  title: z.string(),
  outcome,
  reason: z.string().nullable().describe("Why it was skipped, or null."),
  ms,
  steps: z.array(step),
  needs: z.array(z.string()).optional().describe("Stages that it needs, by id."),
});

const traffic = z.strictObject({
  version: z.string(),
  requests: z.number(),
  failed: z.number(),
  p95Ms: z.number().nullable().describe("Milliseconds; null where there were no requests."),
});

const gate = z.strictObject({
  gate: z.string(),
  verdict: z.enum(["pass", "fail", "inconclusive"]),
  reason: z.string(),
  by: z.string().describe("Who or what said so."),
  remedy: z.string().nullable().describe("What to do, or null where it passes."),
});

const rollout = z.strictObject({
  environment: z.string(),
  version: z.string(),
  stable: z.string().nullable().describe("What was live before."),
  strategy: z.string(),
  gates: z.array(gate).describe("The go/no-go matrix before it; empty where there are no gates."),
  breakGlass: z
    .strictObject({
      actor: z.string(),
      reason: z.string(),
      overridden: z.array(gate.omit({ remedy: true })).describe("The gates that did not pass."),
      followUp: z.string().describe("Id of what is owed for it."),
    })
    .nullable()
    .describe("Who sent it past gates that did not pass, and why; null: nobody did."),
  outcome: z.enum(["completed", "returned", "unfinished", "refused"]).describe("refused: it never began."),
  reason: z.string().nullable().describe("Why it went back, or null."),
  url: z.string().nullable(),
  weights: z.array(z.strictObject({ at, weights })).describe("Each change of weights."),
  measured: z
    .array(
      z.strictObject({
        at,
        weight: z.number(),
        heldMs: ms,
        holdMs: ms,
        canary: traffic,
        stable: traffic.nullable(),
        checks: z
          .array(z.strictObject({ name: z.string(), verdict: z.string(), reason: z.string() }))
          .describe("What each check said."),
        verdict: z.string(),
      }),
    )
    .describe("The last measurement of each weight."),
  continued: z
    .array(
      z.strictObject({ at, by: z.string(), full: z.boolean().describe("Without further holds and pauses.") }),
    )
    .describe("Who let it go on."),
  leftOpen: z.number().describe("Connections still open when an old release had to end."),
  unchanged: z
    .array(z.string())
    .describe("Components of which nothing had changed: they were not restarted."),
  exposure: z
    .record(z.string(), z.number())
    .describe("How exposed systemd finds each component's unit: 0 (least) to 10."),
  journal: z
    .strictObject({ sequence: z.number().int(), hash: z.string() })
    .nullable()
    .describe(
      "End of the environment's journal after it, for `bellwether journal verify --head SEQUENCE:HASH`.",
    ),
  drift: z
    .array(z.strictObject({ version: z.string(), what: z.string(), expected: z.string(), found: z.string() }))
    .describe("What somebody had changed by hand."),
  rotated: z
    .array(z.strictObject({ version: z.string(), name: z.string(), used: z.string(), live: z.string() }))
    .describe("Secrets that run in an older version again."),
});

const approval = z.strictObject({
  by: z.string(),
  at,
  how: z.enum(["prompt", "recorded", "signed", "github"]),
});

/** What a journal tells of an environment's rollouts: the JSON of `history --full`. */
export const rolloutsSchema = z.strictObject({
  format: z.literal(1),
  app: z.string(),
  environment: z.string(),
  live: z.strictObject({ version: z.string(), url: z.string() }).nullable(),
  rollouts: z.array(
    rollout.extend({
      rollout: z.string(),
      cause: z.enum(["deploy", "rollback"]),
      why: z.string().nullable(),
      actor: z.string(),
      revision: z.string().nullable(),
      digests: z.array(z.string()),
      approvals: z.array(approval),
      beganAt: at,
      endedAt: at.nullable(),
    }),
  ),
  journal: z.strictObject({ sequence: z.number().int(), hash: z.string() }),
});

/** The report's JSON. */
export const reportSchema = z
  .strictObject({
    format: z.literal(reportFormat).describe("Version of this format."),
    run: z.string(),
    app: z.string(),
    version: z.string(),
    ref: z.string(),
    executor: z.string(),
    startedAt: at,
    finishedAt: at.nullable(),
    outcome,
    exitCode: exit.describe("What the program ended with."),
    cacheHits: z.number().int().nonnegative(),
    stages: z.array(stage),
    rollouts: z.array(rollout),
    failures: z.array(failure),
    notes: z.array(z.string()),
  })
  .describe("What happened in a run of Bellwether.");

/** A report that was read from a file: like `Report`, but the detail of a failure is known by its kind only. */
export type ReadReport = z.infer<typeof reportSchema>;

/** `schema/report.schema.json` (JSON Schema 2020-12). */
export const reportJsonSchema = (): object => z.toJSONSchema(reportSchema);
