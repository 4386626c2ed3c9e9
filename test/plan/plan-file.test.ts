import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { readPlan } from "../../pipeline/plan/plan-file.ts";
import { makePlan, rollbackPlan } from "../../pipeline/plan/plan-for.ts";
import { planJsonSchema } from "../../pipeline/plan/schema.ts";
import { onTag, sampleConfig, sampleContext } from "../support/sample-config.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const schema = JSON.parse(readFileSync(new URL("../../schema/plan.schema.json", import.meta.url), "utf8"));

const config = sampleConfig();
const release = () => unwrap(makePlan(config, onTag("v1.2.3", { event: "release" })));
const read = (value: unknown) => readPlan("plan.json", JSON.stringify(value), config);

test("a plan comes back from its JSON as it was", () => {
  expect(unwrap(read(release()))).toEqual(release());
});

test("real plans are valid against the JSON Schema", () => {
  const validate = new Ajv2020({ strict: true }).compile(schema);
  for (const plan of [release(), unwrap(rollbackPlan(config, sampleContext(), "staging", null))]) {
    expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...plan, surprise: 1 })).toBe(false);
  }
});

test("a plan of another format is refused", () => {
  expect(unwrapFailure(read({ ...release(), format: 2 }))).toEqual({
    kind: "plan-version",
    file: "plan.json",
    got: "2",
    expected: "1",
  });
});

test("a plan is refused when the config has changed since", () => {
  const changed = sampleConfig({ digest: "d".repeat(64) });
  expect(unwrapFailure(readPlan("plan.json", JSON.stringify(release()), changed))).toEqual({
    kind: "plan-stale",
    file: "plan.json",
    because: "it was made from config cccccccccccc, bellwether.yaml is now dddddddddddd",
  });
});

describe("a corrupt plan is named as such", () => {
  const plan = release();
  const [lint, ...others] = plan.stages;
  if (!lint) throw new Error("there is a first stage");
  const cases: [string, unknown, RegExp][] = [
    ["no object", 7, /^it has no format$/],
    ["a missing field", { ...plan, stages: [{ ...lint, due: "yes" }] }, /^at stages\.0\.due: /],
    ["a stage that is there twice", { ...plan, stages: [lint, ...plan.stages] }, /^lint is there twice$/],
    ["a need that is not there", { ...plan, stages: others }, /^image needs lint, which is not there$/],
  ];
  test.each(cases)("%s", (_name, value, because) => {
    const failure = unwrapFailure(read(value));
    expect(failure).toMatchObject({ kind: "file-corrupt", file: "plan.json", what: "plan" });
    expect(failure.kind === "file-corrupt" && failure.reason).toMatch(because);
  });

  test("cut off in the middle", () => {
    const cut = JSON.stringify(plan).slice(0, 100);
    expect(unwrapFailure(readPlan("plan.json", cut, config))).toMatchObject({ kind: "file-corrupt" });
  });
});

test("a plan whose stages wait for each other is a cycle", () => {
  const plan = release();
  const stages = plan.stages.map((stage) => (stage.id === "lint" ? { ...stage, needs: ["image"] } : stage));
  expect(unwrapFailure(read({ ...plan, stages }))).toEqual({
    kind: "graph-cycle",
    cycle: ["lint", "image", "lint"],
  });
});

test("the committed JSON Schema is the one that the code makes", () => {
  expect(schema).toEqual(JSON.parse(JSON.stringify(planJsonSchema())));
});
