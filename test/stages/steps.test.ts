import { expect, test } from "vitest";
import { buildSteps } from "../../pipeline/stages/build.ts";
import { image } from "../../pipeline/stages/image.ts";
import { integrationTest } from "../../pipeline/stages/integration-test.ts";
import { lint } from "../../pipeline/stages/lint.ts";
import { securityScan } from "../../pipeline/stages/security-scan.ts";
import { setupSteps } from "../../pipeline/stages/toolchains.ts";
import { onBranch, sampleCheck, sampleConfig, sampleContext } from "../support/sample-config.ts";

test("a check takes image, tools, caches and variables from its toolchain and needs its set-up", () => {
  expect(lint(sampleConfig()).steps).toEqual([
    {
      kind: "hermetic",
      id: "lint:biome",
      title: "biome",
      needs: ["setup:node"],
      image: "node:24-slim",
      tools: [{ name: "node", range: ">=20.19", probe: ["node", "--version"] }],
      commands: ["npx biome"],
      directory: ".",
      inputs: [],
      outputs: [],
      environment: {},
      passEnvironment: ["HOME"],
      secrets: [],
      services: [],
      caches: [".npm"],
      timeoutMs: 60_000,
      cache: true,
      reports: { junit: null, coverage: null },
      path: [],
      findings: null,
      rules: { coverage: null, scan: null },
      components: [],
    },
  ]);
});

test("a check's services give it their connection facts, and its own values win", () => {
  const [step] = integrationTest(sampleConfig()).steps;
  expect(step).toMatchObject({
    environment: { DATABASE_URL: "${services.postgres.url}", PGPORT: "5432" },
    services: [{ name: "postgres", kind: "postgres" }],
  });
});

test("a check without a toolchain runs in a plain image and needs nothing", () => {
  const checks = { lint: [sampleCheck("sh", { toolchains: [] })], unit: [], integration: [] };
  expect(lint(sampleConfig({ checks })).steps).toMatchObject([
    { image: "debian:bookworm-slim", tools: [], needs: [] },
  ]);
});

test("without scans the security stage is not due, never passed", () => {
  expect(securityScan(sampleConfig(), onBranch("feature/x"))).toMatchObject({
    due: false,
    reason: "not configured",
    steps: [],
  });
});

test("an image needs the build of its component", () => {
  expect(image(sampleConfig(), sampleContext()).steps).toEqual([
    { kind: "image", id: "image:api", title: "Image api", needs: ["build:api"], image: "api" },
  ]);
});

test("a set-up or a build without outputs is not cached: a hit would restore nothing", () => {
  const { node } = sampleConfig().toolchains;
  const { api } = sampleConfig().components;
  if (!node || !api?.build) throw new Error("the sample has both");
  const bare = sampleConfig({
    toolchains: { node: { ...node, setupOutputs: [] } },
    components: { api: { ...api, build: { ...api.build, outputs: [] } } },
  });
  for (const make of [setupSteps, buildSteps]) {
    expect(make(sampleConfig())).toMatchObject([{ cache: true }]);
    expect(make(bare)).toMatchObject([{ cache: false }]);
  }
});

test("the two scans are steps of this very program, the vulnerabilities' with the day in its key", () => {
  const security = {
    secrets: { scanner: "auto" as const, exclude: ["data/**"], allow: [] },
    vulnerabilities: { fail: "high" as const, scanners: ["trivy"], ignore: [], acceptInconclusive: null },
    scans: [],
  };
  const { due, steps } = securityScan(sampleConfig({ security }), onBranch("feature/x"));
  expect(due).toBe(true);
  expect(steps).toMatchObject([
    {
      id: "scan:secrets",
      commands: [
        [
          ...["bellwether", "scan", "secrets", "--out", ".bellwether/evidence/scan-secrets.json"],
          ...["--scanner", "auto", "--exclude", "data/**"],
        ],
      ],
      outputs: [".bellwether/evidence/scan-secrets.json"],
      rules: { scan: { kind: "secrets", fail: "low" } },
    },
    {
      id: "scan:vulnerabilities",
      needs: ["setup:node"],
      environment: { BELLWETHER_SCAN_DAY: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
      rules: { scan: { kind: "vulnerabilities", fail: "high" } },
    },
  ]);
});
