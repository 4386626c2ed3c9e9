import { ApprovalRecords } from "../approvals/records.ts";
import { openFollowUps } from "../deploy/follow-up.ts";
import { approvalGate } from "../deploy/gates.ts";
import { drawMatrix, isGo } from "../deploy/go-no-go.ts";
import { type RolloutRecord, toBePutRight, unfinished } from "../deploy/history.ts";
import { isRunning, partyOf, serves } from "../deploy/party.ts";
import { hasPrecedence } from "../deploy/precedence.ts";
import { begin } from "../deploy/rollout.ts";
import { stepName } from "../deploy/strategy.ts";
import type { GateSeen } from "../failure.ts";
import { diffView } from "../report/diff-view.ts";
import { type DryRun, dryRunView, type UnderWay } from "../report/dry-run-view.ts";
import { ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { type Facing, facing, observationOf } from "./candidate.ts";
import { type DeployOptions, mannerOf } from "./deploy.ts";
import { differences } from "./diff.ts";
import { releaseApprovals } from "./effects/approval.ts";
import { askGates } from "./effects/gates.ts";
import { holdsLimits } from "./effects/limits.ts";
import type { Settings } from "./settings.ts";
import { answer, say, width } from "./terminal.ts";

/**
 * What a deploy would do: its gates, what it would change, what would have to give way, the steps of its rollout, all
 * of it as its options say. No daemon is started, no lease is taken, nothing is written. Ends with 3 where it would be
 * refused.
 */
export const dryRun = (
  settings: Settings,
  name: string,
  version: string | null,
  options: DeployOptions = {},
): Promise<number> =>
  atDesk(settings, async (at) => {
    const manner = mannerOf(options);
    if (!manner.ok) return manner;
    const seen = await facing(at, name, version, manner.value);
    if (!seen.ok) return seen;
    const { environment, release } = seen.value.candidate;
    const isLocal = environment.target.kind === "local";
    const held = isLocal ? await holdsLimits(at.desk, release) : ok(undefined);
    if (!held.ok) return held;
    const { diff, commits } = await differences(seen.value);
    const found = await wouldDo(seen.value);
    if (!found.ok) return found;
    if (settings.json) answer({ format: 1, ...found.value, diff: { ...diff, commits } });
    else say(false, [...diffView(diff, commits), "", ...dryRunView(found.value, width(false))]);
    return ok(found.value.go ? 0 : 3);
  });

async function wouldDo(seen: Facing): Promise<Result<DryRun>> {
  const { work, environment, release } = seen.candidate;
  const records = new ApprovalRecords(work.state, environment.name);
  const approved = await releaseApprovals(work, environment, records, release);
  if (!approved.ok) return approved;
  const facts = await askGates(work, environment, release, async () => ok(seen.standing.status));
  const now = work.desk.clock.now();
  const { wanted, approvals } = approved.value;
  const approval = approvalGate(environment.approval, wanted, approvals, now);
  const followUps = openFollowUps(seen.standing.record?.journal ?? []).map(({ id }) => id);
  const matrix = drawMatrix({ environment, wanted, approval, followUps, facts, now });
  const rollout = rolloutOf(seen);
  // What is live already is not asked what its rollout would be.
  const gates = rollout.steps.length > 0 ? matrix : matrix.filter(({ gate }) => alwaysAsked.includes(gate));
  const underWay = underWayIn(seen);
  const breakGlass = work.breakGlass === null ? null : glassOver(gates);
  const passes = isGo(gates) || breakGlass?.refused.length === 0;
  return ok({
    environment: environment.name,
    version: release.version,
    go: passes && underWay?.way !== "stays",
    gates,
    breakGlass,
    fix: rollout.fix,
    supersede: work.supersede,
    underWay,
    steps: rollout.steps,
  });
}

/** Gates of every deploy, though it would change nothing. */
const alwaysAsked = ["promotion", "approval", "follow-ups"];

/** What a break-glass would go past, and what it would not: digests that no environment has seen stay refused. */
function glassOver(gates: GateSeen[]): DryRun["breakGlass"] {
  const missed = gates.filter(({ verdict }) => verdict !== "pass").map(({ gate }) => gate);
  return {
    overridden: missed.filter((gate) => gate !== "promotion"),
    refused: missed.filter((gate) => gate === "promotion"),
  };
}

/** The way of the rollout, none where the release is live with everything; and what a fix leaves out. */
function rolloutOf({ candidate, standing }: Facing): Pick<DryRun, "fix" | "steps"> {
  const { work, environment, release } = candidate;
  const seen = observationOf(standing);
  const live = standing.record?.releases.find((one) => one.id === seen.live);
  const stable = live ? partyOf(live) : null;
  // What is stopped is started again by the deploy itself.
  const serving = stable !== null && (standing.status === null || serves(seen, stable));
  const fix = work.fix ? { live: live?.version ?? null, serves: serving } : null;
  const isThere = seen.live === release.id && seen.weights[release.id] === 100;
  if (isThere && isRunning(seen, partyOf(release))) return { fix, steps: [] };
  const rollout = begin({
    id: "dry-run",
    cause: "deploy",
    environment,
    candidate: release,
    stable,
    seen,
    altered: false,
    fix: work.fix && !serving,
  });
  return { fix, steps: rollout.way.map(stepName) };
}

/** The rollout that holds the environment, and whether it would give way; or one that was left unfinished. */
function underWayIn({ candidate: { work, release }, standing: { record, status } }: Facing): UnderWay | null {
  const journal = record?.journal ?? [];
  const lease = status?.lease ?? null;
  if (lease === null) {
    const left = toBePutRight(journal);
    return left && { version: left.version, actor: left.actor, since: left.beganAt, way: "left" };
  }
  const begun: RolloutRecord | null = unfinished(journal);
  const cause = begun?.rollout === lease.rollout ? begun.cause : "deploy";
  const { version, actor, since } = lease;
  const supersede = work.supersede ? "any" : "newer";
  const first = hasPrecedence({ cause: "deploy", version: release.version, supersede }, { cause, version });
  return { version, actor, since: Date.parse(since), way: first ? "gives-way" : "stays", cause };
}
