import { askApproval } from "../../approvals/prompt.ts";
import { ApprovalRecords, type Waiting } from "../../approvals/records.ts";
import type { Environment } from "../../config/config.ts";
import { recordFact } from "../../deploy/engine-glass.ts";
import { followUpRefusal } from "../../deploy/follow-up.ts";
import { approvalGate, type GateDecision } from "../../deploy/gates.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { EffectDone, RunFacts, StepOptions } from "../../run/executor.ts";
import { environmentOf } from "../subject.ts";
import { type Asked, approvalFacts, passApproval } from "./approval.ts";
import { digestsFor } from "./digests.ts";
import { journalOf, promotion } from "./promotion.ts";
import { withJournal } from "./record.ts";
import type { Work } from "./work.ts";

/** The step that waits for the approvals of an environment; nobody is asked for what may not go there anyway. */
export async function approve(
  work: Work,
  name: string,
  facts: RunFacts,
  options: StepOptions,
): Promise<Result<EffectDone>> {
  const { config, context, state, breakGlass, aside } = work;
  const environment = environmentOf(config, name);
  if (!environment.ok) return environment;
  const images = await digestsFor(work, facts);
  if (!images.ok) return images;
  const digests = Object.values(images.value);
  const promoted = await promotion(work, environment.value, images.value);
  if (!promoted.ok) return promoted;
  const asked: Asked = { app: config.app, environment: name, version: context.version, digests };
  const records = new ApprovalRecords(state, name);
  if (breakGlass !== null) return withoutAsking(work, environment.value, records, asked, breakGlass);
  const journal = await journalOf(work, name);
  if (!journal.ok) return journal;
  const owed = followUpRefusal(name, journal.value);
  if (owed) return fail(owed);
  const gate = await passApproval({
    ...work,
    environment: environment.value,
    records,
    asked,
    ask: aside && (() => aside(() => askApproval(asked, options.signal))),
    expired: (request, given) => noteExpired(work, environment.value, request, given),
  });
  return gate.ok ? ok({ skipped: null, notes: approvedBy(gate.value) }) : gate;
}

const approvedBy = ({ approvals }: GateDecision): string[] =>
  approvals.map((mark) => `approved by ${mark.by} (${mark.how})`);

/** Under break-glass nobody is waited for; what was approved already is told as approved. */
async function withoutAsking(
  work: Work,
  environment: Environment,
  records: ApprovalRecords,
  asked: Asked,
  reason: string,
): Promise<Result<EffectDone>> {
  const facts = await approvalFacts(work, environment, records, asked);
  const { approval } = environment;
  const now = work.desk.clock.now();
  const gate = facts.ok ? approvalGate(approval, facts.value.wanted, facts.value.approvals, now) : null;
  if (gate?.pass) return ok({ skipped: null, notes: approvedBy(gate) });
  return ok({ skipped: `break-glass by ${work.context.actor}: ${reason}`, notes: [] });
}

const noteExpired = (
  work: Work,
  environment: Environment,
  { version, digests, requestedBy, at, expiresAt }: Waiting,
  given: string,
): Promise<Result<unknown>> =>
  withJournal(work, environment, (request) =>
    recordFact(request, {
      kind: "approval-expired",
      version,
      digests,
      requestedBy,
      askedAt: at,
      expiredAt: expiresAt,
      given,
    }),
  );
