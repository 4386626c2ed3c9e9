import type { Failure, GateMark, GateSeen } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { holdingLease } from "./engine-lease.ts";
import { type EngineRequest, record, type Session, within } from "./engine-session.ts";
import { followUpRefusal, openFollowUps } from "./follow-up.ts";
import type { GateFact } from "./gate-facts.ts";
import type { Approvable, GateDecision } from "./gates.ts";
import { drawMatrix, isGo, noGo } from "./go-no-go.ts";
import type { JournalEntry } from "./journal.ts";
import type { Release } from "./release.ts";

/** Finds out what the gates ask, all at the same time and each within its own limit. It changes nothing. */
export type AskGates = (release: Release) => Promise<GateFact[]>;

/** What the matrix is drawn from, beside the journal. */
export type GatesGiven = {
  wanted: Approvable;
  approval: GateDecision;
  facts: GateFact[];
  /** The release goes on whatever the gates say: the reason is journalled beside. */
  glass: boolean;
};

/** All gates together may take this long (ms); each has a shorter limit of its own. */
const gatesLimitMs = 30 * 60_000;

/** The facts of an environment's gates; none where nobody finds them out, and then none of them passes. */
export async function collectFacts(
  { clock, signal }: EngineRequest,
  release: Release,
  ask: AskGates | undefined,
): Promise<Result<GateFact[]>> {
  const asking = async (): Promise<Result<GateFact[]>> => ok((await ask?.(release)) ?? []);
  const asked = await within(clock, gatesLimitMs, "ask the gates", asking());
  // What was cut short says nothing of the gates.
  return signal.aborted ? fail(interrupted(signal)) : asked;
}

/**
 * Refuses a release that may not go before the lease is asked for: a rollout under way gives way to no such one
 * (B30). The matrix goes into the journal where nobody else holds the lease. Null: it may go.
 */
export async function refuseBefore(request: EngineRequest, given: GatesGiven): Promise<Failure | null> {
  const { environment, deployment } = request;
  if (given.glass) return null;
  const journal = await deployment.store.journal();
  if (!journal.ok) return journal.failure;
  const gates = matrixOf(request, given, journal.value);
  const missed = gates.filter((gate) => gate.verdict !== "pass");
  if (missed.length === 0) return null;
  tell(request, given, gates);
  const { version } = given.wanted;
  await holdingLease(request, { cause: "deploy", version }, (session, { rollout }) =>
    journalled(session, rollout, version, gates),
  );
  const owed = missed.length === 1 ? followUpRefusal(environment.name, journal.value) : null;
  return owed ?? noGo(given.wanted, gates);
}

/**
 * Draws the go/no-go matrix under the lease, over the journal as it is now, tells it and writes it down, whatever it
 * says; `no-go` where a gate does not pass and no glass is broken. An environment without gates has none to draw.
 */
export async function passGates(
  session: Session,
  found: { rollout: string; journal: JournalEntry[] },
  given: GatesGiven,
): Promise<Result<unknown>> {
  const gates = matrixOf(session, given, found.journal);
  if (gates.length === 0) return ok(undefined);
  tell(session, given, gates);
  const noted = await journalled(session, found.rollout, given.wanted.version, gates);
  return !noted.ok || given.glass || isGo(gates) ? noted : fail(noGo(given.wanted, gates));
}

/** The gates that do not let the release pass: what a break-glass overrides. */
export const missedGates = (request: EngineRequest, given: GatesGiven, journal: JournalEntry[]): GateMark[] =>
  matrixOf(request, given, journal)
    .filter(({ verdict }) => verdict !== "pass")
    .map(mark);

function matrixOf(request: EngineRequest, given: GatesGiven, journal: JournalEntry[]): GateSeen[] {
  const { environment, clock } = request;
  const followUps = openFollowUps(journal).map(({ id }) => id);
  return drawMatrix({ environment, followUps, now: clock.now(), ...given });
}

const tell = ({ environment, fact }: EngineRequest, { wanted }: GatesGiven, gates: GateSeen[]): void =>
  fact({ kind: "gates", environment: environment.name, version: wanted.version, go: isGo(gates), gates });

const journalled = (
  session: Session,
  rollout: string,
  version: string,
  gates: GateSeen[],
): Promise<Result<unknown>> =>
  record(session, { kind: "gates", rollout, version, go: isGo(gates), gates: gates.map(mark) });

/** What the journal keeps of a gate. */
const mark = ({ remedy: _, ...kept }: GateSeen): GateMark => kept;

function interrupted({ reason }: AbortSignal): Failure {
  const by = reason === "SIGTERM" || reason === "SIGHUP" ? reason : "SIGINT";
  return { kind: "interrupted", by };
}
