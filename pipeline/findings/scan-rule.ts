import picomatch from "picomatch";
import type { Allowance } from "../config/config.ts";
import {
  type Evidence,
  type Finding,
  mostFindings,
  noEvidence,
  type ScanDocument,
  type Severity,
} from "../evidence.ts";
import type { Failure } from "../failure.ts";
import type { HermeticStep, ScanRule } from "../plan/plan.ts";
import type { Result } from "../result.ts";
import { readScan } from "./document.ts";
import { foundLines } from "./found-lines.ts";

/** Worst first; what has no known severity may be the worst. */
const order: Severity[] = ["unknown", "critical", "high", "medium", "low"];

type Seen = { failure: Failure | null; read(path: string): Promise<Result<string, string>> };

/**
 * Decides on a scan's document: what is allowed (and not expired) is set aside; a finding at or above the severity
 * fails; an incomplete scan is inconclusive, and passes only where that is accepted; the last day counts.
 */
export async function judgeScan(
  step: HermeticStep,
  rule: ScanRule,
  seen: Seen,
  today: string,
): Promise<{ evidence: Evidence | null; failure: Failure | null; notes: string[] }> {
  const text = await seen.read(rule.file);
  const read = text.ok ? await readScan(text.value) : text;
  if (!read.ok) {
    const failure: Failure = seen.failure ?? {
      kind: "report-unreadable",
      step: step.id,
      file: rule.file,
      reason: read.failure,
    };
    return { evidence: null, failure, notes: [] };
  }
  const { scan, findings } = read.value;
  const { open, allowed, expired, unused } = setAside(findings, rule.allow, today);
  const evidence: Evidence = { ...noEvidence(), scan, allowed, findings: open.slice(0, mostFindings) };
  evidence.omitted = open.length - evidence.findings.length;
  const notes = unused.map((entry) => `allowed but not found any more: ${nameOf(entry)}`);
  const tool = toolsOf(read.value);
  if (expired.length > 0) {
    const entries = expired.map((entry) => `${nameOf(entry)} until ${entry.expires}: ${entry.reason}`);
    return { evidence, failure: { kind: "allowance-expired", step: step.id, entries }, notes };
  }
  const bad = open.filter(({ severity }) => order.indexOf(severity ?? "unknown") <= order.indexOf(rule.fail));
  if (bad.length > 0) {
    const failure: Failure = {
      kind: "findings-present",
      step: step.id,
      tool,
      count: bad.length,
      fail: rule.fail,
      found: foundLines(bad),
    };
    return { evidence, failure, notes };
  }
  if (scan.complete) return { evidence, failure: seen.failure, notes };
  const accepted = rule.acceptInconclusive;
  if (accepted && today <= accepted.expires)
    return {
      evidence,
      failure: null,
      notes: [
        ...notes,
        `inconclusive (${scan.reasons.join("; ")}), accepted until ${accepted.expires}: ${accepted.reason}`,
      ],
    };
  const reasons = accepted
    ? [...scan.reasons, `accepted only until ${accepted.expires}: ${accepted.reason}`]
    : scan.reasons;
  return { evidence, failure: { kind: "scan-inconclusive", step: step.id, tool, reasons }, notes };
}

type Aside = {
  open: Finding[];
  allowed: Evidence["allowed"];
  /** Entries that hide something although their day has passed. */
  expired: Allowance[];
  unused: Allowance[];
};

function setAside(findings: Finding[], allow: Allowance[], today: string): Aside {
  const entries = allow.map((entry) => ({ entry, matches: matcher(entry), used: false }));
  const aside: Aside = { open: [], allowed: [], expired: [], unused: [] };
  for (const finding of findings) {
    const matching = entries.filter(({ matches }) => matches(finding));
    for (const each of matching) each.used = true;
    const good = matching.find(({ entry }) => today <= entry.expires);
    if (good) aside.allowed.push({ finding, reason: good.entry.reason, expires: good.entry.expires });
    else {
      aside.open.push(finding);
      for (const { entry } of matching) if (!aside.expired.includes(entry)) aside.expired.push(entry);
    }
  }
  aside.unused = entries.filter(({ used }) => !used).map(({ entry }) => entry);
  return aside;
}

function matcher({ rule, path, fingerprint }: Allowance): (finding: Finding) => boolean {
  const inPath = path === null ? null : picomatch(path, { dot: true });
  return (finding) =>
    (rule === null || finding.rule === rule || (finding.aliases?.includes(rule) ?? false)) &&
    (fingerprint === null || finding.fingerprint === fingerprint) &&
    (inPath === null || (finding.path !== null && inPath(finding.path)));
}

const nameOf = ({ rule, path, fingerprint }: Allowance): string =>
  [rule, path, fingerprint?.slice(0, 12)].filter((part) => part !== null && part !== undefined).join(" in ");

const toolsOf = ({ scan, kind }: ScanDocument): string =>
  scan.tools.length === 0 ? `the scan for ${kind}` : scan.tools.map(({ name }) => name).join(", ");
