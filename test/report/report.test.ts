import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { reportOf } from "../../pipeline/report/fold.ts";
import { readReport } from "../../pipeline/report/report-file.ts";
import { reportJsonSchema } from "../../pipeline/report/schema.ts";
import { returnedRelease, timed } from "../support/sample-events.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const schema = JSON.parse(readFileSync(new URL("../../schema/report.schema.json", import.meta.url), "utf8"));

test("a report holds stages, steps, cache hits, rollouts and failures in words and as values", () => {
  const report = reportOf(returnedRelease());
  expect(report).toMatchObject({
    format: 1,
    run: "r1",
    app: "quotes",
    version: "1.2.0",
    executor: "host",
    startedAt: 1_000,
    finishedAt: 18_000,
    outcome: "failed",
    exitCode: 1,
    cacheHits: 1,
    stages: [
      { id: "security-scan", outcome: "skipped", reason: "not configured", steps: [] },
      { id: "lint", outcome: "passed", ms: 12, steps: [{ id: "lint:biome", cached: true }] },
      { id: "production", outcome: "failed", steps: [{ failure: { kind: "returned", exitCode: 1 } }] },
    ],
    rollouts: [
      {
        environment: "production",
        version: "1.2.0",
        stable: "1.1.0",
        outcome: "returned",
        weights: [{ weights: { "1.2.0": 10, "1.1.0": 90 } }, { weights: { "1.1.0": 100 } }],
        measured: [{ weight: 10, canary: { p95Ms: 410 } }],
      },
    ],
    failures: [
      { kind: "returned", next: "Mend the release and ship it again.", detail: { version: "1.2.0" } },
    ],
  });
});

test("a report is valid against its JSON Schema and comes back from its JSON as it was", () => {
  const report = reportOf(returnedRelease());
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...report, surprise: 1 })).toBe(false);
  expect(unwrap(readReport("report.json", JSON.stringify(report)))).toEqual(report);
});

test("the report of a run that was cut off says interrupted, never passed", () => {
  const report = reportOf(returnedRelease().slice(0, 9));
  expect(report).toMatchObject({ outcome: "interrupted", exitCode: 130, finishedAt: null });
  expect(report.stages.map((stage) => stage.outcome)).toEqual(["skipped", "passed", "interrupted"]);
});

test("a committed rollout is completed at its URL, and connections left open are counted", () => {
  const rollout = { kind: "rollout", stage: "staging", step: "rollout:staging" } as const;
  const events = timed([
    {
      ...rollout,
      fact: { kind: "began", environment: "staging", version: "1.0.0", stable: null, strategy: "blue-green" },
    },
    { ...rollout, fact: { kind: "committed", version: "1.0.0", url: "http://127.0.0.1:1" } },
    { ...rollout, fact: { kind: "drained", version: "0.9.0", leftOpen: 2 } },
  ]);
  expect(reportOf(events).rollouts).toMatchObject([
    { outcome: "completed", url: "http://127.0.0.1:1", leftOpen: 2 },
  ]);
});

test("B7: a report that is cut off or not one is corrupt, with the reason", () => {
  const text = JSON.stringify(reportOf(returnedRelease()));
  expect(unwrapFailure(readReport("report.json", text.slice(0, 90)))).toMatchObject({
    kind: "file-corrupt",
    file: "report.json",
    what: "report",
  });
  expect(
    unwrapFailure(readReport("report.json", text.replace('"cacheHits":1', '"cacheHits":"1"'))),
  ).toMatchObject({
    reason: expect.stringMatching(/^at cacheHits: /),
  });
});

test("the committed JSON Schema is the one that the code makes", () => {
  expect(schema).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())));
});
