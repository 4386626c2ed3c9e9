import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { driftNotes, isAltered } from "./drift.ts";
import { rolloutBegan } from "./engine-began.ts";
import { rollbackChoice } from "./engine-choice.ts";
import { type Differences, findDifferences, tellDifferences } from "./engine-drift.ts";
import { type Deployed, end } from "./engine-end.ts";
import { type AskGates, collectFacts, missedGates, passGates, refuseBefore } from "./engine-gates.ts";
import { breakTheGlass, type Glass } from "./engine-glass.ts";
import { type Found, holdingLease } from "./engine-lease.ts";
import { carryOut } from "./engine-loop.ts";
import { secretsFor } from "./engine-secrets.ts";
import {
  type EngineRequest,
  knownParty,
  observe,
  record,
  type Session,
  saidFor,
  within,
} from "./engine-session.ts";
import { followUpRefusal } from "./follow-up.ts";
import { approvalGate, approvalMissing, type GateDecision } from "./gates.ts";
import { completed } from "./history.ts";
import { isRunning, partyOf } from "./party.ts";
import { digestsOf, type Release } from "./release.ts";
import { begin } from "./rollout.ts";
import type { Observation } from "./target.ts";

export type { Deployed } from "./engine-end.ts";
export type { EngineRequest } from "./engine-session.ts";

export type DeployRequest = EngineRequest & {
  release: Release;
  /** All names of those who asked for the release (see `Approvable`). */
  requesters?: string[];
  /** Why it goes on where a gate does not let it pass, or null: it does not. */
  breakGlass?: string | null;
  /** Which rollout under way gives way to this one (B30): an older version's, by default, or any. */
  supersede?: "newer" | "any";
  /** Finds out what the environment's gates ask; without it every gate of the configuration is inconclusive. */
  gates?: AskGates;
};

/** `to` is a version, or null: the release that completed before the live one. */
export type RollbackRequest = EngineRequest & { to: string | null };

/**
 * One rollout of a release. It ends with the release live (and `changed` false where it was already), or with a
 * failure: a precondition before any effect; `returned`, `aborted` or `interrupted` with stable serving all;
 * `recovery-failed` where the way back failed too.
 */
export async function deploy(request: DeployRequest): Promise<Result<Deployed>> {
  const { release, environment, approvals, requesters, clock, breakGlass = null } = request;
  const digests = digestsOf(release);
  const wanted = { ...release, digests, ...(requesters ? { requesters } : {}) };
  const gate = approvalGate(environment.approval, wanted, approvals, clock.now());
  if (!gate.pass && breakGlass === null) return fail(approvalMissing(wanted, gate, environment.approval));
  const seen = await request.deployment.target.observe();
  const isThere = seen.ok && isLive(seen.value, release);
  const held = isThere ? ok(undefined) : await supports(request, release);
  if (!held.ok) return held;
  const facts = isThere ? ok([]) : await collectFacts(request, release, request.gates);
  if (!facts.ok) return facts;
  const given = { wanted, approval: gate, facts: facts.value, glass: breakGlass !== null };
  const refused = isThere ? null : await refuseBefore(request, given);
  if (refused) return fail(refused);
  return holdingLease(
    request,
    { cause: "deploy", version: release.version, supersede: request.supersede ?? "newer" },
    async (session, found) => {
      const taken = versionTaken(release, digests, found);
      if (taken) return fail(taken);
      const owed = followUpRefusal(environment.name, found.journal);
      if (owed && breakGlass === null) return fail(owed);
      const now = await observe(session);
      if (!now.ok) return now;
      const passed = isLive(now.value, release) ? ok(undefined) : await passGates(session, found, given);
      if (!passed.ok) return passed;
      const overridden = missedGates(session, given, found.journal);
      const glass =
        breakGlass === null || overridden.length === 0 ? null : { reason: breakGlass, overridden };
      return rollOut(session, found, await observe(session), release, gate, "deploy", glass);
    },
  );
}

/** Nobody is asked before a way back. */
const unasked: GateDecision = { pass: true, reason: "", approvals: [], refused: [] };

/** Back to an older release: a rollout without canary, migration, watch or approval; quick while it is warm. */
export async function rollback(request: RollbackRequest): Promise<Result<Deployed>> {
  const { store, target } = request.deployment;
  const wanted = await rollbackChoice(request, request.to, store.journal(), target.observe());
  if (!wanted.ok) return wanted;
  const held = await supports(request, wanted.value);
  if (!held.ok) return held;
  const { version } = wanted.value;
  return holdingLease(request, { cause: "rollback", version }, async (session, found) => {
    // What is live may be another release now than it was before the lease was held.
    const seen = observe(session);
    const chosen = await rollbackChoice(session, request.to, Promise.resolve(ok(found.journal)), seen);
    return chosen.ok ? rollOut(session, found, await seen, chosen.value, unasked, "rollback") : chosen;
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

/** Whether the target would hold the release to its limits: a rollout under way gives way to no release that it would not. */
const supports = ({ clock, deployment }: EngineRequest, release: Release): Promise<Result<void>> =>
  within(clock, 30_000, "supports", deployment.target.supports(release));

async function rollOut(
  session: Session,
  found: Found,
  seen: Result<Observation>,
  release: Release,
  gate: GateDecision,
  cause: "deploy" | "rollback",
  glass: Glass | null = null,
): Promise<Result<Deployed>> {
  if (!seen.ok) return seen;
  session.releases.set(release.id, release);
  const stable = seen.value.live === null ? null : knownParty(session, seen.value, seen.value.live);
  const differences = await findDifferences(session, seen.value, release.id);
  if (isLive(seen.value, release)) return ok(alreadyLive(session, seen.value, release, differences));
  const { environment } = session;
  const rollout = begin({
    id: found.rollout,
    cause,
    environment,
    candidate: release,
    stable,
    seen: seen.value,
    fix: session.fix ?? false,
    altered: isAltered(differences.drift, release.id),
  });
  const places = rollout.way.some((step) => step.kind === "place");
  const secrets = places ? await secretsFor(session, release, cause, seen.value) : ok(session.secrets);
  if (!secrets.ok) return secrets;
  const broke = glass === null ? ok(null) : await breakTheGlass(session, found.rollout, release, glass);
  if (!broke.ok) return broke;
  const began = await record(session, rolloutBegan(session, found, release, gate, cause, seen.value.live));
  if (!began.ok) return began;
  const strategy = environment.strategy.kind;
  session.fact({
    kind: "began",
    environment: environment.name,
    version: release.version,
    stable: stable?.version ?? null,
    strategy,
    ...saidFor(session),
  });
  await tellDifferences(session, rollout, differences);
  const ended = await carryOut({ ...session, secrets: secrets.value }, rollout);
  return ended.ok ? end(session, ended.value) : ended;
}

/** Live, with all traffic, and every process running: there is nothing to do. */
const isLive = (seen: Observation, release: Release): boolean =>
  seen.live === release.id && seen.weights[release.id] === 100 && isRunning(seen, partyOf(release));

const alreadyLive = (
  session: Session,
  seen: Observation,
  release: Release,
  differences: Differences,
): Deployed => ({
  version: release.version,
  release: release.id,
  url: seen.url,
  changed: false,
  previous: release.version,
  notes: [...session.notes, ...driftNotes(differences.drift), "already live"],
});

/** A released version never changes its content; builds of branches (with +SHA) may, from a dirty tree. */
function versionTaken(release: Release, digests: string[], found: Found): Failure | null {
  const { environment, version } = release;
  if (version.includes("+")) return null;
  const before = completed(found.journal).findLast((record) => record.version === version);
  if (!before || before.digests.join() === digests.join()) return null;
  return { kind: "version-taken", environment, version, digests, completed: before.digests };
}
