import type { KeygenTools } from "../../approvals/keygen.ts";
import type { ApprovalRecord, ApprovalRecords, Waiting } from "../../approvals/records.ts";
import { actorNames, authorNames, type RequestersQuestion } from "../../approvals/requesters.ts";
import { approvalsIn } from "../../approvals/verify.ts";
import type { Environment } from "../../config/config.ts";
import {
  type Approvable,
  type Approval,
  approvalGate,
  approvalMissing,
  type GateDecision,
} from "../../deploy/gates.ts";
import { digestsOf, type Release } from "../../deploy/release.ts";
import { fail, ok, type Result } from "../../result.ts";
import { workflowReviews } from "./reviews.ts";
import type { Work } from "./work.ts";

/** What the gate decides over, and the request that the release waits with, or null: it has not waited yet. */
export type ApprovalFacts = { wanted: Approvable; approvals: Approval[]; request: Waiting | null };

/** What is to be approved, without who asked for it. */
export type Asked = Pick<Approvable, "app" | "environment" | "version" | "digests">;

export type ApprovalWork = Pick<Work, "root" | "context"> & {
  desk: Pick<Work["desk"], "clock" | "processes" | "variables" | "interruption">;
};

/** What ssh-keygen is run with. */
export const toolsOf = ({ desk: { processes, variables, interruption } }: ApprovalWork): KeygenTools => ({
  processes,
  variables,
  signal: interruption.signal,
});

/** Collects the facts of an environment's approval gate; every signature is verified each time. */
export async function approvalFacts(
  work: ApprovalWork,
  environment: Environment,
  records: ApprovalRecords,
  asked: Asked,
): Promise<Result<ApprovalFacts>> {
  const rule = environment.approval;
  if (rule === null) return ok({ wanted: asked, approvals: [], request: null });
  const [waiting, stored] = [await records.waiting(), await records.all()];
  if (!waiting.ok) return waiting;
  if (!stored.ok) return stored;
  const request = waiting.value.find((one) => isFor(one, asked)) ?? null;
  const approvals = await approvalsIn(stored.value, asked, { ...toolsOf(work), root: work.root, rule });
  if (!approvals.ok) return approvals;
  const reviews = await workflowReviews(work, rule, asked);
  const all = [...approvals.value, ...reviews.approvals];
  if (!rule.fourEyes) return ok({ wanted: asked, approvals: all, request });
  const requesters = await requestersOf(work, asked.version, request);
  if (!requesters.ok) return requesters;
  const wanted = { ...asked, requesters: [...requesters.value, ...reviews.requesters] };
  return ok({ wanted, approvals: all, request });
}

/**
 * The facts for a release that is about to go. Whoever breaks the glass is not held up by what is wrong with the
 * records: then nothing is known to be approved.
 */
export async function releaseApprovals(
  work: Work,
  environment: Environment,
  records: ApprovalRecords,
  release: Release,
): Promise<Result<Pick<ApprovalFacts, "wanted" | "approvals">>> {
  const { app, version } = release;
  const asked = { app, environment: environment.name, version, digests: digestsOf(release) };
  const facts = await approvalFacts(work, environment, records, asked);
  return facts.ok || work.breakGlass === null ? facts : ok({ wanted: asked, approvals: [] });
}

/** Whoever first brought it to the gate (this run's actor where nobody did), and the author of its commit. */
async function requestersOf(
  work: ApprovalWork,
  version: string,
  request: Waiting | null,
): Promise<Result<string[]>> {
  const question = questionOf(work, version);
  const author = await authorNames(question);
  if (!author.ok) return author;
  return ok([...(request?.requesters ?? (await actorNames(question))), ...author.value]);
}

/**
 * Who is known to have asked for a release, as far as this machine can tell: an approver's may have neither the
 * request nor the commit. The gate, where the release waits, knows both.
 */
export async function knownRequesters(
  work: ApprovalWork,
  version: string,
  request: Waiting | null,
): Promise<string[]> {
  const author = await authorNames(questionOf(work, version));
  return [...(request?.requesters ?? []), ...(author.ok ? author.value : [])];
}

const questionOf = ({ root, context, desk }: ApprovalWork, version: string): RequestersQuestion => ({
  directory: root,
  variables: desk.variables,
  actor: context.actor,
  sha: version === context.version ? context.sha : null,
  version,
});

const isFor = (request: Waiting, asked: Asked): boolean =>
  request.version === asked.version &&
  [...request.digests].sort().join() === [...asked.digests].sort().join();

export type GateWork = ApprovalWork & {
  environment: Environment;
  records: ApprovalRecords;
  asked: Asked;
  /** Asks the person at the terminal: yes, no, or null where there is nobody to ask. */
  ask: (() => Promise<boolean | null>) | null;
  /** Writes into the environment's journal that nobody approved in time. */
  expired(request: Waiting, given: string): Promise<Result<unknown>>;
};

/**
 * The approval gate of an environment. Where it says no, the terminal is asked once, and without a yes the release
 * waits: exit code 3, and the command that goes on. A request that nobody granted in time is withdrawn (B29).
 */
export async function passApproval(work: GateWork): Promise<Result<GateDecision>> {
  const { environment, records, asked } = work;
  const now = work.desk.clock.now();
  const facts = await approvalFacts(work, environment, records, asked);
  if (!facts.ok) return facts;
  const { wanted, approvals, request } = facts.value;
  const decision = approvalGate(environment.approval, wanted, approvals, now);
  if (decision.pass) return ok(decision);
  if (request !== null && request.expiresAt <= now) return withdraw(work, request, decision.reason);
  // A yes at the terminal is nobody's signature, and four eyes are not those of who runs this.
  const plain = environment.approval?.recorded === true && !environment.approval.fourEyes;
  if (work.ask && plain && (await work.ask())) {
    const expiresAt = now + (environment.approval?.expiresMs ?? 0);
    const by = work.context.actor;
    const approval = unsigned(asked, { by, at: now, expiresAt, how: "prompt" });
    await records.add(approval);
    const again = approvalGate(environment.approval, wanted, [...approvals, approval], now);
    if (again.pass) return ok(again);
  }
  if (request === null) await records.await(await requestOf(work, asked, now));
  return fail(approvalMissing(wanted, decision, environment.approval));
}

/** What approvers are shown and asked for; all of it holds until the request expires. */
async function requestOf(work: GateWork, asked: Asked, at: number): Promise<Waiting> {
  const { app, environment, version, digests } = asked;
  return {
    format: 1,
    ...{ app, environment, version, digests },
    requestedBy: work.context.actor,
    requesters: await actorNames(questionOf(work, version)),
    at,
    expiresAt: at + (work.environment.approval?.expiresMs ?? 0),
  };
}

async function withdraw(work: GateWork, request: Waiting, given: string): Promise<Result<never>> {
  const noted = await work.expired(request, given);
  if (!noted.ok) return noted;
  await work.records.expire(request);
  return fail(expiredFailure(request, given));
}

export const expiredFailure = (request: Waiting, given: string) => ({
  kind: "approval-expired" as const,
  environment: request.environment,
  version: request.version,
  requestedBy: request.requestedBy,
  since: new Date(request.at).toISOString(),
  expired: new Date(request.expiresAt).toISOString(),
  given,
});

/** The record of a consent without a signature, bound to the digests. */
export const unsigned = (
  { app, environment, version, digests }: Asked,
  given: { by: string; at: number; expiresAt: number; how: "prompt" | "recorded" },
): Exclude<ApprovalRecord, { how: "signed" }> => ({
  format: 1,
  ...{ app, environment, version, digests },
  ...given,
});
