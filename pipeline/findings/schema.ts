import { z } from "zod";
import type { Finding, ScanDocument, ScanEvidence } from "../evidence.ts";

/** One finding, as JSON. */
export const findingSchema: z.ZodType<Finding> = z.strictObject({
  tool: z.string(),
  rule: z.string(),
  aliases: z.array(z.string()).exactOptional().describe("Other names of the same vulnerability."),
  level: z.enum(["error", "warning", "note"]),
  severity: z.enum(["critical", "high", "medium", "low", "unknown"]).nullable(),
  message: z.string(),
  path: z.string().nullable().describe("Relative to the repository's root."),
  line: z.number().nullable().describe("1-based."),
  column: z.number().nullable().describe("1-based."),
  help: z.string().nullable().describe("Where the rule is explained."),
  excerpt: z.string().nullable().describe("What stands there; masked where it is a secret."),
  dependency: z
    .strictObject({ name: z.string(), version: z.string(), fixed: z.string().nullable() })
    .nullable(),
  fingerprint: z.string().describe("Stays the same when lines above move."),
});

/** What a scanner says of itself, as JSON. */
export const scanSchema: z.ZodType<ScanEvidence> = z.strictObject({
  tools: z.array(z.strictObject({ name: z.string(), version: z.string().nullable() })),
  complete: z.boolean().describe("false is never a pass."),
  reasons: z.array(z.string()).describe("Why it is not complete."),
  looked: z.number().nonnegative().describe("Files or packages that were looked at."),
});

/** A whole scan. */
export const documentSchema: z.ZodType<ScanDocument> = z.strictObject({
  format: z.literal(1),
  kind: z.enum(["secrets", "vulnerabilities"]),
  scan: scanSchema,
  findings: z.array(findingSchema),
});
