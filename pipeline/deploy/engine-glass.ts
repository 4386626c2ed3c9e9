import type { GateMark } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { holdingLease } from "./engine-lease.ts";
import { type EngineRequest, record, type Session } from "./engine-session.ts";
import { followUps, openFollowUps } from "./follow-up.ts";
import type { JournalFact } from "./journal.ts";
import { digestsOf, type Release } from "./release.ts";

/** Why a release goes on, and the gates that would not let it. */
export type Glass = { reason: string; overridden: GateMark[] };

/** Writes down that a release goes past its gates, and tells everybody; without the entry it does not. */
export async function breakTheGlass(
  session: Session,
  rollout: string,
  release: Release,
  { reason, overridden }: Glass,
): Promise<Result<unknown>> {
  const { actor } = session;
  const { version, id } = release;
  const noted = await record(session, {
    kind: "break-glass",
    id: rollout,
    rollout,
    version,
    release: id,
    digests: digestsOf(release),
    actor,
    reason,
    overridden,
  });
  if (noted.ok) session.fact({ kind: "break-glass", version, actor, reason, overridden, followUp: rollout });
  return noted;
}

/** Closes a follow-up; `unknown-name` where no open one has that id. */
export async function closeFollowUp(
  request: EngineRequest,
  id: string,
  what: string,
): Promise<Result<unknown>> {
  return holdingLease<unknown>(
    request,
    { cause: "deploy", version: "none" },
    async (session, { journal }) => {
      if (openFollowUps(journal).some((one) => one.id === id))
        return record(session, { kind: "follow-up-closed", id, actor: session.actor, what });
      if (followUps(journal).some((one) => one.id === id)) return ok(undefined);
      const known = openFollowUps(journal).map((one) => one.id);
      return fail({ kind: "unknown-name", what: "follow-up", name: id, known, nearest: null });
    },
  );
}

/** Writes one fact into the environment's journal, and does nothing else. */
export const recordFact = (request: EngineRequest, fact: JournalFact): Promise<Result<unknown>> =>
  holdingLease(request, { cause: "deploy", version: "none" }, (session) => record(session, fact));
