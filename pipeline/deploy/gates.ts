import type { ApprovalRule } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import type { ApprovalMark } from "./journal.ts";

/** A person's consent to one version and its exact digests in one environment, until it expires (ms, epoch). */
export type Approval = {
  format: 1;
  app: string;
  environment: string;
  version: string;
  /** Digests of all images of the release, in any order. */
  digests: string[];
  /** Who: for a signed one the principal of the key in the allowed-signers file, otherwise who said so. */
  by: string;
  /** Every name of that person, `by` among them; by default that one alone. */
  names?: string[];
  at: number;
  expiresAt: number;
  how: ApprovalMark["how"];
  /** Why it counts for nothing, whatever it says: its signature was looked at and found wanting. */
  problem?: string;
  /** The record it was read from. */
  file?: string;
};

/** An approval that does not count, and why. */
export type Refusal = { by: string; file: string | null; reason: string };

/** What a gate says, decided over facts that were collected before. */
export type GateDecision = { pass: boolean; reason: string; approvals: ApprovalMark[]; refused: Refusal[] };

/**
 * The thing to be approved. `requesters` are all names of those who may not approve it under four eyes: the actor
 * of the run that waits, and the author of the release's commit. Where they are not known, nobody may.
 */
export type Approvable = Pick<Approval, "app" | "environment" | "version" | "digests"> & {
  requesters?: string[];
};

/** Clocks of two machines may differ by this much (ms). */
const clockSkewMs = 5 * 60_000;

/**
 * Passes with `required` different persons whose approvals count (see `refusal`). Where no approval is asked for,
 * it passes. Approvals of other versions and environments are of no interest here.
 */
export function approvalGate(
  rule: ApprovalRule | null,
  wanted: Approvable,
  approvals: Approval[],
  now: number,
): GateDecision {
  if (!rule || rule.required <= 0)
    return { pass: true, reason: "no approval is asked for", approvals: [], refused: [] };
  const judged = approvals
    .filter(
      ({ app, environment, version }) =>
        app === wanted.app && environment === wanted.environment && version === wanted.version,
    )
    .map((one) => ({ one, reason: refusal(rule, wanted, one, now) }));
  const counted = persons(judged.filter(({ reason }) => reason === null).map(({ one }) => one));
  const refused = judged.flatMap(({ one, reason }) =>
    reason === null ? [] : [{ by: one.by, file: one.file ?? null, reason }],
  );
  const told = refused.length > 0 ? `, ${refused.length} refused` : "";
  return {
    pass: counted.length >= rule.required,
    reason: `${counted.length} of ${rule.required} approvals of ${wanted.version}${told}`,
    approvals: counted.map(({ by, at, how }) => ({ by, at, how })),
    refused,
  };
}

/** The environment of GitHub whose reviewers alone approve; null: others do, too, or nobody has to. */
export const reviewersAlone = (rule: ApprovalRule | null): string | null =>
  rule === null || rule.recorded || rule.signers !== null ? null : rule.github;

/** The failure of a gate that does not pass, with everything that was handed in and refused. */
export function approvalMissing(
  { environment, version, digests }: Approvable,
  gate: GateDecision,
  rule: ApprovalRule | null,
): Extract<Failure, { kind: "approval-missing" }> {
  const reviewers = reviewersAlone(rule);
  return {
    kind: "approval-missing",
    environment,
    version,
    digests,
    command: `bellwether approve ${environment} ${version}`,
    ...(reviewers === null ? {} : { reviewers }),
    ...(gate.approvals.length > 0 ? { given: gate.reason } : {}),
    ...(gate.refused.length > 0 ? { refused: gate.refused.map(refusalWords) } : {}),
  };
}

const refusalWords = ({ by, file, reason }: Refusal): string =>
  file === null ? `${by}: ${reason}` : `${by} (${file}): ${reason}`;

/** Why an approval does not count, or null: it does. */
export function refusal(
  rule: ApprovalRule,
  wanted: Approvable,
  approval: Approval,
  now: number,
): string | null {
  const { at, digests, expiresAt, how, problem } = approval;
  if (problem !== undefined) return problem;
  const said = how === "prompt" || how === "recorded";
  if (said && !rule.recorded)
    return rule.signers === null ? "it is not given by GitHub's reviewers" : "it is not signed";
  if (how === "github" && rule.github === null) return "GitHub's reviewers do not approve here";
  if (!sameSet(digests, wanted.digests)) return "it is for other digests";
  if (expiresAt <= now) return `it expired at ${new Date(expiresAt).toISOString()}`;
  if (expiresAt > now + rule.expiresMs + clockSkewMs || at > now + clockSkewMs)
    return `it claims to be good until ${new Date(expiresAt).toISOString()}, longer than the environment allows`;
  if (!rule.fourEyes) return null;
  if (wanted.requesters === undefined)
    return "four eyes are asked for, and it is not known who asked for the release";
  const asked = normalised(wanted.requesters);
  const own = normalised(namesOf(approval)).some((name) => asked.includes(name));
  return own ? "four eyes are asked for, and whoever asks for a release does not approve it" : null;
}

/** One approval a person: two that share a name are of the same one. */
function persons(approvals: Approval[]): Approval[] {
  const seen = new Set<string>();
  return approvals.filter((approval) => {
    const names = normalised(namesOf(approval));
    const known = names.some((name) => seen.has(name));
    for (const name of names) seen.add(name);
    return !known;
  });
}

const namesOf = (approval: Approval): string[] => [approval.by, ...(approval.names ?? [])];

const normalised = (names: string[]): string[] => names.map((name) => name.trim().toLowerCase());

const sameSet = (a: string[], b: string[]): boolean =>
  [...new Set(a)].sort().join() === [...new Set(b)].sort().join();
