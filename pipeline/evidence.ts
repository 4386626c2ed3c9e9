/** How bad a finding of a linter is (SARIF 2.1.0 §3.27.10, without `none`). */
export type Level = "error" | "warning" | "note";

/** How bad a finding of a scanner is; `unknown` counts as the worst, for nothing says that it is less. */
export type Severity = "critical" | "high" | "medium" | "low" | "unknown";

/** One thing that a linter or a scanner found. */
export type Finding = {
  /** Name of the tool, e.g. ruff. */
  tool: string;
  /** The tool's own name of the rule, e.g. F401. */
  rule: string;
  /** Other names of the same, e.g. CVE-2019-10906 of PYSEC-2019-217; absent where there is none. */
  aliases?: string[];
  level: Level;
  /** Of scanners; null for a linter's. */
  severity: Severity | null;
  message: string;
  /** Relative to the repository's root, with /; null where the whole repository is meant. */
  path: string | null;
  /** 1-based. */
  line: number | null;
  column: number | null;
  /** Address of the rule's explanation, or null. */
  help: string | null;
  /** What stands there, masked where it is a secret; null where it would tell nothing. */
  excerpt: string | null;
  /** The dependency that is meant, and the first version without the problem (null: none is known). */
  dependency: { name: string; version: string; fixed: string | null } | null;
  /** sha256 (hex) that stays the same when lines above move: of tool, rule, path, and what is found there. */
  fingerprint: string;
};

export type TestOutcome = "passed" | "failed" | "error" | "skipped";

/** One test of a JUnit file; `ms` is its duration. */
export type TestCase = {
  suite: string;
  name: string;
  file: string | null;
  outcome: TestOutcome;
  ms: number;
  /** Of a test that did not pass; the texts are bounded. */
  message: string | null;
  output: string | null;
};

/** What a test run's JUnit says. Errors count as failed. */
export type TestEvidence = {
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  ms: number;
  /** At most 100. */
  failures: TestCase[];
  /** The ten slowest, slowest first. */
  slowest: TestCase[];
};

/** Lines (or statements, where a tool counts those) that tests ran through. */
export type Covered = { covered: number; total: number };

export type CoverageEvidence = {
  lines: Covered;
  /** Lines of the last good run on the base branch; absent where none is at hand. */
  base?: Covered;
  branches: Covered | null;
  /** By path relative to the root, sorted. */
  files: ({ path: string } & Covered)[];
};

/** What a scanner says of itself: `incomplete` is never a pass. */
export type ScanEvidence = {
  tools: { name: string; version: string | null }[];
  complete: boolean;
  /** Why it is incomplete, one sentence each. */
  reasons: string[];
  /** Files or packages that it has looked at. */
  looked: number;
};

/** Everything that could be read from what one step wrote. */
export type Evidence = {
  findings: Finding[];
  /** Findings beyond the bound that are not kept. */
  omitted: number;
  /** The linter whose output was read to its end; null: none, or it broke before it could say anything. */
  linter: string | null;
  tests: TestEvidence | null;
  coverage: CoverageEvidence | null;
  scan: ScanEvidence | null;
  /** Findings that the configuration allows, with its reason. */
  allowed: { finding: Finding; reason: string; expires: string }[];
};

/** Longest list of findings that the evidence of one step keeps. */
export const mostFindings = 25_000;

/** Evidence of nothing. */
export const noEvidence = (): Evidence => ({
  findings: [],
  omitted: 0,
  linter: null,
  tests: null,
  coverage: null,
  scan: null,
  allowed: [],
});

/** What a scan step of this program wrote. */
export type ScanDocument = {
  format: 1;
  kind: "secrets" | "vulnerabilities";
  scan: ScanEvidence;
  findings: Finding[];
};
