/**
 * The normalised configuration: what code may use. Defaults are filled in, short forms expanded, units are
 * milliseconds, bytes and fractions. `schema.ts` describes what a person may write (`WrittenConfig`).
 */
export type Config = {
  format: 1;
  /** Path of the file as the user named it. */
  file: string;
  /** sha256 (hex) of the canonical JSON of everything below. */
  digest: string;
  app: string;
  toolchains: Record<string, Toolchain>;
  /** Servers for tests; thrown away afterwards. */
  services: Record<string, ServiceSpec>;
  checks: { lint: Check[]; unit: Check[]; integration: Check[] };
  security: { scans: Check[] };
  components: Record<string, Component>;
  images: Record<string, ImageSpec>;
  /** Secrets by reference, resolved at the last moment. */
  secrets: Record<string, SecretReference>;
  /** In written order; `extends` is resolved. */
  environments: Record<string, Environment>;
};

/** A command: a string runs by `sh -c`, a list as argv. */
export type Command = string | string[];

export type Toolchain = {
  name: string;
  /** semver range the tool's own version must satisfy. */
  version: string;
  /** Container image for executors that run containers. */
  image: string;
  /** Program whose version is asked, e.g. ["node", "--version"]. */
  probe: string[];
  /** Working directory relative to the repository's root, "." by default. */
  directory: string;
  /** Commands that prepare the tree, in order; for node with a package-lock.json: `npm ci`. Empty: none. */
  setup: Command[];
  /** Globs that the set-up reads, e.g. package.json and the lock. */
  setupInputs: string[];
  /** Paths that the set-up writes, e.g. node_modules. */
  setupOutputs: string[];
  /** Directories kept between runs and never hashed (container executors mount cache volumes there). */
  caches: string[];
  /** Names of variables handed on from the caller's environment. */
  passEnvironment: string[];
};

export type ServiceKind = "postgres" | "redis";

export type ServiceSpec = {
  name: string;
  kind: ServiceKind;
  /** semver range of the server. */
  version: string;
  image: string;
  database: string;
  user: string;
  /** SQL file run once after start, or null. */
  init: string | null;
  /** Names under which steps find the connection: variable → fact. By default e.g. DATABASE_URL → url. */
  environment: Record<string, "url" | "host" | "port" | "user" | "password" | "database">;
};

export type Check = {
  name: string;
  run: Command;
  toolchains: string[];
  directory: string;
  /** Globs; empty means everything that git does not ignore. */
  inputs: string[];
  outputs: string[];
  /** Names of `services`. */
  services: string[];
  environment: Record<string, string>;
  /** Names of `secrets`. */
  secrets: string[];
  timeoutMs: number;
  cache: boolean;
  reports: { junit: string | null; coverage: string | null };
};

export type Component = {
  name: string;
  build: { run: Command; inputs: string[]; outputs: string[]; timeoutMs: number } | null;
  /** Path of what is shipped, relative to the repository's root; `${platform}` stands for e.g. linux-amd64. */
  artifact: string;
  /** Command in the artifact's directory. */
  command: Command;
  toolchains: string[];
  /** The component listens on `${port}`; null where it does not listen. */
  port: number | null;
  environment: Record<string, string>;
  secrets: string[];
  health: HealthPaths;
  /** Names of components that must be ready before this one starts. */
  after: string[];
};

export type HealthPaths = {
  /** Paths, or null where there is none. */
  live: string | null;
  ready: string | null;
  startup: string | null;
  /** Consecutive successes needed before it counts as ready (B17), and the least time they must span. */
  successes: number;
  spanMs: number;
  /** Time between probes and limit of one probe. */
  intervalMs: number;
  probeTimeoutMs: number;
  /** How long a release may take to become ready. */
  withinMs: number;
};

export type Platform = "linux/amd64" | "linux/arm64";

export type ImageSpec = {
  name: string;
  component: string;
  /** "scratch", or a path of an OCI layout directory relative to the repository's root. */
  base: string;
  platforms: Platform[];
  repository: string;
  /** Where the artifact lands in the image, e.g. /app. */
  workdir: string;
  labels: Record<string, string>;
};

export type SecretReference =
  | ({ from: "env"; name: string } & SecretRules)
  | ({ from: "file"; path: string } & SecretRules)
  | ({ from: "command"; run: Command; timeoutMs: number } & SecretRules);

export type SecretRules = { minLength: number };

export type Trigger =
  | { kind: "branch"; branches: string[] }
  | { kind: "tag"; tags: string[] }
  | { kind: "release" }
  | { kind: "manual" };

export type Environment = {
  name: string;
  on: Trigger;
  /** What runs the release. Local: the proxy listens on `port`, or on one chosen once and kept (null). */
  target: { kind: "local"; port: number | null };
  accessories: Record<string, ServiceSpec>;
  /** Path of a dotenv file with values for this environment, or null. */
  environmentFile: string | null;
  environment: Record<string, string>;
  migrate: { run: Command; in: string; timeoutMs: number } | null;
  strategy: Strategy;
  analysis: AnalysisLimits;
  smoke: SmokeCheck[];
  approval: { required: number; expiresMs: number } | null;
  /** Environment that must have completed the same digests first, or null. */
  promoteFrom: string | null;
  /** Time that the new release is watched after the switch. */
  watchMs: number;
  /** Time that the old release stays ready after the switch. */
  warmMs: number;
  drainMs: number;
  health: HealthLimits;
  notify: NotifyChannel[];
};

export type Strategy =
  | { kind: "recreate" }
  | { kind: "blue-green" }
  | {
      kind: "canary";
      /** Percentages, rising; the last one is 100. */
      weights: number[];
      holdMs: number;
      /** Least number of canary requests at a weight before it can pass. */
      samples: number;
      /** Time limit of one weight; without enough samples by then the verdict is inconclusive. */
      limitMs: number;
    };

export type AnalysisLimits = {
  /** Greatest fraction of failed canary requests (5xx, refused, reset), e.g. 0.01. */
  maxErrors: number;
  /** canary p95 ≤ stable p95 × maxRatio + slackMs. */
  maxRatio: number;
  slackMs: number;
};

export type SmokeCheck = {
  name: string;
  component: string | null;
  method: "GET" | "POST";
  path: string;
  body: string | null;
  headers: Record<string, string>;
  expect: { status: number; json: Record<string, unknown> | null; text: string | null; withinMs: number };
};

/** [degraded, unhealthy] thresholds; null where none is set. */
export type HealthLimits = {
  cpu: [number, number] | null;
  memory: [number, number] | null;
  disk: [number, number] | null;
  /** Response times in ms of named accessories. */
  accessories: Record<string, [number, number]>;
};

export type NotifyEvent = "started" | "waiting" | "promoted" | "returned" | "rolled-back" | "failed";

export type NotifyChannel = { kind: "slack" | "webhook"; url: SecretReference; on: NotifyEvent[] };
