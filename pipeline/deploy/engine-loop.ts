import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { act, isSeen, isThere } from "./engine-act.ts";
import { factsSeen } from "./engine-seen.ts";
import { abortFailure, observe, partyIn, record, type Session } from "./engine-session.ts";
import { arrives } from "./recovery.ts";
import { apply, next, type RolloutEvent, weightsAt } from "./rollout.ts";
import type { Rollout } from "./state.ts";
import { isPassedOver, type RolloutStep, stepName } from "./strategy.ts";
import type { Observation } from "./target.ts";

/** An effect that was reported done may take this long (ms) to be seen. */
const seenWithinMs = 2_000;

/**
 * Walks a rollout to its outcome: intent into the journal, act, see what is there, outcome into the journal. The
 * way back cannot be aborted. A lost lease ends it where it is: whoever holds the lease now reconciles (B4).
 */
export async function carryOut(session: Session, rollout: Rollout): Promise<Result<Rollout>> {
  let now = rollout;
  for (let step = next(now); step; step = next(now)) {
    const event =
      (await passedOver(session, now, step)) ??
      (await perform(now.back ? unabortable(session) : session, now, step));
    const lost = event.kind === "failed" && event.failure.kind === "lease-lost" ? event.failure : null;
    if (lost) return fail(lost);
    const turned = event.kind === "failed" && !now.back ? event.failure : null;
    now = apply(now, event);
    if (!turned || !now.back || now.back.length === 0) continue;
    if (arrives(now.back)) session.notes.push(`its commit is done again: ${reasonOf(turned)}`);
    else tellReturning(session, now, turned);
  }
  return ok(now);
}

/** A person wants it in full: holds, pauses and the weights between are left out. What follows honours an abort (B31). */
async function passedOver(
  session: Session,
  rollout: Rollout,
  step: RolloutStep,
): Promise<RolloutEvent | null> {
  const { promotions } = session;
  const by = promotions.full;
  if (by === null || rollout.back || !isPassedOver(step)) return null;
  if (promotions.tellOnce()) {
    const noted = await record(session, { kind: "promoted", rollout: rollout.id, by, full: true });
    if (!noted.ok) return failed(session, noted.failure);
    session.fact({ kind: "continued", version: rollout.candidate.version, by, full: true });
  }
  return { kind: "passed-over" };
}

async function perform(session: Session, rollout: Rollout, step: RolloutStep): Promise<RolloutEvent> {
  const { clock, signal } = session;
  const name = stepName(step);
  const { version } = "release" in step ? partyIn(rollout, step.release) : rollout.candidate;
  if (signal.aborted) return failed(session, abortFailure(session, rollout));
  const noted = await record(session, { kind: "intent", rollout: rollout.id, step: name });
  // Nothing is begun that is not written down; going home does not wait for a journal.
  if (!noted.ok && (!rollout.back || noted.failure.kind === "lease-lost"))
    return failed(session, noted.failure);
  session.fact({ kind: "acting", action: name, version });
  const began = clock.monotonic();
  const acted = await act(session, rollout, step);
  const { event, detail, seen } = await verified(session, rollout, step, acted);
  const shifted =
    step.kind === "shift" && event.kind === "done" ? { weights: sharesAt(rollout, step.weight) } : null;
  // It is written with the next intent, or the end: nothing is done before that.
  session.unwritten.push({
    kind: "outcome",
    rollout: rollout.id,
    step: name,
    ok: event.kind === "done",
    detail,
    ...shifted,
  });
  if (event.kind === "failed") return event;
  for (const fact of seen === null ? [] : factsSeen(rollout, step, seen)) session.fact(fact);
  if (shifted !== null) session.fact({ kind: "shifted", ...shifted });
  session.fact({ kind: "acted", action: name, version, ms: clock.monotonic() - began });
  return event;
}

type Verified = { event: RolloutEvent; detail: string; seen: Observation | null };

/** What is seen decides: an answer that was lost is no failure, one that is not borne out is no success. */
async function verified(
  session: Session,
  rollout: Rollout,
  step: RolloutStep,
  acted: Result<string>,
): Promise<Verified> {
  const { clock } = session;
  if (acted.ok && !isSeen(step)) return { event: { kind: "done" }, detail: acted.value, seen: null };
  const until = clock.monotonic() + seenWithinMs;
  for (;;) {
    const seen = await observe(session);
    const last = seen.ok ? seen.value : null;
    const there = last === null || !isSeen(step) ? null : isThere(rollout, step, last);
    if (acted.ok && there !== false) return { event: { kind: "done" }, detail: acted.value, seen: last };
    if (!acted.ok) {
      const seenDone = there === true && acted.failure.kind !== "lease-lost";
      if (seenDone) return { event: { kind: "done" }, detail: "no answer, but seen to be done", seen: last };
      return toldFailed(acted.failure, last);
    }
    if (clock.monotonic() >= until) {
      const reason = last?.disagree ?? "reported as done, but not seen";
      return toldFailed({ kind: "target-failed", action: stepName(step), reason }, last);
    }
    await clock.sleep(100);
  }
}

const toldFailed = (failure: Failure, seen: Observation | null): Verified => ({
  event: { kind: "failed", failure, seen },
  detail: failure.kind,
  seen,
});

async function failed(session: Session, failure: Failure): Promise<RolloutEvent> {
  const seen = failure.kind === "lease-lost" ? null : await observe(session);
  return { kind: "failed", failure, seen: seen?.ok ? seen.value : null };
}

const unabortable = (session: Session): Session => ({ ...session, signal: new AbortController().signal });

/** Weights by version. */
function sharesAt(rollout: Rollout, weight: number | null): Record<string, number> {
  const versions = new Map(
    [rollout.candidate, ...(rollout.stable ? [rollout.stable] : [])].map((one) => [one.release, one.version]),
  );
  return Object.fromEntries(
    Object.entries(weightsAt(rollout, weight)).map(([release, share]) => [
      versions.get(release) ?? release,
      share,
    ]),
  );
}

function tellReturning(session: Session, rollout: Rollout, failure: Failure): void {
  const { candidate, stable } = rollout;
  const to = stable?.version ?? null;
  session.fact({ kind: "returning", version: candidate.version, to, reason: reasonOf(failure) });
}

const reasonOf = (failure: Failure): string => ("reason" in failure ? failure.reason : failure.kind);
