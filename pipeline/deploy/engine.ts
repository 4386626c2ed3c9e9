import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Deployed, end } from "./engine-end.ts";
import { type Found, holdingLease } from "./engine-lease.ts";
import { carryOut } from "./engine-loop.ts";
import { type EngineRequest, knownParty, observe, record, type Session } from "./engine-session.ts";
import { approvalGate, type GateDecision } from "./gates.ts";
import { completed } from "./history.ts";
import type { JournalFact } from "./journal.ts";
import { isRunning, partyOf } from "./party.ts";
import { digestsOf, type Release } from "./release.ts";
import { rollbackTarget } from "./rollback.ts";
import { begin } from "./rollout.ts";
import type { Observation } from "./target.ts";

export type { Deployed } from "./engine-end.ts";
export type { EngineRequest } from "./engine-session.ts";

export type DeployRequest = EngineRequest & { release: Release };

/** `to` is a version, or null: the release that completed before the live one. */
export type RollbackRequest = EngineRequest & { to: string | null };

/**
 * One rollout of a release. It ends with the release live (and `changed` false where it was already), or with a
 * failure: a precondition before any effect; `returned`, `aborted` or `interrupted` with stable serving all;
 * `recovery-failed` where the way back failed too.
 */
export async function deploy(request: DeployRequest): Promise<Result<Deployed>> {
  const { release, environment, approvals, clock } = request;
  const digests = digestsOf(release);
  const gate = approvalGate(environment.approval, { ...release, digests }, approvals, clock.now());
  if (!gate.pass) return fail(approvalMissing(release, digests));
  return holdingLease(request, { cause: "deploy", version: release.version }, async (session, found) => {
    const taken = versionTaken(release, digests, found);
    return taken ? fail(taken) : rollOut(session, found, release, gate, "deploy");
  });
}

/** Back to an older release: a rollout without canary, migration, watch or approval; quick while it is warm. */
export async function rollback(request: RollbackRequest): Promise<Result<Deployed>> {
  const wanted = await rollbackChoice(request);
  if (!wanted.ok) return wanted;
  const { version } = wanted.value;
  return holdingLease(request, { cause: "rollback", version }, async (session, found) => {
    // What is live may be another release now than it was before the lease was held.
    const target = await rollbackChoice(session, request.to);
    if (!target.ok) return target;
    return rollOut(session, found, target.value, { pass: true, reason: "", approvals: [] }, "rollback");
  });
}

/**
 * Ends a rollout that is under way or was left unfinished, and does nothing else; the notes say what was found.
 * An engine at work is asked to give way, as for a rollback (B5).
 */
export async function reconcile(request: EngineRequest): Promise<Result<{ notes: string[] }>> {
  return holdingLease(request, { cause: "rollback", version: "none" }, async (session, found) =>
    found.recovered.ok ? ok({ notes: session.notes }) : found.recovered,
  );
}

async function rollOut(
  session: Session,
  found: Found,
  release: Release,
  gate: GateDecision,
  cause: "deploy" | "rollback",
): Promise<Result<Deployed>> {
  const seen = await observe(session);
  if (!seen.ok) return seen;
  session.releases.set(release.id, release);
  const stable = seen.value.live === null ? null : knownParty(session, seen.value, seen.value.live);
  if (isLive(seen.value, release)) return ok(alreadyLive(session, seen.value, release));
  const { environment, secrets } = session;
  const rollout = begin({
    id: found.rollout,
    cause,
    environment,
    candidate: release,
    stable,
    seen: seen.value,
  });
  const unresolved = release.secrets.find((name) => !secrets[name]);
  if (unresolved !== undefined && rollout.way.some((step) => step.kind === "place")) {
    return fail({
      kind: "secret-unresolved",
      name: unresolved,
      source: "caller",
      reason: "no value was given",
    });
  }
  const began = await record(session, rolloutBegan(session, found, release, gate, cause, seen.value.live));
  if (!began.ok) return began;
  const strategy = environment.strategy.kind;
  session.fact({
    kind: "began",
    environment: environment.name,
    version: release.version,
    stable: stable?.version ?? null,
    strategy,
  });
  const ended = await carryOut(session, rollout);
  return ended.ok ? end(session, ended.value) : ended;
}

/** Live, with all traffic, and every process running: there is nothing to do. */
const isLive = (seen: Observation, release: Release): boolean =>
  seen.live === release.id && seen.weights[release.id] === 100 && isRunning(seen, partyOf(release));

const alreadyLive = (session: Session, seen: Observation, release: Release): Deployed => ({
  version: release.version,
  release: release.id,
  url: seen.url,
  changed: false,
  previous: release.version,
  notes: [...session.notes, "already live"],
});

/** A released version never changes its content; builds of branches (with +SHA) may, from a dirty tree. */
function versionTaken(release: Release, digests: string[], found: Found): Failure | null {
  const { environment, version } = release;
  if (version.includes("+")) return null;
  const before = completed(found.journal).findLast((record) => record.version === version);
  if (!before || before.digests.join() === digests.join()) return null;
  return { kind: "version-taken", environment, version, digests, completed: before.digests };
}

async function rollbackChoice(
  request: EngineRequest & { to?: string | null },
  to: string | null = request.to ?? null,
): Promise<Result<Release>> {
  const { store, target } = request.deployment;
  const [journal, kept, seen] = [await store.journal(), await store.releases(), await target.observe()];
  if (!journal.ok) return journal;
  if (!kept.ok) return kept;
  if (!seen.ok) return seen;
  const environment = request.environment.name;
  return rollbackTarget({ environment, journal: journal.value, kept: kept.value, live: seen.value.live, to });
}

const approvalMissing = (release: Release, digests: string[]): Failure => ({
  kind: "approval-missing",
  environment: release.environment,
  version: release.version,
  digests,
  command: `bellwether approve ${release.environment} ${release.version}`,
});

const rolloutBegan = (
  session: Session,
  found: Found,
  release: Release,
  gate: GateDecision,
  cause: "deploy" | "rollback",
  stable: string | null,
): JournalFact => ({
  kind: "rollout-began",
  rollout: found.rollout,
  cause,
  version: release.version,
  release: release.id,
  digests: digestsOf(release),
  stable,
  strategy: session.environment.strategy.kind,
  actor: session.actor,
  tool: session.tool,
  approvals: gate.approvals,
  configDigest: release.configDigest,
});
