import type { Environment } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import type { Clock } from "../io/clock.ts";
import { fail, type Result } from "../result.ts";
import type { RolloutFact } from "../run/event.ts";
import type { Secret } from "../secret.ts";
import type { Promotions } from "./engine-promote.ts";
import type { Approval } from "./gates.ts";
import type { JournalEntry, JournalFact } from "./journal.ts";
import type { Metrics } from "./metrics.ts";
import { type Party, partyOf } from "./party.ts";
import type { Release } from "./release.ts";
import type { Rollout } from "./state.ts";
import type { Role } from "./strategy.ts";
import type { Deployment, Observation } from "./target.ts";

/** What every use of the engine hands in. */
export type EngineRequest = {
  deployment: Deployment;
  environment: Environment;
  /** Values of the release's secrets; not needed where its files are placed already. */
  secrets: Record<string, Secret>;
  /** Gives values that are not among them: asked only where a release has to be fetched again. */
  resolve?(names: string[]): Promise<Result<Record<string, Secret>>>;
  approvals: Approval[];
  actor: string;
  /** What a person said this is for. */
  why?: string;
  /** Reads what checks measure outside of the target; without it they cannot be read. */
  metrics?: Metrics;
  /** Ships although stable is broken: nothing is compared with it; everything else is asked as always (B33). */
  fix?: boolean;
  /** Our own version (semver): a newer one's unfinished rollout is not resumed. */
  tool: string;
  clock: Clock;
  /** Its reason says who: "SIGINT", "SIGTERM", "SIGHUP" (interrupted), or the name of a person (aborted). */
  signal: AbortSignal;
  fact(fact: RolloutFact): void;
};

/** One engine at work: it holds the lease. */
export type Session = EngineRequest & {
  /** Releases by id: the kept ones and the candidate. */
  releases: Map<string, Release>;
  notes: string[];
  /** Entries that have to be written no sooner than the next one: they go with it. */
  unwritten: JournalFact[];
  /** Number of the last question that was asked of the target. */
  looks: { asked: number };
  /** What persons say to this rollout. */
  promotions: Promotions;
};

/** What a person said it is for, where somebody did. */
export const saidFor = ({ why }: EngineRequest): { why?: string } => (why === undefined ? {} : { why });

/** A party's release where it is known, for its health rules. */
export const releaseOf = (session: Session, rollout: Rollout, role: Role): Release | undefined =>
  session.releases.get(partyIn(rollout, role).release);

export function partyIn(rollout: Rollout, role: Role): Party {
  return role === "stable" ? (rollout.stable ?? rollout.candidate) : rollout.candidate;
}

/** What is known of a release: its own value, or what the target shows of it. */
export function knownParty(session: Session, seen: Observation, release: string): Party {
  const kept = session.releases.get(release);
  if (kept) return partyOf(kept);
  const there = seen.releases[release];
  const names = Object.keys(there?.components ?? {});
  return {
    release,
    version: there?.version ?? release,
    waves: names.length > 0 ? [names] : [],
    front: names,
  };
}

/** Sees what is really there; an observation that fails, or that is an old one, is tried again twice. */
export async function observe(session: Session): Promise<Result<Observation>> {
  let seen = await look(session);
  for (let again = 0; again < 2 && !seen.ok && seen.failure.kind !== "lease-lost"; again++) {
    await session.clock.sleep(200);
    seen = await look(session);
  }
  return seen;
}

/** One entry in the journal, after those that wait for it. */
export const record = (session: Session, fact: JournalFact): Promise<Result<unknown>> =>
  append(session, fact);

/** The same, for whoever needs the entry. */
export async function append(session: Session, fact: JournalFact): Promise<Result<JournalEntry>> {
  const [first = fact, ...rest] = [...session.unwritten.splice(0), fact];
  return within(session.clock, 10_000, "journal", session.deployment.store.append(first, ...rest));
}

/** The work's result, or a failure once it has taken longer than `limitMs`: nothing hangs silently (B48). */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  action: string,
  work: Promise<Result<T>>,
): Promise<Result<T>> {
  const answered = new AbortController();
  const late = clock
    .sleep(limitMs, answered.signal)
    .then(() => fail<Failure>({ kind: "target-failed", action, reason: `no answer within ${limitMs} ms` }));
  try {
    return await Promise.race([work, late]);
  } finally {
    answered.abort();
  }
}

/** Why an aborted rollout ends: a signal to the program, somebody who asked, or the loss of the lease. */
export function abortFailure(session: Session, rollout: Rollout): Failure {
  const reason: unknown = session.signal.reason;
  if (isLeaseLost(reason)) return reason;
  if (reason === "SIGINT" || reason === "SIGTERM" || reason === "SIGHUP")
    return { kind: "interrupted", by: reason };
  if (typeof reason !== "string") return { kind: "interrupted", by: "SIGINT" };
  return {
    kind: "aborted",
    environment: session.environment.name,
    version: rollout.candidate.version,
    live: rollout.stable?.version ?? null,
    by: reason,
  };
}

const isLeaseLost = (reason: unknown): reason is Failure =>
  typeof reason === "object" && reason !== null && "kind" in reason && reason.kind === "lease-lost";

/** What the target shows now: an answer to another question was true at some other time, and is not believed. */
async function look(session: Session): Promise<Result<Observation>> {
  const question = ++session.looks.asked;
  const seen = await within(session.clock, 5_000, "observe", session.deployment.target.observe(question));
  if (!seen.ok || seen.value.question === question) return seen;
  return fail<Failure>({
    kind: "target-failed",
    action: "observe",
    reason: "what it showed was out of date",
  });
}
