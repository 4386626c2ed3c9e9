import type { Check, Component, Config, Environment, Toolchain } from "../../pipeline/config/config.ts";
import { normaliseAnalysis } from "../../pipeline/config/normalise-analysis.ts";
import { normaliseImage } from "../../pipeline/config/normalise-images.ts";
import type { Context } from "../../pipeline/context/context.ts";

/** A check named `name` that runs in node; `over` replaces what matters to a test. */
export const sampleCheck = (name: string, over: Partial<Check> = {}): Check => ({
  name,
  run: `npx ${name}`,
  toolchains: ["node"],
  directory: ".",
  inputs: [],
  outputs: [],
  services: [],
  environment: {},
  secrets: [],
  timeoutMs: 60_000,
  cache: true,
  reports: { junit: null, coverage: null },
  findings: null,
  coverage: null,
  components: [],
  ...over,
});

const node: Toolchain = {
  name: "node",
  version: ">=20.19",
  image: "node:24-slim",
  probe: ["node", "--version"],
  directory: ".",
  setup: ["npm ci"],
  setupInputs: ["package.json", "package-lock.json"],
  setupOutputs: ["node_modules"],
  setupPass: [],
  caches: [".npm"],
  passEnvironment: ["HOME"],
  path: [],
  environment: {},
};

const api: Component = {
  name: "api",
  build: { run: "npm run build", inputs: ["src/**"], outputs: ["dist"], timeoutMs: 60_000 },
  artifact: "dist",
  command: "node server.js",
  toolchains: ["node"],
  port: 8080,
  environment: {},
  secrets: [],
  health: {
    live: null,
    ready: "/ready",
    startup: null,
    successes: 3,
    spanMs: 500,
    intervalMs: 100,
    probeTimeoutMs: 1000,
    withinMs: 30_000,
  },
  limits: { memoryBytes: null, openFiles: null },
  after: [],
  stopMs: null,
  unit: {},
};

/** An environment that a push to develop rolls out to, without approval. */
export const sampleEnvironment = (name: string, over: Partial<Environment> = {}): Environment => ({
  name,
  on: { kind: "branch", branches: ["develop"] },
  target: { kind: "local", port: null, router: "built-in" },
  accessories: {},
  environmentFile: null,
  environment: {},
  files: [],
  rules: [],
  reach: [],
  migrate: null,
  strategy: { kind: "blue-green" },
  analysis: normaliseAnalysis({ "max-ratio": 1.2, slack: "20ms" }),
  smoke: [],
  approval: null,
  promoteFrom: null,
  provenance: null,
  signedBy: [],
  watchMs: 0,
  warmMs: 0,
  drainMs: 1000,
  leaseMs: 60_000,
  health: [],
  gates: [],
  notify: [],
  ...over,
});

const staging = sampleEnvironment("staging");

const production = sampleEnvironment("production", {
  on: { kind: "release" },
  approval: {
    required: 1,
    fourEyes: false,
    expiresMs: 3_600_000,
    signers: null,
    github: null,
    recorded: true,
  },
  promoteFrom: "staging",
  provenance: null,
  signedBy: [],
});

/** A small system: one linter, one unit test, one integration test with PostgreSQL, one image, two environments. */
export const sampleConfig = (over: Partial<Config> = {}): Config => ({
  format: 1,
  file: "bellwether.yaml",
  digest: "c".repeat(64),
  app: "quotes",
  toolchains: { node },
  services: {
    postgres: {
      name: "postgres",
      kind: "postgres",
      version: ">=15",
      image: "postgres:15",
      database: "quotes",
      user: "quotes",
      init: [],
      extensions: [],
      environment: { DATABASE_URL: "url", PGPORT: "port" },
    },
  },
  checks: {
    lint: [sampleCheck("biome")],
    unit: [sampleCheck("vitest")],
    integration: [sampleCheck("api", { services: ["postgres"], environment: { PGPORT: "5432" } })],
  },
  security: { secrets: null, vulnerabilities: null, scans: [] },
  components: { api },
  images: {
    api: normaliseImage("api", { repository: "registry.example/quotes", platforms: ["linux/amd64"] }),
  },
  registries: {},
  secrets: {},
  dagger: { images: {} },
  environments: { staging, production },
  ...over,
});

/** A push to `develop`; `over` replaces what matters to a test. */
export const sampleContext = (over: Partial<Context> = {}): Context => ({
  event: "push",
  ref: "refs/heads/develop",
  branch: "develop",
  tag: null,
  sha: "a".repeat(40),
  committedAt: 1_700_000_000_000,
  dirty: false,
  actor: "asha",
  time: 1_700_000_100_000,
  version: "0.0.0-develop.7+aaaaaaa",
  ...over,
});

/** The same at a branch. */
export const onBranch = (branch: string, over: Partial<Context> = {}): Context =>
  sampleContext({ ref: `refs/heads/${branch}`, branch, ...over });

/** The same at a tag. */
export const onTag = (tag: string, over: Partial<Context> = {}): Context =>
  sampleContext({ ref: `refs/tags/${tag}`, branch: null, tag, version: tag.replace(/^v/, ""), ...over });
