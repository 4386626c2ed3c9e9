import type { CanaryStep, Config, Environment, Strategy } from "../../pipeline/config/config.ts";
import { normaliseAnalysis } from "../../pipeline/config/normalise-analysis.ts";
import { normaliseImage } from "../../pipeline/config/normalise-images.ts";
import { makeRelease, type Release } from "../../pipeline/deploy/release.ts";
import { unwrap } from "./unwrap.ts";

/** A canary that is held at each of these weights. */
export const sampleCanary = (
  weights: number[],
  hold: Omit<Extract<CanaryStep, { kind: "hold" }>, "kind" | "analysis">,
): Strategy => ({
  kind: "canary",
  steps: weights.flatMap((weight): CanaryStep[] => [
    { kind: "weight", weight },
    { kind: "hold", analysis: [], ...hold },
  ]),
});

/** An environment without ornaments; canary 10 → 50 → 100 with short holds. */
export const sampleEnvironment = (changes: Partial<Environment> = {}): Environment => ({
  name: "production",
  on: { kind: "release" },
  target: { kind: "local", port: null, router: "built-in" },
  accessories: {},
  environmentFile: null,
  environment: {},
  files: [],
  rules: [],
  reach: [],
  migrate: null,
  strategy: sampleCanary([10, 50], { holdMs: 4_000, samples: 30, limitMs: 20_000 }),
  analysis: normaliseAnalysis({ slack: "20ms" }),
  smoke: [],
  approval: null,
  promoteFrom: null,
  provenance: null,
  signedBy: [],
  watchMs: 5_000,
  warmMs: 900_000,
  drainMs: 10_000,
  leaseMs: 60_000,
  health: [],
  gates: [],
  notify: [],
  ...changes,
});

/** A configuration with one component, `api`, in an image of the same name. */
export const sampleConfig = (environment: Environment): Config => ({
  format: 1,
  file: "bellwether.yaml",
  digest: "c0ffee",
  app: "quotes",
  toolchains: {},
  services: {},
  checks: { lint: [], unit: [], integration: [] },
  security: { secrets: null, vulnerabilities: null, scans: [] },
  components: {
    api: {
      name: "api",
      build: null,
      artifact: "dist",
      command: ["node", "server.js"],
      toolchains: [],
      port: 8080,
      environment: { PORT: "${port}" },
      secrets: [],
      health: {
        live: "/live",
        ready: "/ready",
        startup: null,
        successes: 3,
        spanMs: 1_000,
        intervalMs: 500,
        probeTimeoutMs: 1_000,
        withinMs: 10_000,
      },
      limits: { memoryBytes: null, openFiles: null },
      after: [],
      stopMs: null,
      unit: {},
    },
  },
  images: {
    api: normaliseImage("api", { repository: "registry.example/quotes", platforms: ["linux/amd64"] }),
  },
  registries: {},
  secrets: {},
  dagger: { images: {} },
  environments: { [environment.name]: environment },
});

/** The release of a version; its image digest follows from the version. */
export const sampleRelease = (
  version: string,
  environment = sampleEnvironment(),
  digest = `sha256:${version}`,
): Release =>
  unwrap(
    makeRelease({
      config: sampleConfig(environment),
      environment: environment.name,
      context: { version, sha: "a".repeat(40) },
      images: { api: digest },
      values: {},
      secrets: [],
    }),
  );
