import type { ApprovalRecords } from "../../approvals/records.ts";
import type { Environment } from "../../config/config.ts";
import { type Approvable, type Approval, approvalGate, type GateDecision } from "../../deploy/gates.ts";
import { fail, ok, type Result } from "../../result.ts";

export type ApprovalWork = {
  environment: Environment;
  records: ApprovalRecords;
  wanted: Approvable;
  actor: string;
  now: number;
  /** Asks the person at the terminal: yes, no, or null where there is nobody to ask. */
  ask: (() => Promise<boolean | null>) | null;
};

/**
 * The approval gate of an environment over what was recorded; where it says no, the terminal is asked once, and
 * without a yes the release waits: exit code 3, and the command that goes on.
 */
export async function passApproval(work: ApprovalWork): Promise<Result<GateDecision>> {
  const { environment, records, wanted, now } = work;
  const decided = await decide(work);
  if (!decided.ok || decided.value.pass) return decided;
  if (work.ask && (await work.ask())) {
    await records.add(approvalOf(environment, wanted, work.actor, now, "prompt"));
    const again = await decide(work);
    if (!again.ok || again.value.pass) return again;
  }
  await records.await({ format: 1, ...wanted, requestedBy: work.actor, at: now });
  return fail({
    kind: "approval-missing",
    environment: environment.name,
    version: wanted.version,
    digests: wanted.digests,
    command: `bellwether approve ${environment.name} ${wanted.version}`,
  });
}

async function decide({ environment, records, wanted, now }: ApprovalWork): Promise<Result<GateDecision>> {
  const approvals = await records.all();
  return approvals.ok ? ok(approvalGate(environment.approval, wanted, approvals.value, now)) : approvals;
}

/** The record of a consent, bound to the digests; it expires as the environment says. */
export const approvalOf = (
  environment: Environment,
  { app, version, digests }: Approvable,
  by: string,
  at: number,
  how: Approval["how"],
): Approval => ({
  format: 1,
  app,
  environment: environment.name,
  version,
  digests,
  by,
  at,
  expiresAt: at + (environment.approval?.expiresMs ?? 0),
  how,
});
