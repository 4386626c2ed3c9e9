import { rotatedSecrets, weightDrift } from "./differences.ts";
import type { Drift } from "./drift.ts";
import { record, type Session, within } from "./engine-session.ts";
import type { RotatedSecret } from "./journal.ts";
import type { Rollout } from "./state.ts";
import type { Observation } from "./target.ts";

/** Time (ms) in which the target compares everything that was placed with what is there. */
const compareMs = 60_000;

/** What is not as an engine left it, and what a way back brings back of the secrets. */
export type Differences = { drift: Drift[]; rotated: RotatedSecret[] };

/** Compares before anything is changed. Where the target cannot tell, that is noted and is no reason to stop. */
export async function findDifferences(
  session: Session,
  seen: Observation,
  candidate: string,
): Promise<Differences> {
  const told = await within(session.clock, compareMs, "drift", session.deployment.target.drift());
  if (!told.ok) session.notes.push("the target could not tell whether something was changed by hand");
  const drift = [...(told.ok ? told.value : []), ...weightDrift(seen)];
  return { drift, rotated: rotatedSecrets(seen, candidate) };
}

/** Says them, and writes them down: what is about to be overwritten is not lost without a word. */
export async function tellDifferences(
  session: Session,
  { id, cause, candidate }: Rollout,
  { drift, rotated }: Differences,
): Promise<void> {
  for (const { version, what, expected, found } of drift)
    session.fact({ kind: "drift", version, what, expected, found });
  if (drift.length > 0) await record(session, { kind: "drift", rollout: id, found: drift });
  if (cause !== "rollback" || rotated.length === 0) return;
  const { version } = candidate;
  for (const { name, used, live } of rotated) session.fact({ kind: "rotated", version, name, used, live });
  await record(session, { kind: "rotated-secrets", rollout: id, version, secrets: rotated });
}
