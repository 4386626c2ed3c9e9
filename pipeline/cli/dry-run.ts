import { ApprovalRecords } from "../approvals/records.ts";
import { openFollowUps } from "../deploy/follow-up.ts";
import { approvalGate } from "../deploy/gates.ts";
import { drawMatrix, isGo } from "../deploy/go-no-go.ts";
import { partyOf } from "../deploy/party.ts";
import { digestsOf } from "../deploy/release.ts";
import { begin } from "../deploy/rollout.ts";
import { stepName } from "../deploy/strategy.ts";
import { diffView } from "../report/diff-view.ts";
import { type DryRun, dryRunView } from "../report/dry-run-view.ts";
import { ok, type Result } from "../result.ts";
import { type Candidate, candidateOf, observationOf, type Standing, standingOf } from "./candidate.ts";
import { openDesk } from "./desk.ts";
import { differences } from "./diff.ts";
import { approvalFacts } from "./effects/approval.ts";
import { askGates } from "./effects/gates.ts";
import type { Settings } from "./settings.ts";
import { readSubject } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/**
 * What a deploy would do: its gates, what it would change, the steps of its rollout. No daemon is started, no lease
 * is taken, nothing is written. Ends with 3 where a gate would stop it.
 */
export async function dryRun(settings: Settings, name: string, version: string | null): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const desk = openDesk();
  try {
    const candidate = await candidateOf(settings, subject.value, desk, name, version);
    if (!candidate.ok) return tellFailure(candidate.failure);
    const standing = await standingOf(settings.state, name);
    if (!standing.ok) return tellFailure(standing.failure);
    const { diff, commits } = await differences(candidate.value, standing.value);
    const found = await wouldDo(candidate.value, standing.value);
    if (!found.ok) return tellFailure(found.failure);
    if (settings.json) answer({ format: 1, ...found.value, diff: { ...diff, commits } });
    else say(false, [...diffView(diff, commits), "", ...dryRunView(found.value)]);
    return found.value.go ? 0 : 3;
  } finally {
    await desk.close();
  }
}

async function wouldDo(candidate: Candidate, standing: Standing): Promise<Result<DryRun>> {
  const { work, environment, release } = candidate;
  const { name } = environment;
  const { version } = release;
  const asked = { app: release.app, environment: name, version, digests: digestsOf(release) };
  const records = new ApprovalRecords(work.state, name);
  const approvals = await approvalFacts(work, environment, records, asked);
  if (!approvals.ok) return approvals;
  const facts = await askGates(work, environment, release, async () => ok(standing.status));
  const now = work.desk.clock.now();
  const { wanted } = approvals.value;
  const approval = approvalGate(environment.approval, wanted, approvals.value.approvals, now);
  const followUps = openFollowUps(standing.record?.journal ?? []).map(({ id }) => id);
  const gates = drawMatrix({ environment, wanted, approval, followUps, facts, now });
  return ok({ environment: name, version, go: isGo(gates), gates, steps: stepsOf(candidate, standing) });
}

/** The way of the rollout; none where the release is live with everything. */
function stepsOf({ environment, release }: Candidate, standing: Standing): string[] {
  const seen = observationOf(standing);
  if (seen.live === release.id && seen.weights[release.id] === 100) return [];
  const live = standing.record?.releases.find((one) => one.id === seen.live);
  const rollout = begin({
    id: "dry-run",
    cause: "deploy",
    environment,
    candidate: release,
    stable: live ? partyOf(live) : null,
    seen,
    altered: false,
  });
  return rollout.way.map(stepName);
}
