/** One mistake in something that the user wrote, with everything needed to find and mend it. */
export type Problem = {
  /** File as the user names it, relative to the working directory. */
  file: string;
  /** 1-based; 0 where the file as a whole is meant. */
  line: number;
  column: number;
  /** Dotted path inside the file, e.g. `environments.production.strategy`; "" for the whole file. */
  path: string;
  /** What stands there, as the user would recognise it (never a secret's value). */
  got: string;
  /** What would have been right. */
  expected: string;
  /** The known key nearest to the unknown one. */
  nearest?: string;
  /** What to do next, as an imperative sentence. */
  remedy: string;
};

/** The last answer of a health or smoke probe. */
export type ProbeSeen = {
  url: string;
  /** HTTP status, or null where no answer came. */
  status: number | null;
  /** e.g. "got 301 to /login, expected 200", "connection refused", "no answer within 500 ms". */
  summary: string;
  /** At most 500 characters of the body. */
  body: string;
};

/** How a process ended; `reason` where we ended it ourselves, e.g. "it held 130Mi of memory, 128Mi are allowed". */
export type ProcessEnd = { exitCode: number | null; signal: string | null; reason?: string };

/** What is still owed for a break-glass, and the gates that it overrode. `since` is ISO 8601, UTC. */
export type OpenFollowUp = {
  id: string;
  version: string;
  actor: string;
  reason: string;
  since: string;
  overridden: GateMark[];
};

/** What one gate said: who or what said so (`by`), why, and what to do where it does not pass. */
export type GateSeen = {
  gate: string;
  verdict: "pass" | "fail" | "inconclusive";
  reason: string;
  by: string;
  /** What to do, as an imperative sentence or a command; null where it passes. */
  remedy: string | null;
};

/** What is kept of a gate's word. */
export type GateMark = Omit<GateSeen, "remedy">;

/**
 * Everything that can be expected to go wrong. `kind` names the case; its class (see `exitCode`) is what the
 * caller gets. The words are in `report/failure.ts`, the explanation of each in `docs/failures.md`.
 */
export type Failure =
  // invalid input: exit code 2
  | { kind: "config-invalid"; file: string; problems: Problem[] }
  | { kind: "config-missing"; file: string }
  | { kind: "usage"; got: string; expected: string; remedy: string }
  | { kind: "unknown-name"; what: string; name: string; known: string[]; nearest: string | null }
  | { kind: "graph-cycle"; cycle: string[] }
  | { kind: "plan-version"; file: string; got: string; expected: string }
  | { kind: "plan-stale"; file: string; because: string }
  | { kind: "file-corrupt"; file: string; what: string; reason: string; remedy: string }
  | {
      kind: "journal-broken";
      environment: string;
      /** Null where it was read from the target, not from a file. */
      file: string | null;
      line: number | null;
      /** Number that the first entry that is not right should have. */
      sequence: number;
      /** What that entry says it is, or null where there is none. */
      entry: string | null;
      reason: string;
    }
  | { kind: "git-missing" }
  | { kind: "git-failed"; directory: string; reason: string }
  | { kind: "not-a-repository"; directory: string }
  | { kind: "no-commits"; directory: string }
  | { kind: "ref-unknown"; ref: string }
  | { kind: "ref-not-head"; ref: string; sha: string; head: string }
  | { kind: "shallow-clone"; needed: string }
  | { kind: "event-invalid"; event: string; got: string; expected: string }
  | { kind: "release-tag-needed"; got: string }
  // precondition, before the first effect: exit code 3
  | { kind: "tool-missing"; tool: string; range: string; wantedBy: string }
  | { kind: "tool-too-old"; tool: string; range: string; got: string; path: string; wantedBy: string }
  | { kind: "unsupported"; step: string; what: string; executor: string; remedy: string }
  | { kind: "state-held"; directory: string; pid: number; since: string }
  | { kind: "lease-held"; environment: string; actor: string; version: string; since: string; token: number }
  | { kind: "lease-lost"; environment: string; token: number; current: number | null }
  | {
      kind: "approval-missing";
      environment: string;
      version: string;
      digests: string[];
      command: string;
      /** The environment of GitHub whose reviewers alone approve. */
      reviewers?: string;
      /** How many there are of how many, where there are any. */
      given?: string;
      /** What was handed in and does not count, each with the reason. */
      refused?: string[];
    }
  | { kind: "approval-refused"; environment: string; version: string; by: string; reason: string }
  | {
      kind: "approval-expired";
      environment: string;
      version: string;
      requestedBy: string;
      /** ISO 8601, UTC. */
      since: string;
      expired: string;
      given: string;
    }
  | { kind: "signing-failed"; key: string; reason: string; remedy: string }
  | { kind: "github-down"; what: string; reason: string }
  | { kind: "github-denied"; what: string; status: number; permission: string | null }
  | { kind: "follow-up-open"; environment: string; followUps: OpenFollowUp[] }
  /** The whole go/no-go matrix; at least one of its gates does not pass. */
  | { kind: "no-go"; environment: string; version: string; gates: GateSeen[] }
  | { kind: "secret-unresolved"; name: string; source: string; reason: string }
  | { kind: "port-in-use"; port: number; environment: string }
  | { kind: "router-in-use"; environment: string; router: string; wanted: string }
  | { kind: "artifact-missing"; component: string; path: string }
  | { kind: "image-missing"; image: string; version: string; available: string[] }
  | {
      kind: "registry-denied";
      registry: string;
      repository: string;
      action: string;
      status: number;
      /** A login was given, and is not enough. */
      loggedIn: boolean;
    }
  | { kind: "provenance-refused"; environment: string; image: string; digest: string; reason: string }
  | { kind: "signature-refused"; environment: string; image: string; digest: string; reason: string }
  | {
      kind: "tag-exists";
      image: string;
      tag: string;
      digest: string;
      wanted: string;
      /** The base's tag, where it is not pinned: it may be what has changed. */
      movedBase?: string;
    }
  | { kind: "digest-not-promoted"; environment: string; through: string; digest: string; version: string }
  /** The notes of the image say why. */
  | { kind: "sbom-missing"; image: string; notes: string[] }
  | { kind: "digest-unexpected"; image: string; digest: string; expected: string }
  | { kind: "nothing-live"; environment: string }
  | { kind: "nothing-to-promote"; environment: string; reason: string }
  | { kind: "nothing-to-roll-back-to"; environment: string; live: string | null }
  | { kind: "version-not-kept"; environment: string; version: string; available: string[] }
  | { kind: "version-taken"; environment: string; version: string; digests: string[]; completed: string[] }
  | { kind: "rollout-too-new"; environment: string; needs: string; have: string }
  | { kind: "target-unreachable"; environment: string; reason: string; remedy: string }
  /** A host that nothing can be begun with: not reached, not provisioned, full, of another kind. `remedy` is a command or what to see to. */
  | { kind: "host-unfit"; environment: string; host: string; reason: string; remedy: string }
  /** The lease of the environment is kept on another host than the configuration says. */
  | { kind: "lease-elsewhere"; environment: string; host: string; configured: string }
  /** Resource limits of a release that its target would not hold, as the config writes them. */
  | {
      kind: "limit-not-held";
      environment: string;
      version: string;
      limits: { component: string; limit: string; wanted: string; reason: string }[];
    }
  | { kind: "service-failed"; service: string; reason: string; log: string[]; remedy: string }
  // expected outcome, after the first effect: exit code 1
  /** `found`: what its reports say, a line each, e.g. the failed tests. */
  | { kind: "step-failed"; step: string; end: ProcessEnd; tail: string[]; found?: string[] }
  | { kind: "component-failed"; step: string; component: string; reason: string; log: string[] }
  | { kind: "service-died"; step: string; service: string; log: string[] }
  | { kind: "step-timeout"; step: string; limitMs: number; tail: string[] }
  /** A report that was declared and cannot be used: no evidence is no pass. */
  | { kind: "report-unreadable"; step: string; file: string; reason: string }
  /** The reports tell of failed tests although the command ended with 0. */
  | { kind: "tests-failed"; step: string; failed: number; total: number; found: string[] }
  /** The command ended with 0, and no test ran: there was none, or all `skipped` were. No evidence is no pass. */
  | { kind: "no-tests"; step: string; skipped: number }
  /** `shortfalls`: what is too low and what was expected, a line each. */
  | { kind: "coverage-low"; step: string; shortfalls: string[] }
  /** `found`: file:line, rule and message of the findings at or above `fail`, a line each. */
  | { kind: "findings-present"; step: string; tool: string; count: number; fail: string; found: string[] }
  | { kind: "scan-inconclusive"; step: string; tool: string; reasons: string[] }
  /** Entries of an allow list whose day has passed: rule or path, and the day. */
  | { kind: "allowance-expired"; step: string; entries: string[] }
  | { kind: "step-unsafe-path"; step: string; path: string; reason: string }
  | { kind: "output-missing"; step: string; path: string }
  | { kind: "wrong-architecture"; file: string; got: string; expected: string }
  | {
      kind: "not-healthy";
      component: string;
      version: string;
      waitedMs: number;
      probe: ProbeSeen | null;
      end: ProcessEnd | null;
      log: string[];
    }
  | { kind: "smoke-failed"; check: string; probe: ProbeSeen }
  | { kind: "migration-failed"; end: ProcessEnd; timedOutAfterMs: number | null; log: string[] }
  | { kind: "pause-expired"; environment: string; version: string; weight: number; waitedMs: number }
  | { kind: "analysis-failed"; verdict: "failed" | "inconclusive" | "error"; weight: number; reason: string }
  | { kind: "target-failed"; action: string; reason: string }
  | {
      kind: "registry-failed";
      registry: string;
      repository: string;
      action: string;
      /** Null where there was no answer. */
      status: number | null;
      reason: string;
    }
  | { kind: "image-refused"; image: string; problems: string[] }
  | { kind: "image-not-verified"; image: string; problems: string[] }
  | { kind: "returned"; environment: string; version: string; live: string | null; because: Failure }
  | { kind: "aborted"; environment: string; version: string; live: string | null; by: string }
  // recovery failed: exit code 4
  | {
      kind: "recovery-failed";
      environment: string;
      live: string | null;
      weights: Record<string, number>;
      because: Failure;
      recovery: Failure;
      command: string;
    }
  // interrupted: exit code 130
  | { kind: "interrupted"; by: "SIGINT" | "SIGTERM" | "SIGHUP" }
  // bug: exit code 70
  | { kind: "bug"; message: string; stack: string };

export type FailureKind = Failure["kind"];

const invalidInput = [
  "config-invalid",
  "config-missing",
  "usage",
  "unknown-name",
  "graph-cycle",
  "plan-version",
  "plan-stale",
  "file-corrupt",
  "journal-broken",
  "git-missing",
  "git-failed",
  "not-a-repository",
  "no-commits",
  "ref-unknown",
  "ref-not-head",
  "shallow-clone",
  "release-tag-needed",
  "event-invalid",
] as const satisfies FailureKind[];

const precondition = [
  "tool-missing",
  "tool-too-old",
  "unsupported",
  "state-held",
  "lease-held",
  "lease-lost",
  "approval-missing",
  "approval-refused",
  "approval-expired",
  "signing-failed",
  "github-down",
  "github-denied",
  "follow-up-open",
  "no-go",
  "secret-unresolved",
  "port-in-use",
  "router-in-use",
  "artifact-missing",
  "image-missing",
  "registry-denied",
  "provenance-refused",
  "signature-refused",
  "tag-exists",
  "digest-not-promoted",
  "digest-unexpected",
  "sbom-missing",
  "nothing-live",
  "nothing-to-promote",
  "nothing-to-roll-back-to",
  "version-not-kept",
  "version-taken",
  "rollout-too-new",
  "target-unreachable",
  "host-unfit",
  "lease-elsewhere",
  "limit-not-held",
  "service-failed",
] as const satisfies FailureKind[];

const includes = (kinds: readonly FailureKind[], kind: FailureKind): boolean => kinds.includes(kind);

/** The process exit code of a failure: 2 invalid input, 3 precondition, 1 outcome, 4 recovery failed, 130, 70. */
export function exitCode(failure: Failure): 1 | 2 | 3 | 4 | 70 | 130 {
  if (failure.kind === "interrupted") return 130;
  if (failure.kind === "bug") return 70;
  if (failure.kind === "recovery-failed") return 4;
  if (includes(invalidInput, failure.kind)) return 2;
  if (includes(precondition, failure.kind)) return 3;
  return 1;
}
