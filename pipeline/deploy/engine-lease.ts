import gt from "semver/functions/gt.js";
import valid from "semver/functions/valid.js";
import { digestOf } from "../canonical.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { recoveryFailed } from "./engine-end.ts";
import { heartbeat } from "./engine-heartbeat.ts";
import { carryOut } from "./engine-loop.ts";
import { Promotions } from "./engine-promote.ts";
import { type EngineRequest, knownParty, observe, record, type Session } from "./engine-session.ts";
import { type RolloutRecord, toBePutRight } from "./history.ts";
import { type JournalEntry, verify } from "./journal.ts";
import { resume } from "./resume.ts";
import type { Lease, LeaseRequest } from "./target.ts";

/** What a lease was asked for. */
export type Purpose = Pick<LeaseRequest, "version" | "supersede"> & { cause: "deploy" | "rollback" };

/** The environment as it was found, once an unfinished rollout had been put right. */
export type Found = { rollout: string; journal: JournalEntry[]; recovered: Result<void> };

/**
 * Holds the environment's lease while `work` runs, by signs of life, and gives it back afterwards; once it is lost,
 * the work ends as soon as it can (B4). Before the work, a rollout that an engine left unfinished is brought to an
 * end (B2); a journal that is not whole is believed in nothing. Should `work` throw, the lease is not given back: to the
 * target the engine is dead then, and traffic goes to the live release.
 */
export async function holdingLease<T>(
  request: EngineRequest,
  purpose: Purpose,
  work: (session: Session, found: Found) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { deployment, clock, actor, tool } = request;
  const ttlMs = request.environment.leaseMs;
  const { store } = deployment;
  const rollout = digestOf([request.environment.name, purpose, actor, clock.now()]).slice(0, 12);
  const lease = await store.acquire({ actor, tool, rollout, ttlMs, ...purpose });
  if (!lease.ok) return lease;
  const life = heartbeat(clock, store, ttlMs);
  const { asked } = lease.value;
  const signal = AbortSignal.any([request.signal, life.lost, ...(asked ? [asked] : [])]);
  const promotions = new Promotions();
  lease.value.onPromote?.((promotion) => promotions.receive(promotion));
  const session: Session = {
    ...request,
    signal,
    releases: new Map(),
    notes: [],
    unwritten: [],
    looks: { asked: 0 },
    promotions,
  };
  try {
    const result = await working(session, rollout, lease.value, work);
    await store.release();
    return result;
  } finally {
    life.stop();
  }
}

async function working<T>(
  session: Session,
  rollout: string,
  lease: Lease,
  work: (session: Session, found: Found) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { store } = session.deployment;
  const [journal, kept] = await Promise.all([store.journal(), store.releases()]);
  if (!journal.ok) return journal;
  if (!kept.ok) return kept;
  for (const release of kept.value) session.releases.set(release.id, release);
  const whole = verify(journal.value);
  if (!whole.ok) return fail(brokenJournal(session, journal.value, whole));
  const last = toBePutRight(journal.value);
  if (!last) return work(session, { rollout, journal: journal.value, recovered: ok(undefined) });
  if (newer(last.tool, session.tool)) {
    const environment = session.environment.name;
    return fail({ kind: "rollout-too-new", environment, needs: last.tool, have: session.tool });
  }
  const recovered = await putRight(session, last, lease);
  if (!recovered.ok && recovered.failure.kind === "lease-lost") return recovered;
  const after = await store.journal();
  if (!after.ok) return after;
  return work(session, { rollout, journal: after.value, recovered });
}

/** Ends a rollout whose engine was lost: fully old or fully new, by what is seen. */
async function putRight(session: Session, last: RolloutRecord, lease: Lease): Promise<Result<void>> {
  const environment = session.environment.name;
  const seen = await observe(session);
  if (!seen.ok) return seen;
  const lost = resume(last, seen.value, (release) => knownParty(session, seen.value, release));
  const walked = await carryOut(session, { ...lost, environment });
  if (!walked.ok) return walked;
  const after = await observe(session);
  if (!after.ok) return after;
  const { live } = after.value;
  const failure = walked.value.recoveryFailure;
  const who = lease.previous ?? { actor: last.actor, since: new Date(last.beganAt).toISOString() };
  const silent = last.outcome === null;
  const reason = `${silent ? "its engine was lost" : "its way back had failed"} (${who.actor}, since ${who.since})`;
  const arrived = live === last.release;
  const home = live === null ? null : knownParty(session, after.value, live).version;
  await record(session, {
    kind: "rollout-ended",
    rollout: last.rollout,
    version: last.version,
    release: last.release,
    outcome: failure ? "recovery-failed" : arrived ? "completed" : "returned",
    live: home,
    failure: failure?.kind ?? null,
    reason,
  });
  session.fact({
    kind: "recovered",
    version: last.version,
    live: home,
    lost: silent,
    actor: who.actor,
    since: who.since,
  });
  session.notes.push(`rollout of ${last.version} was unfinished, ${reason}; live is ${home ?? "nothing"}`);
  if (!failure) return ok(undefined);
  return fail(await recoveryFailed(session, walked.value));
}

function brokenJournal(
  session: Session,
  journal: JournalEntry[],
  { altered, reason }: { altered: number; reason: string },
): Failure {
  const entry = journal[altered - 1]?.fact.kind ?? null;
  const environment = session.environment.name;
  return { kind: "journal-broken", environment, file: null, line: null, sequence: altered, entry, reason };
}

/** A version that is no semver is taken as one's own. */
const newer = (theirs: string, ours: string): boolean =>
  valid(theirs) !== null && valid(ours) !== null && gt(theirs, ours);
