import { describe, expect, test } from "vitest";
import type { Context } from "../../pipeline/context/context.ts";
import type { Plan } from "../../pipeline/plan/plan.ts";
import { deployPlan, makePlan, rollbackPlan } from "../../pipeline/plan/plan-for.ts";
import {
  onBranch,
  onTag,
  sampleCheck,
  sampleConfig,
  sampleContext,
  sampleEnvironment,
} from "../support/sample-config.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const eight = [
  "lint",
  "security-scan",
  "unit-test",
  "integration-test",
  "image",
  "staging",
  "approval",
  "production",
];
const checks = ["lint", "unit-test", "integration-test"];

const due = (plan: Plan): string[] => plan.stages.filter((stage) => stage.due).map((stage) => stage.id);
const reason = (plan: Plan, id: string): string | undefined =>
  plan.stages.find((stage) => stage.id === id)?.reason;
const stepIds = (plan: Plan, id: string): string[] | undefined =>
  plan.stages.find((stage) => stage.id === id)?.steps.map((step) => step.id);

describe("the rules of when", () => {
  const cases: [string, Context, string[]][] = [
    ["a push to develop goes to staging", sampleContext(), [...checks, "image", "staging"]],
    ["a push to main makes images only", onBranch("main"), [...checks, "image"]],
    ["a feature branch is only checked", onBranch("feature/x"), checks],
    ["a pull request is only checked", onBranch("develop", { event: "pull_request" }), checks],
    ["a tag makes images only", onTag("v1.2.3"), [...checks, "image"]],
    [
      "a release goes through staging and approval to production",
      onTag("v1.2.3", { event: "release" }),
      [...checks, "image", "staging", "approval", "production"],
    ],
    [
      "a dispatch is treated as a push of its ref",
      onBranch("develop", { event: "dispatch" }),
      [...checks, "image", "staging"],
    ],
    [
      "a local run on develop ends before its environments",
      onBranch("develop", { event: "local" }),
      [...checks, "image"],
    ],
    ["a local run on a feature branch is only checked", onBranch("feature/x", { event: "local" }), checks],
    ["a detached head is only checked", sampleContext({ branch: null, ref: "HEAD" }), checks],
  ];
  test.each(cases)("%s", (_name, context, expected) => {
    const plan = unwrap(makePlan(sampleConfig(), context));
    expect(plan.stages.map((stage) => stage.id)).toEqual(eight);
    expect(due(plan)).toEqual(expected);
    for (const stage of plan.stages) expect(stage.due || stage.steps.length === 0).toBe(true);
  });
});

test("each stage says why it is or is not due", () => {
  const reasons = (context: Context): Record<string, string> =>
    Object.fromEntries(
      unwrap(makePlan(sampleConfig(), context)).stages.map((each) => [each.id, each.reason]),
    );
  expect(reasons(onBranch("feature/x"))).toEqual({
    lint: "checks run on every change",
    "security-scan": "not configured",
    "unit-test": "checks run on every change",
    "integration-test": "checks run on every change",
    image: "branch feature/x is only checked; images come from main or develop, tags and releases",
    staging: "runs on a push to develop",
    approval: "production is not due",
    production: "runs on a published release",
  });
  expect(reasons(onTag("v1.0.0", { event: "release" }))).toMatchObject({
    image: "release v1.0.0 ships images",
    staging: "production promotes from it; skipped where it has these digests already",
    approval: "production asks for an approval",
    production: "release v1.0.0 was published",
  });
  expect(reasons(onBranch("develop", { event: "local" })).staging).toBe(
    "a local run ends before its environments; bellwether run staging goes on",
  );
  expect(reasons(onBranch("develop", { event: "pull_request" })).staging).toBe(
    "a pull request is only checked",
  );
});

test("staging and production are listed even where nobody configured them", () => {
  const plan = unwrap(makePlan(sampleConfig({ environments: {} }), sampleContext()));
  expect(plan.stages.map((stage) => stage.id)).toEqual(eight);
  expect(reason(plan, "staging")).toBe("no environment called staging is configured");
  expect(reason(plan, "approval")).toBe("no environment called production is configured");
  expect(reason(plan, "production")).toBe("no environment called production is configured");
});

test("other environments have stages of their own, in written order, between staging and production's approval", () => {
  const { staging, production } = sampleConfig().environments;
  if (!staging || !production) throw new Error("the sample has both");
  const qa = sampleEnvironment("qa", {
    on: { kind: "branch", branches: ["release/*"] },
    approval: { required: 2, fourEyes: false, expiresMs: 1, signers: null, github: null, recorded: true },
  });
  const demo = sampleEnvironment("demo", { on: { kind: "manual" } });
  const config = sampleConfig({ environments: { qa, production, demo, staging } });
  const plan = unwrap(makePlan(config, onBranch("release/7")));
  expect(plan.stages.map((stage) => stage.id)).toEqual([
    ...eight.slice(0, 6),
    "approval-qa",
    "qa",
    "demo",
    "approval",
    "production",
  ]);
  expect(due(plan)).toEqual([...checks, "image", "approval-qa", "qa"]);
  expect(reason(plan, "image")).toBe("branch release/7 ships images");
  expect(reason(plan, "approval-qa")).toBe("qa asks for 2 approvals");
  expect(reason(plan, "demo")).toBe("by hand only: bellwether deploy demo");
});

test("an environment may be triggered by tags", () => {
  const config = sampleConfig({
    environments: { staging: sampleEnvironment("staging", { on: { kind: "tag", tags: ["rc-*"] } }) },
  });
  expect(due(unwrap(makePlan(config, onTag("rc-4"))))).toContain("staging");
  const other = unwrap(makePlan(config, onTag("v1.0.0")));
  expect(reason(other, "staging")).toBe("runs on a tag that matches rc-*");
});

test("a step is in the plan once: a set-up stands in the first due stage that needs it", () => {
  const plan = unwrap(makePlan(sampleConfig(), sampleContext()));
  expect(plan.stages.map((stage) => stage.steps.map((step) => step.id))).toEqual([
    ["setup:node", "lint:biome"],
    [],
    ["unit:vitest"],
    ["integration:api"],
    ["build:api", "image:api"],
    ["rollout:staging"],
    [],
    [],
  ]);
  expect(plan.stages[2]?.steps[0]?.needs).toEqual(["setup:node"]);
});

test("without linters the set-up moves to the tests, and lint is not configured rather than passed", () => {
  const config = sampleConfig({ checks: { lint: [], unit: [sampleCheck("vitest")], integration: [] } });
  const plan = unwrap(makePlan(config, onBranch("feature/x")));
  expect(due(plan)).toEqual(["unit-test"]);
  expect(reason(plan, "lint")).toBe("not configured");
  expect(stepIds(plan, "unit-test")).toEqual(["setup:node", "unit:vitest"]);
});

test("named stages bring what they need, and the others are listed as not asked for", () => {
  const plan = unwrap(makePlan(sampleConfig(), sampleContext(), ["unit-test"]));
  expect(due(plan)).toEqual(["unit-test"]);
  expect(stepIds(plan, "unit-test")).toEqual(["setup:node", "unit:vitest"]);
  expect(reason(plan, "lint")).toBe("not asked for");
  expect(reason(plan, "production")).toBe("runs on a published release");
});

test("a local run reaches staging when it is named, with everything before it", () => {
  const plan = unwrap(makePlan(sampleConfig(), onBranch("develop", { event: "local" }), ["staging"]));
  expect(due(plan)).toEqual([...checks, "image", "staging"]);
  expect(reason(plan, "staging")).toBe("asked for by name");
});

test("a local run at a tag reaches production when it is named, through staging and approval", () => {
  const plan = unwrap(makePlan(sampleConfig(), onTag("v2.0.0", { event: "local" }), ["production"]));
  expect(due(plan)).toEqual([...checks, "image", "staging", "approval", "production"]);
});

test("a named stage that this context does not allow is refused with the reason", () => {
  expect(unwrapFailure(makePlan(sampleConfig(), onBranch("feature/x"), ["image"]))).toMatchObject({
    kind: "usage",
    got: "the stage image, which is not due: branch feature/x is only checked; images come from main or develop, tags and releases",
  });
});

test("a named check that is not configured stays skipped", () => {
  const plan = unwrap(makePlan(sampleConfig(), sampleContext(), ["security-scan"]));
  expect(due(plan)).toEqual([]);
  expect(reason(plan, "security-scan")).toBe("not configured");
});

test("an unknown stage is refused with the nearest one named", () => {
  expect(unwrapFailure(makePlan(sampleConfig(), sampleContext(), ["unit-tests"]))).toEqual({
    kind: "unknown-name",
    what: "stage",
    name: "unit-tests",
    known: eight,
    nearest: "unit-test",
  });
});

test("environments that promote from each other are a cycle, named in full", () => {
  const config = sampleConfig({
    environments: {
      staging: sampleEnvironment("staging", { promoteFrom: "production" }),
      production: sampleEnvironment("production", { promoteFrom: "staging" }),
    },
  });
  expect(unwrapFailure(makePlan(config, sampleContext()))).toEqual({
    kind: "graph-cycle",
    cycle: ["staging", "production", "staging"],
  });
});

test("an environment that is named like another stage is refused", () => {
  const config = sampleConfig({ environments: { image: sampleEnvironment("image") } });
  expect(unwrapFailure(makePlan(config, sampleContext()))).toMatchObject({
    kind: "usage",
    got: "an environment called image in bellwether.yaml",
  });
});

test("a deploy is the environment's approval and rollout, and nothing else", () => {
  const plan = unwrap(deployPlan(sampleConfig(), sampleContext(), "production"));
  expect(plan.stages.map(({ id, needs, due: isDue }) => ({ id, needs, isDue }))).toEqual([
    { id: "approval", needs: [], isDue: true },
    { id: "production", needs: ["approval"], isDue: true },
  ]);
  expect(unwrapFailure(deployPlan(sampleConfig(), sampleContext(), "prodution"))).toMatchObject({
    kind: "unknown-name",
    what: "environment",
    nearest: "production",
  });
});

test("a rollback is a plan of its own", () => {
  const plan = unwrap(rollbackPlan(sampleConfig(), sampleContext(), "production", "1.0.0"));
  expect(plan.stages).toEqual([
    {
      id: "rollback",
      title: "Rollback of production",
      needs: [],
      due: true,
      reason: "asked for: 1.0.0",
      steps: [
        {
          kind: "rollback",
          id: "rollback:production",
          title: "Roll production back to 1.0.0",
          needs: [],
          environment: "production",
          to: "1.0.0",
        },
      ],
    },
  ]);
});

test("the same config and context give the same plan", () => {
  expect(makePlan(sampleConfig(), sampleContext())).toEqual(makePlan(sampleConfig(), sampleContext()));
});
