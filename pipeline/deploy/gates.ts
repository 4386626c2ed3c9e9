import type { ApprovalMark } from "./journal.ts";

/** A person's consent to one version and its exact digests in one environment, until it expires (ms, epoch). */
export type Approval = {
  format: 1;
  app: string;
  environment: string;
  version: string;
  /** Digests of all images of the release, in any order. */
  digests: string[];
  by: string;
  at: number;
  expiresAt: number;
  how: ApprovalMark["how"];
};

/** What a gate says, decided over facts that were collected before. */
export type GateDecision = { pass: boolean; reason: string; approvals: ApprovalMark[] };

/** The thing to be approved. */
export type Approvable = Pick<Approval, "app" | "environment" | "version" | "digests">;

const sameSet = (a: string[], b: string[]): boolean =>
  [...new Set(a)].sort().join() === [...new Set(b)].sort().join();

/**
 * Passes with `required` different approvers whose records name this app, environment, version and exactly
 * these digests and have not expired at `now`. Where no approval is asked for, it passes.
 */
export function approvalGate(
  rule: { required: number } | null,
  wanted: Approvable,
  approvals: Approval[],
  now: number,
): GateDecision {
  if (!rule || rule.required <= 0) return { pass: true, reason: "no approval is asked for", approvals: [] };
  const bound = approvals.filter(
    (one) =>
      one.app === wanted.app &&
      one.environment === wanted.environment &&
      one.version === wanted.version &&
      sameSet(one.digests, wanted.digests),
  );
  const valid = bound.filter((one) => one.expiresAt > now && one.at <= now);
  const byPerson = new Map(valid.map((one) => [one.by, { by: one.by, at: one.at, how: one.how }]));
  const marks = [...byPerson.values()];
  const expired = bound.length - valid.length;
  const reason = `${marks.length} of ${rule.required} approvals of ${wanted.version}${expired > 0 ? `, ${expired} not in force` : ""}`;
  return { pass: marks.length >= rule.required, reason, approvals: marks };
}
