import { describe, expect, test } from "vitest";
import type { Failure } from "../../pipeline/failure.ts";
import { explain, explainLines } from "../../pipeline/report/failure.ts";

const probe = {
  url: "http://127.0.0.1:1/ready",
  status: 301,
  summary: "got 301 to /login, expected 200",
  body: "moved",
};
const digest = `sha256:${"a".repeat(64)}`;

const cases: [Failure, string[]][] = [
  [
    { kind: "usage", got: "no environment", expected: "an environment", remedy: "Name one." },
    ["Got no environment.", "  expected: an environment", "  next: Name one."],
  ],
  [
    { kind: "unknown-name", what: "stage", name: "lnt", known: ["lint", "image"], nearest: "lint" },
    ["There is no stage called lnt.", "  expected: one of lint and image", "  next: Did you mean lint?"],
  ],
  [
    { kind: "graph-cycle", cycle: ["a", "b", "a"] },
    [
      "These wait for each other: a → b → a.",
      "  expected: needs without a circle",
      "  next: Take one of the needs out of the circle.",
    ],
  ],
  [
    { kind: "no-tests", step: "integration:api", skipped: 3 },
    [
      "integration:api ended with exit code 0, but skipped all of its 3 tests.",
      "  expected: at least one test: without any there is no evidence of a pass",
      "  next: Give them what they are skipped for, as `services` and `env` of the check, or take the check out of the config.",
    ],
  ],
  [
    { kind: "ref-not-head", ref: "refs/heads/main", sha: "1".repeat(40), head: "2".repeat(40) },
    [
      "refs/heads/main is commit 111111111111, and what is checked out is 222222222222.",
      "  expected: the ref that is checked out",
      "  next: Check it out first: `git checkout main`.",
    ],
  ],
  [
    {
      kind: "tool-too-old",
      tool: "node",
      range: ">=20.19",
      got: "18.0.0",
      path: "/usr/bin/node",
      wantedBy: "unit:vitest",
    },
    [
      "node is 18.0.0; unit:vitest needs >=20.19.",
      "  expected: node >=20.19",
      "  next: Install node >=20.19, put it before /usr/bin/node on PATH, or change the range in the config.",
    ],
  ],
  [
    {
      kind: "lease-held",
      environment: "production",
      actor: "asha",
      version: "1.2.0",
      since: "09:15",
      token: 7,
    },
    [
      "production is held by a rollout of 1.2.0 by asha, since 09:15 (token 7).",
      "  expected: an environment without a rollout under way",
      "  next: Wait until it has ended, or end it with `bellwether abort production`.",
    ],
  ],
  [
    {
      kind: "approval-missing",
      environment: "production",
      version: "1.2.3",
      digests: [digest],
      command: "bellwether approve production",
    },
    [
      "1.2.3 waits for approval for production.",
      `  | digest ${digest}`,
      "  expected: an approval of 1.2.3 with these digests",
      "  next: Approve it with `bellwether approve production`, then repeat this run.",
    ],
  ],
  [
    { kind: "version-not-kept", environment: "production", version: "0.9.0", available: ["1.0.0", "1.1.0"] },
    [
      "0.9.0 is not kept on production.",
      "  expected: one of 1.0.0 and 1.1.0",
      "  next: Go back to one that is kept: `bellwether rollback production --to 1.1.0`.",
    ],
  ],
  [
    { kind: "step-failed", step: "unit:vitest", end: { exitCode: 2, signal: null }, tail: ["1 failed"] },
    [
      "unit:vitest failed: exit code 2.",
      "  | 1 failed",
      "  expected: exit code 0",
      "  next: Mend what its last lines say and run it again.",
    ],
  ],
  [
    { kind: "step-timeout", step: "unit:vitest", limitMs: 90_000, tail: [] },
    [
      "unit:vitest ran into its time limit of 1 min 30 s and was stopped.",
      "  expected: an end within 1 min 30 s",
      "  next: Find what it waits for in its last lines, or raise `timeout` in the config.",
    ],
  ],
  [
    {
      kind: "not-healthy",
      component: "api",
      version: "1.2.0",
      waitedMs: 30_000,
      probe,
      end: { exitCode: null, signal: "SIGSEGV" },
      log: ["boom"],
    },
    [
      "api of 1.2.0 did not become healthy within 30 s; its process ended: killed by SIGSEGV.",
      "  | last probe: http://127.0.0.1:1/ready → 301 (got 301 to /login, expected 200)",
      "  | body: moved",
      "  | boom",
      "  expected: enough good answers in a row",
      "  next: The release before it keeps serving. Mend what the probe and the log say and release again.",
    ],
  ],
  [
    {
      kind: "migration-failed",
      end: { exitCode: null, signal: "SIGKILL" },
      timedOutAfterMs: 60_000,
      log: ["001 done"],
    },
    [
      "The migration ran into its time limit of 1 min and was stopped.",
      "  | 001 done",
      "  expected: exit code 0",
      "  next: No traffic moved. See in its log what was applied, mend it and release again.",
    ],
  ],
  [
    {
      kind: "returned",
      environment: "production",
      version: "1.2.0",
      live: "1.1.0",
      because: { kind: "analysis-failed", verdict: "failed", weight: 10, reason: "p95 410 ms, stable 8 ms" },
    },
    [
      "1.2.0 was withdrawn from production; 1.1.0 is live. The analysis at 10 % failed: p95 410 ms, stable 8 ms.",
      "  expected: a successful verdict at every weight",
      "  next: Mend the release and ship it again.",
    ],
  ],
  [
    {
      kind: "recovery-failed",
      environment: "production",
      live: "1.1.0",
      weights: { "1.2.0": 10, "1.1.0": 90 },
      because: { kind: "smoke-failed", check: "quotes", probe },
      recovery: { kind: "target-failed", action: "shift the traffic", reason: "no answer" },
      command: "bellwether rollback production",
    },
    [
      "RECOVERY FAILED on production: it could not be brought back. The target could not shift the traffic: no answer.",
      "  | live: 1.1.0",
      "  | weights: 1.2.0 10 %, 1.1.0 90 %",
      "  | first cause: The smoke check quotes failed: got 301 to /login, expected 200.",
      "  expected: the release before it serving everything",
      "  next: Act now: `bellwether rollback production`",
    ],
  ],
  [
    { kind: "interrupted", by: "SIGINT" },
    ["Interrupted by SIGINT.", "  next: Run it again: what was finished comes from the cache."],
  ],
];

describe("a failure says what happened, what was expected and what to do next", () => {
  test.each(cases)("$kind", (failure, lines) => {
    expect(explainLines(failure)).toEqual(lines);
  });
});

test("B10: every problem of a config is one line with its place, its path, the nearest key and the remedy", () => {
  const problem = {
    file: "bellwether.yaml",
    line: 12,
    column: 5,
    path: "environments.staging.stratgy",
    got: "an unknown key",
    expected: "a known one",
    nearest: "strategy",
    remedy: "Rename it.",
  };
  const { nearest: _nearest, ...other } = problem;
  expect(
    explainLines({
      kind: "config-invalid",
      file: "bellwether.yaml",
      problems: [problem, { ...other, line: 0, column: 0, path: "", file: ".env" }],
    }),
  ).toEqual([
    "bellwether.yaml has 2 problems.",
    "  | bellwether.yaml:12:5 environments.staging.stratgy: got an unknown key, expected a known one (did you mean strategy?) → Rename it.",
    "  | .env: got an unknown key, expected a known one → Rename it.",
    "  next: Mend them, then check with `bellwether validate`.",
  ]);
});

test("B16: a redirect is told as what it is", () => {
  expect(explain({ kind: "smoke-failed", check: "login", probe }).what).toBe(
    "The smoke check login failed: got 301 to /login, expected 200.",
  );
});
