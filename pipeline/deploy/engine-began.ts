import type { Found } from "./engine-lease.ts";
import { type Session, saidFor } from "./engine-session.ts";
import type { GateDecision } from "./gates.ts";
import { limitsOfRelease } from "./history.ts";
import type { JournalFact } from "./journal.ts";
import { limitsOf } from "./limits.ts";
import { digestsOf, type Release } from "./release.ts";
import { resourcesOf } from "./resources.ts";

/** The first fact of a rollout: who brings what, on whose word, and what it is held to and judged by. */
export const rolloutBegan = (
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
  ...saidFor(session),
  revision: release.revision,
  tool: session.tool,
  approvals: gate.approvals,
  configDigest: release.configDigest,
  ...resourcesMark(release),
  limits:
    (cause === "rollback" ? limitsOfRelease(found.journal, release.id) : null) ??
    limitsOf(session.environment),
});

/** Left out where nothing is limited. */
function resourcesMark(release: Release): { resources?: Record<string, string> } {
  const resources = resourcesOf(release);
  return Object.keys(resources).length === 0 ? {} : { resources };
}
