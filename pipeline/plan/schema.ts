import { z } from "zod";
import { type Plan, planFormat } from "./plan.ts";

const names = z.array(z.string());
const command = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe("A string runs by sh -c, a list as argv.");
const milliseconds = z.number().nonnegative();
const path = z.string().nullable();
const fact = z.enum(["url", "host", "port", "user", "password", "database"]);

const service = z.strictObject({
  name: z.string(),
  kind: z.enum(["postgres", "redis"]),
  version: z.string().describe("semver range of the server."),
  image: z.string(),
  database: z.string(),
  user: z.string(),
  init: names.describe("SQL files run once after start, in order."),
  extensions: names.describe("PostgreSQL extensions made before init."),
  environment: z.record(z.string(), fact).describe("Variable to connection fact."),
});

const tool = z.strictObject({
  name: z.string(),
  range: z.string().describe("semver range that its version must satisfy."),
  probe: z.array(z.string()).min(1).describe("Program and arguments that print its version."),
});

const severity = z.enum(["critical", "high", "medium", "low", "unknown"]);

const allowance = z.strictObject({
  rule: path,
  path,
  fingerprint: path,
  reason: z.string(),
  expires: z.string().describe("YYYY-MM-DD, UTC, the day itself included."),
});

const rules = z
  .strictObject({
    coverage: z
      .strictObject({ min: z.number(), minFile: z.number().nullable(), maxDrop: z.number().nullable() })
      .nullable(),
    scan: z
      .strictObject({
        kind: z.enum(["secrets", "vulnerabilities"]),
        file: z.string(),
        fail: severity.describe("The least severity that fails."),
        allow: z.array(allowance),
        acceptInconclusive: z.strictObject({ reason: z.string(), expires: z.string() }).nullable(),
      })
      .nullable(),
  })
  .describe("What the reports are held against.");

const component = z.strictObject({
  name: z.string(),
  command,
  image: z.string(),
  path: names,
  directory: z.string(),
  environment: z.record(z.string(), z.string()),
  secrets: names,
  listens: z.boolean(),
  health: z.strictObject({
    live: path,
    ready: path,
    startup: path,
    successes: z.number(),
    spanMs: milliseconds,
    intervalMs: milliseconds,
    probeTimeoutMs: milliseconds,
    withinMs: milliseconds,
  }),
});

const step = z.strictObject({
  id: z.string().describe("Unique in the plan, e.g. lint:biome."),
  title: z.string(),
  needs: names.describe("Ids of steps, of any stage, whose outputs it needs."),
});

const hermetic = step
  .extend({
    kind: z.literal("hermetic"),
    image: z.string().describe("Container image, for executors that run containers."),
    tools: z.array(tool),
    commands: z.array(command).describe("Run one after the other; the first failure ends the step."),
    directory: z.string().describe("Relative to the repository's root."),
    inputs: names.describe("Globs; empty means everything that git does not ignore."),
    outputs: names.describe("Paths relative to the repository's root."),
    environment: z.record(z.string(), z.string()),
    passEnvironment: names.describe("Variables handed on from the caller."),
    secrets: names.describe("Names only."),
    services: z.array(service),
    caches: names,
    timeoutMs: milliseconds,
    cache: z.boolean().describe("Whether its result may come from the cache."),
    reports: z.strictObject({ junit: path, coverage: path }),
    path: names.describe("Directories before PATH, relative to the root."),
    findings: z
      .strictObject({ reader: z.string(), file: path })
      .nullable()
      .describe("Whose findings the output (file null) or a file holds."),
    rules,
    components: z.array(component).describe("Components of the system that run beside it."),
  })
  .describe("No effect but its outputs.");

const anyStep = z.discriminatedUnion("kind", [
  hermetic,
  step.extend({ kind: z.literal("image"), image: z.string() }).describe("Builds or finds one image."),
  step
    .extend({ kind: z.literal("approval"), environment: z.string() })
    .describe("Needs a recorded approval."),
  step
    .extend({ kind: z.literal("rollout"), environment: z.string() })
    .describe("One rollout of this run's images."),
  step
    .extend({ kind: z.literal("rollback"), environment: z.string(), to: z.string().nullable() })
    .describe("Back to an older release; `to` null is the one that completed before the live one."),
]);

const context = z.strictObject({
  event: z.enum(["push", "pull_request", "release", "dispatch", "schedule", "local"]),
  ref: z.string().describe("Full ref, e.g. refs/heads/develop."),
  branch: z.string().nullable(),
  tag: z.string().nullable(),
  sha: z.string().nullable().describe("Commit, or null where the ref does not exist."),
  committedAt: z.number().describe("Commit time, ms since the epoch."),
  dirty: z.boolean(),
  actor: z.string(),
  time: z.number().describe("ms since the epoch."),
  version: z.string().describe("semver."),
});

/** The plan's JSON. */
export const planSchema: z.ZodType<Plan> = z
  .strictObject({
    format: z.literal(planFormat).describe("Version of this format."),
    app: z.string(),
    config: z.strictObject({ file: z.string(), digest: z.string().describe("sha256, hex.") }),
    context,
    stages: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        needs: names.describe("Ids of stages that come before, where they are due."),
        due: z.boolean(),
        reason: z.string().describe("Why it is or is not due."),
        steps: z.array(anyStep),
      }),
    ),
  })
  .describe("What Bellwether will do, in order: the output of `bellwether plan --json`.");

/** `schema/plan.schema.json` (JSON Schema 2020-12). */
export const planJsonSchema = (): object => z.toJSONSchema(planSchema);
