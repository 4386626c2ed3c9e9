import type { Config, Environment } from "../../pipeline/config/config.ts";
import { makeRelease, type Release } from "../../pipeline/deploy/release.ts";
import { unwrap } from "./unwrap.ts";

/** An environment without ornaments; canary 10 → 50 → 100 with short holds. */
export const sampleEnvironment = (changes: Partial<Environment> = {}): Environment => ({
  name: "production",
  on: { kind: "release" },
  target: { kind: "local", port: null },
  accessories: {},
  environmentFile: null,
  environment: {},
  migrate: null,
  strategy: { kind: "canary", weights: [10, 50, 100], holdMs: 4_000, samples: 30, limitMs: 20_000 },
  analysis: { maxErrors: 0.01, maxRatio: 1.5, slackMs: 20 },
  smoke: [],
  approval: null,
  promoteFrom: null,
  watchMs: 5_000,
  warmMs: 900_000,
  drainMs: 10_000,
  health: { cpu: null, memory: null, disk: null, accessories: {} },
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
  security: { scans: [] },
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
      after: [],
    },
  },
  images: {
    api: {
      name: "api",
      component: "api",
      base: "scratch",
      platforms: ["linux/amd64"],
      repository: "registry.example/quotes",
      workdir: "/app",
      labels: {},
    },
  },
  secrets: {},
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
