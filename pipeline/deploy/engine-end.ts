import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { append, observe, record, type Session, saidFor } from "./engine-session.ts";
import { runsItself } from "./party.ts";
import { arrives } from "./recovery.ts";
import { completedLine } from "./rollback.ts";
import type { Rollout } from "./state.ts";
import type { Observation } from "./target.ts";

/** Releases that stay for a rollback, the live one included. */
const keptReleases = 5;

/** What a deploy or rollback left behind. `changed` false: it was live already and nothing was done. */
export type Deployed = {
  version: string;
  release: string;
  url: string;
  changed: boolean;
  /** Version that was live before, or null. */
  previous: string | null;
  notes: string[];
};

/** Writes the end of a rollout into the journal and turns its outcome into what the caller gets. */
export async function end(session: Session, rollout: Rollout): Promise<Result<Deployed>> {
  const { candidate, stable, failure, outcome } = rollout;
  const seen = await observe(session);
  const completed = outcome === "completed";
  const because = failure ?? { kind: "target-failed", action: "rollout", reason: "it has no outcome" };
  const live = seen.ok ? versionOf(rollout, seen.value.live) : (stable?.version ?? null);
  const reason = completed ? "" : reasonOf(because);
  if (completed) {
    await record(session, {
      kind: "committed",
      rollout: rollout.id,
      version: candidate.version,
      release: candidate.release,
    });
  }
  const last = await append(session, {
    kind: "rollout-ended",
    rollout: rollout.id,
    version: candidate.version,
    release: candidate.release,
    outcome: outcome ?? "recovery-failed",
    live,
    failure: completed ? null : because.kind,
    reason,
  });
  if (last.ok) {
    const { sequence, hash } = last.value;
    session.fact({ kind: "journalled", environment: session.environment.name, sequence, hash });
  }
  if (completed) {
    session.fact({
      kind: "committed",
      version: candidate.version,
      url: seen.ok ? seen.value.url : "",
      ...saidFor(session),
    });
    await tidy(session, rollout, seen);
    return ok({
      version: candidate.version,
      release: candidate.release,
      url: seen.ok ? seen.value.url : "",
      changed: true,
      previous: stable?.version ?? null,
      notes: session.notes,
    });
  }
  if (outcome === "recovery-failed") return fail(await recoveryFailed(session, rollout));
  session.fact({ kind: "returned", version: candidate.version, live, reason });
  if (because.kind === "interrupted") return fail(because);
  if (because.kind === "aborted") return fail({ ...because, live });
  const environment = session.environment.name;
  return fail({ kind: "returned", environment, version: candidate.version, live, because });
}

/** The loudest failure: what is live, the weights as seen, and the command that brings the last good one back. */
export async function recoveryFailed(session: Session, rollout: Rollout): Promise<Failure> {
  const seen = await observe(session);
  const environment = session.environment.name;
  const { stable, candidate } = rollout;
  const unknown: Failure = { kind: "target-failed", action: "recovery", reason: "unknown" };
  const back = stable && stable.release !== candidate.release;
  return {
    kind: "recovery-failed",
    environment,
    live: seen.ok ? versionOf(rollout, seen.value.live) : null,
    weights: seen.ok ? byVersion(rollout, seen.value) : {},
    because: rollout.failure ?? unknown,
    recovery: rollout.recoveryFailure ?? unknown,
    command: arrives(rollout.back ?? [])
      ? `bellwether deploy ${environment} ${candidate.version}`
      : back
        ? `bellwether rollback ${environment} --to ${stable.version}`
        : `bellwether status ${environment}`,
  };
}

/** Says what stays warm, and forgets what no rollback can ask for any more. A failure here is only noted. */
async function tidy(session: Session, rollout: Rollout, seen: Result<Observation>): Promise<void> {
  const { store } = session.deployment;
  const journal = await store.journal();
  if (!seen.ok || !journal.ok) return;
  const running = Object.entries(seen.value.releases).filter(([, release]) =>
    Object.values(release.components).some(runsItself),
  );
  const { warmMs } = session.environment;
  const { stable, candidate } = rollout;
  const isWarm = running.some(([id]) => id === stable?.release && id !== candidate.release);
  if (stable && isWarm && warmMs > 0) session.fact({ kind: "warm", version: stable.version, ms: warmMs });
  const line = completedLine(journal.value).slice(-keptReleases);
  const keep = new Set([...line, candidate.release, ...running.map(([id]) => id)]);
  const pruned = await store.prune([...keep]);
  if (!pruned.ok) session.notes.push(`older releases could not be removed: ${reasonOf(pruned.failure)}`);
}

const byVersion = (rollout: Rollout, seen: Observation): Record<string, number> =>
  Object.fromEntries(
    Object.entries(seen.weights).map(([release, share]) => [versionOf(rollout, release) ?? release, share]),
  );

function versionOf(rollout: Rollout, release: string | null): string | null {
  const parties = [rollout.candidate, ...(rollout.stable ? [rollout.stable] : [])];
  return parties.find((one) => one.release === release)?.version ?? release;
}

const reasonOf = (failure: Failure): string => ("reason" in failure ? failure.reason : failure.kind);
