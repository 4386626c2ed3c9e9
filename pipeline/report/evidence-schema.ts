import { z } from "zod";
import type { CoverageEvidence, Evidence } from "../evidence.ts";
import { findingSchema, scanSchema } from "../findings/schema.ts";

const covered = { covered: z.number(), total: z.number() };

const testCase = z.strictObject({
  suite: z.string(),
  name: z.string(),
  file: z.string().nullable(),
  outcome: z.enum(["passed", "failed", "error", "skipped"]),
  ms: z.number(),
  message: z.string().nullable(),
  output: z.string().nullable(),
});

/** What tests ran through, as JSON. */
export const coverageSchema: z.ZodType<CoverageEvidence> = z.strictObject({
  lines: z.strictObject(covered),
  base: z
    .strictObject(covered)
    .exactOptional()
    .describe("Lines of the last good run on the base branch, where one is at hand."),
  branches: z.strictObject(covered).nullable(),
  files: z.array(z.strictObject({ path: z.string(), ...covered })),
});

/** Coverage by step, as JSON. */
export const coveragesSchema = z.record(z.string(), coverageSchema);

/** What was read from a step's reports, as JSON. */
export const evidenceSchema: z.ZodType<Evidence> = z
  .strictObject({
    findings: z.array(findingSchema),
    omitted: z.number().describe("Findings beyond the bound, which are not kept."),
    linter: z
      .string()
      .nullable()
      .describe("The linter whose output was read; null: none, or it broke before it could say anything."),
    tests: z
      .strictObject({
        total: z.number(),
        passed: z.number(),
        failed: z.number(),
        skipped: z.number(),
        ms: z.number(),
        failures: z.array(testCase).describe("At most 100."),
        slowest: z.array(testCase).describe("The ten slowest."),
      })
      .nullable(),
    coverage: coverageSchema.nullable(),
    scan: scanSchema.nullable(),
    allowed: z
      .array(z.strictObject({ finding: findingSchema, reason: z.string(), expires: z.string() }))
      .describe("Findings that the configuration allows."),
  })
  .describe("What its reports say.");
