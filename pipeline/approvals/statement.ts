import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import type { Approvable } from "../deploy/gates.ts";
import { fail, ok, type Result } from "../result.ts";

const text = z.string().min(1);

/** The shape of a statement, wherever it is kept. */
export const statementShape = z.strictObject({
  statement: z.literal("bellwether-approval"),
  format: z.literal(1),
  app: text,
  environment: text,
  version: text,
  digests: z.array(text).min(1),
  expires: z.iso.datetime(),
});

/** What an approver signs: this version with these digests may go to that environment until `expires` (UTC). */
export type Statement = z.infer<typeof statementShape>;

/** `expiresAt` is ms since the epoch. */
export const statementOf = (approvable: Approvable, expiresAt: number): Statement => ({
  statement: "bellwether-approval",
  format: 1,
  app: approvable.app,
  environment: approvable.environment,
  version: approvable.version,
  digests: [...new Set(approvable.digests)].sort(),
  expires: new Date(expiresAt).toISOString(),
});

/** The very bytes that are signed: canonical JSON and a line end. */
export const statementText = (statement: Statement): string => `${canonicalJson(statement)}\n`;

/** A statement as it was printed; the failure says what is wrong with it. */
export function readStatement(written: string): Result<Statement, string> {
  try {
    const parsed = statementShape.safeParse(JSON.parse(written));
    return parsed.success ? ok(parsed.data) : fail(z.prettifyError(parsed.error).replaceAll("\n", " "));
  } catch {
    return fail("it is not valid JSON");
  }
}
