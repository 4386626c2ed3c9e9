import type { RunEvent, RunFact } from "../../pipeline/run/event.ts";

/** Facts with times: 1 s apart from 1000 ms on. */
export const timed = (facts: RunFact[]): RunEvent[] =>
  facts.map((fact, index) => ({ at: 1_000 + index * 1_000, ...fact }));

/** A release whose canary goes back: a cached linter, a skipped scan, a withdrawn rollout. */
export const returnedRelease = (): RunEvent[] => {
  const rollout = { kind: "rollout", stage: "production", step: "rollout:production" } as const;
  const because = {
    kind: "analysis-failed",
    verdict: "failed",
    weight: 10,
    reason: "p95 410 ms, stable 8 ms",
  } as const;
  const failure = {
    kind: "returned",
    environment: "production",
    version: "1.2.0",
    live: "1.1.0",
    because,
  } as const;
  const canary = { version: "1.2.0", requests: 40, failed: 0, p95Ms: 410 };
  const stable = { version: "1.1.0", requests: 360, failed: 0, p95Ms: 8 };
  return timed([
    {
      kind: "run-started",
      run: "r1",
      app: "quotes",
      version: "1.2.0",
      ref: "refs/tags/v1.2.0",
      executor: "host",
    },
    { kind: "stage-skipped", stage: "security-scan", title: "Security scan", reason: "not configured" },
    { kind: "stage-started", stage: "lint", title: "Lint" },
    { kind: "step-started", stage: "lint", step: "lint:biome", title: "biome" },
    {
      kind: "step-output",
      stage: "lint",
      step: "lint:biome",
      stream: "out",
      line: "\u001b[2J\u001b[31mchecked\u001b[0m 9 files",
    },
    {
      kind: "step-finished",
      stage: "lint",
      step: "lint:biome",
      title: "biome",
      result: { outcome: "passed", cached: true, notes: [] },
      ms: 12,
    },
    { kind: "stage-finished", stage: "lint", title: "Lint", outcome: "passed", ms: 12 },
    { kind: "stage-started", stage: "production", title: "Production" },
    { kind: "step-started", stage: "production", step: "rollout:production", title: "Rollout to production" },
    {
      ...rollout,
      fact: {
        kind: "began",
        environment: "production",
        version: "1.2.0",
        stable: "1.1.0",
        strategy: "canary",
      },
    },
    { ...rollout, fact: { kind: "shifted", weights: { "1.2.0": 10, "1.1.0": 90 } } },
    {
      ...rollout,
      fact: {
        kind: "measured",
        weight: 10,
        heldMs: 4000,
        holdMs: 8000,
        canary,
        stable,
        checks: [],
        verdict: "failed: p95",
      },
    },
    {
      ...rollout,
      fact: { kind: "returning", version: "1.2.0", to: "1.1.0", reason: "p95 410 ms, stable 8 ms" },
    },
    { ...rollout, fact: { kind: "shifted", weights: { "1.1.0": 100 } } },
    {
      ...rollout,
      fact: { kind: "returned", version: "1.2.0", live: "1.1.0", reason: "p95 410 ms, stable 8 ms" },
    },
    {
      kind: "step-finished",
      stage: "production",
      step: "rollout:production",
      title: "Rollout to production",
      result: { outcome: "failed", failure },
      ms: 6000,
    },
    { kind: "stage-finished", stage: "production", title: "Production", outcome: "failed", ms: 6000 },
    { kind: "run-finished", run: "r1", outcome: "failed", ms: 17_000, failures: [failure] },
  ]);
};
