import {
  type ApprovalMark,
  headOf,
  type JournalEntry,
  type JournalFact,
  type JournalHead,
} from "../deploy/journal.ts";
import type { RolloutReport } from "./report.ts";
import { freshRollout } from "./rollout-report.ts";

/** The version of the JSON value. */
export const rolloutsFormat = 1;

/** What a journal tells of an environment's rollouts, oldest first: one versioned JSON value. */
export type RolloutsReport = {
  format: typeof rolloutsFormat;
  app: string;
  environment: string;
  /** What is live now, or null: nothing is. */
  live: { version: string; url: string } | null;
  rollouts: JournalledRollout[];
  /** The end of the journal. */
  journal: JournalHead;
};

/** One rollout as its journal tells it: what a run's report says of it, and who and what it was. Times are ms since the epoch. */
export type JournalledRollout = RolloutReport & {
  rollout: string;
  cause: "deploy" | "rollback";
  /** What a person said it is for, or null. */
  why: string | null;
  actor: string;
  /** Commit of the release, or null: not known. */
  revision: string | null;
  digests: string[];
  approvals: ApprovalMark[];
  beganAt: number;
  endedAt: number | null;
};

export type JournalSeen = Pick<RolloutsReport, "app" | "environment" | "live"> & { entries: JournalEntry[] };

/** Reads the rollouts out of a journal. What entries of before do not say is missing in them: weights, measurements. */
export function rolloutsReport({ app, environment, live, entries }: JournalSeen): RolloutsReport {
  const found = new Map<string, JournalledRollout>();
  const versions = new Map<string, string>();
  for (const { at, fact } of entries) {
    if (!("rollout" in fact)) continue;
    const known = found.get(fact.rollout) ?? null;
    if (fact.kind === "rollout-began") {
      versions.set(fact.release, fact.version);
      const stable = fact.stable === null ? null : (versions.get(fact.stable) ?? fact.stable);
      found.set(fact.rollout, began({ environment, at, fact, stable, drawn: known }));
    } else if (fact.kind === "gates") found.set(fact.rollout, drawn(environment, at, fact));
    else if (known !== null) addTo(known, at, fact);
  }
  const url = live?.url ?? null;
  const rollouts = [...found.values()].map((one) => (one.version === live?.version ? { ...one, url } : one));
  return { format: rolloutsFormat, app, environment, live, rollouts, journal: headOf(entries) };
}

type Fact<Kind> = Extract<JournalFact, { kind: Kind }>;

/** Its gates were drawn, and it has not begun: it stays so where they said no. */
const drawn = (environment: string, at: number, fact: Fact<"gates">): JournalledRollout => ({
  ...freshRollout(),
  ...{ environment, version: fact.version, stable: null, strategy: "", outcome: "refused" },
  gates: fact.gates.map((gate) => ({ ...gate, remedy: null })),
  ...{ rollout: fact.rollout, cause: "deploy", why: null, actor: "", revision: null },
  ...{ digests: [], approvals: [], beganAt: at, endedAt: at },
});

function began({
  environment,
  at,
  fact,
  stable,
  drawn: before,
}: {
  environment: string;
  at: number;
  fact: Fact<"rollout-began">;
  stable: string | null;
  drawn: JournalledRollout | null;
}): JournalledRollout {
  const { rollout, cause, version, strategy, actor, digests, approvals } = fact;
  return {
    ...freshRollout(),
    ...{ environment, version, stable, strategy, outcome: "unfinished" },
    gates: before?.gates ?? [],
    breakGlass: before?.breakGlass ?? null,
    ...{ rollout, cause, actor, digests, approvals, beganAt: at, endedAt: null },
    why: fact.why ?? null,
    revision: fact.revision ?? null,
  };
}

function addTo(rollout: JournalledRollout, at: number, fact: JournalFact): void {
  switch (fact.kind) {
    case "outcome":
      if (fact.weights !== undefined) rollout.weights.push({ at, weights: fact.weights });
      return;
    case "measured": {
      const { weight, verdict, checks = [], seen } = fact;
      if (seen !== undefined) rollout.measured.push({ at, weight, ...seen, checks, verdict });
      return;
    }
    case "promoted":
      rollout.continued.push({ at, by: fact.by, full: fact.full });
      return;
    case "break-glass": {
      const { actor, reason, overridden = [], id } = fact;
      rollout.breakGlass = { actor, reason, overridden, followUp: id };
      return;
    }
    case "drift":
      rollout.drift.push(...fact.found);
      return;
    case "rotated-secrets":
      rollout.rotated.push(...fact.secrets.map((secret) => ({ version: fact.version, ...secret })));
      return;
    case "rollout-ended":
      rollout.endedAt = at;
      rollout.outcome =
        fact.outcome === "completed"
          ? "completed"
          : fact.outcome === "recovery-failed"
            ? "unfinished"
            : "returned";
      rollout.reason = fact.reason === "" ? null : fact.reason;
      return;
    default:
      return;
  }
}
