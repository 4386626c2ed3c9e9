import type { ApprovalRule, Environment } from "./config.ts";
import type { WrittenApproval } from "./schema-approval.ts";
import { milliseconds } from "./values.ts";

/** The rule of an environment; on the local target one person alone may release, elsewhere nobody does. */
export function approvalRule(
  written: WrittenApproval | undefined,
  target: Environment["target"]["kind"],
  name: string,
): ApprovalRule | null {
  if (written === undefined || written === "none") return null;
  const signed = written.signers !== undefined;
  return {
    required: written.required ?? 1,
    fourEyes: written["four-eyes"] ?? target !== "local",
    expiresMs: milliseconds(written.expires, "24h"),
    signers: written.signers ?? null,
    github: written.github ?? (signed ? null : name),
    recorded: !signed && written.github === undefined,
  };
}
