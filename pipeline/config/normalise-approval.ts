import type { ApprovalRule, Environment } from "./config.ts";
import type { WrittenApproval } from "./schema-approval.ts";
import { milliseconds } from "./values.ts";

/** The rule of an environment; on the local target one person alone may release, elsewhere nobody does. */
export function approvalRule(
  written: WrittenApproval | undefined,
  target: Environment["target"]["kind"],
): ApprovalRule | null {
  if (written === undefined || written === "none") return null;
  return {
    required: written.required ?? 1,
    fourEyes: written["four-eyes"] ?? target !== "local",
    expiresMs: milliseconds(written.expires, "24h"),
    signers: written.signers ?? null,
  };
}
