import { resolve } from "node:path";
import { chooseKey } from "../../approvals/key.ts";
import type { ApprovalRecord, ApprovalRecords, Stored } from "../../approvals/records.ts";
import { sign } from "../../approvals/sign.ts";
import { statementOf, statementText } from "../../approvals/statement.ts";
import { approvalOf } from "../../approvals/verify.ts";
import type { ApprovalRule, Environment } from "../../config/config.ts";
import { type Approvable, type Approval, refusal } from "../../deploy/gates.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type ApprovalWork, type Asked, toolsOf, unsigned } from "../effects/approval.ts";
import { type Chosen, readGiven } from "./choose.ts";
import type { ApproveOptions } from "./options.ts";

/** The record of the caller's approval: signed, here or elsewhere, where the environment has signers. */
export async function make(
  work: ApprovalWork,
  rule: ApprovalRule,
  { asked, expiresAt }: Chosen,
  options: ApproveOptions,
): Promise<Result<ApprovalRecord>> {
  const at = work.desk.clock.now();
  if (rule.signers === null)
    return ok(unsigned(asked, { by: work.context.actor, at, expiresAt, how: "recorded" }));
  const statement = statementOf(asked, expiresAt);
  const signed = (signature: string): Result<ApprovalRecord> =>
    ok({ format: 1, how: "signed", statement, signature, at });
  if (options.signature !== undefined) {
    const given = await readGiven(options.signature, "signature");
    return given.ok ? signed(given.value) : given;
  }
  const named = options.key === undefined ? null : resolve(options.key);
  const key = await chooseKey({ named, root: work.root, variables: work.desk.variables });
  if (!key.ok) return key;
  const made = await sign(toolsOf(work), key.value, statementText(statement));
  return made.ok ? signed(made.value) : made;
}

/** A record that was looked at, and the file it is kept in. */
export type Taken = { approval: Approval; file: string };

/** Keeps a record if it counts by all that is known here, and refuses it otherwise. The gate looks again. */
export async function take(
  work: ApprovalWork,
  environment: Environment,
  rule: ApprovalRule,
  records: ApprovalRecords,
  { record, file }: Stored,
  wanted: Approvable,
): Promise<Result<Taken>> {
  const approval = await approvalOf({ record, file }, { ...toolsOf(work), root: work.root, rule });
  if (!approval.ok) return approval;
  const reason = refusal(rule, wanted, approval.value, work.desk.clock.now());
  if (reason === null) return ok({ approval: approval.value, file: await records.add(record) });
  const { version } = wanted;
  return fail({
    kind: "approval-refused",
    environment: environment.name,
    version,
    by: approval.value.by,
    reason,
  });
}

/** What a record is about, by its own words. */
export function askedIn({ record }: Stored): Asked {
  const { app, environment, version, digests } = record.how === "signed" ? record.statement : record;
  return { app, environment, version, digests };
}
