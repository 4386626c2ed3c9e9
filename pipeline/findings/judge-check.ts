import { type CoverageEvidence, type Evidence, mostFindings, noEvidence } from "../evidence.ts";
import type { Failure } from "../failure.ts";
import type { HermeticStep } from "../plan/plan.ts";
import { reportPaths } from "../plan/report-paths.ts";
import type { Result } from "../result.ts";
import { readCoverage } from "./coverage.ts";
import { coverageFailure } from "./coverage-rule.ts";
import { foundLines, testLines } from "./found-lines.ts";
import { readJunit } from "./junit.ts";
import { placer, readFindings } from "./readers.ts";

/** What the judge knows beside the step. */
export type JudgeFacts = {
  /** YYYY-MM-DD, UTC. */
  today: string;
  /** The checkout's path. */
  root: string | null;
  /** Whether a path relative to the root is in the checkout. */
  exists(path: string): Promise<boolean>;
  /** The base branch's last coverage by step. */
  base: Record<string, CoverageEvidence>;
};

/** What a step came to, and what it left. */
export type Seen = {
  failure: Failure | null;
  log: string;
  read(path: string): Promise<Result<string, string>>;
};

/** What the reports made of it. */
export type Judgement = { evidence: Evidence | null; failure: Failure | null; notes: string[] };

/** Reads what a linter or tests wrote, and decides by it. */
export async function judgeCheck(step: HermeticStep, seen: Seen, facts: JudgeFacts): Promise<Judgement> {
  const evidence = noEvidence();
  const notes: string[] = [];
  const place = placer(step.directory, facts.root);
  const unreadable: Failure[] = [];
  const report = async <T>(
    file: string | null,
    read: (text: string) => Result<T, string> | Promise<Result<T, string>>,
  ): Promise<T | null> => {
    if (file === null) return null;
    const text = await seen.read(file);
    const found = text.ok ? await read(text.value) : text;
    if (found.ok) return found.value;
    unreadable.push({ kind: "report-unreadable", step: step.id, file, reason: found.failure });
    if (seen.failure) notes.push(`${file} tells nothing: ${found.failure}`);
    return null;
  };
  evidence.tests = await report(step.reports.junit, readJunit);
  evidence.coverage = await report(step.reports.coverage, (text) =>
    readCoverage(text, { place, exists: facts.exists }),
  );
  if (step.findings) {
    const { reader, file } = step.findings;
    const text = file === null ? null : await seen.read(file);
    const said = text === null ? seen.log : text.ok ? text.value : "";
    const found = readFindings(reader, said, place);
    if (text?.ok === false) notes.push(`findings of ${reader} are unknown: ${file} ${text.failure}`);
    else if (!found.ok) notes.push(`findings of ${reader} are unknown: ${found.failure}`);
    else {
      keep(evidence, found.value);
      // SARIF names its tools itself; a linter that only failed has said nothing of what is gone.
      if (reader !== "sarif" && (seen.failure === null || found.value.length > 0)) evidence.linter = reader;
    }
  }
  const base = facts.base[step.id];
  if (evidence.coverage && base) evidence.coverage.base = base.lines;
  if (evidence.coverage && !base && (step.rules.coverage?.maxDrop ?? null) !== null)
    notes.push("no run of the base branch is at hand: whether the coverage dropped is not known");
  const failure = seen.failure
    ? explained(asReport(step, seen.failure), evidence)
    : (unreadable[0] ?? testsFailure(step, evidence) ?? coverageFailure(step, evidence.coverage, base));
  return { evidence, failure, notes };
}

function keep(evidence: Evidence, findings: Evidence["findings"]): void {
  evidence.findings = findings.slice(0, mostFindings);
  evidence.omitted = findings.length - evidence.findings.length;
}

/** A report is an output, too, so that the cache holds it; who has to mend it knows it by the name of a report. */
function asReport(step: HermeticStep, failure: Failure): Failure {
  if (failure.kind !== "output-missing" || !reportPaths(step).includes(failure.path)) return failure;
  return { kind: "report-unreadable", step: step.id, file: failure.path, reason: "it was not written" };
}

/** A failed command with what its reports tell of it. */
function explained(failure: Failure, { tests, findings }: Evidence): Failure {
  if (failure.kind !== "step-failed") return failure;
  const found = tests && tests.failed > 0 ? testLines(tests) : foundLines(findings);
  return found.length === 0 ? failure : { ...failure, found };
}

function testsFailure(step: HermeticStep, { tests }: Evidence): Failure | null {
  if (!tests) return null;
  // A report of skipped tests is as empty as none.
  if (tests.total === tests.skipped) return { kind: "no-tests", step: step.id, skipped: tests.skipped };
  if (tests.failed === 0) return null;
  return {
    kind: "tests-failed",
    step: step.id,
    failed: tests.failed,
    total: tests.total,
    found: testLines(tests),
  };
}
