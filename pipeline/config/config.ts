import type { Command, GateSpec, HealthCheck, NotifyChannel, SecretReference } from "./config-checks.ts";

export type {
  Command,
  GateSpec,
  HealthCheck,
  NotifyChannel,
  NotifyEvent,
  SecretReference,
  ThresholdPair,
} from "./config-checks.ts";

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
  security: { secrets: SecretScan | null; vulnerabilities: VulnerabilityScan | null; scans: Check[] };
  components: Record<string, Component>;
  images: Record<string, ImageSpec>;
  /** How to log in to registries, by host. */
  registries: Record<string, RegistryLogin>;
  /** Secrets by reference, resolved at the last moment. */
  secrets: Record<string, SecretReference>;
  dagger: {
    /** Addresses that containers really come from, by the address that is written or built in. */
    images: Record<string, string>;
  };
  /** In written order; `extends` is resolved. */
  environments: Record<string, Environment>;
};

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
  /** Variables of the caller that the set-up alone sees: how the registries are reached. */
  setupPass: string[];
  /** Directories kept between runs and never hashed (container executors mount cache volumes there). */
  caches: string[];
  /** Names of variables handed on from the caller's environment. */
  passEnvironment: string[];
  /** Directories that stand before PATH in its steps, relative to the root, e.g. .venv/bin. */
  path: string[];
  /** Variables of its steps. */
  environment: Record<string, string>;
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
  /** SQL files run once after start, in order. */
  init: string[];
  /** PostgreSQL extensions made before `init`. */
  extensions: string[];
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
  /** Whose findings are read, and from which file (null: the output); null: none. */
  findings: { reader: string; file: string | null } | null;
  coverage: CoverageRule | null;
  /** Names of components that run beside it. */
  components: string[];
};

/** Fractions from 0 to 1; null: not asked. `maxDrop` is against the last run on the base branch. */
export type CoverageRule = { min: number; minFile: number | null; maxDrop: number | null };

/** A finding that is known and let pass until `expires` (YYYY-MM-DD, UTC, the day itself included). */
export type Allowance = {
  /** Rule or advisory; null: any. */
  rule: string | null;
  /** Glob of paths, or null: any. */
  path: string | null;
  /** Fingerprint, or null: any. */
  fingerprint: string | null;
  reason: string;
  expires: string;
};

export type SecretScan = {
  /** `auto`: the built-in rules, and gitleaks or trufflehog where the machine has one. */
  scanner: "built-in" | "gitleaks" | "trufflehog" | "auto";
  /** Globs of files that are not looked at, with the reason in the config's comment. */
  exclude: string[];
  allow: Allowance[];
};

export type VulnerabilityScan = {
  /** The least severity that fails. */
  fail: "critical" | "high" | "medium" | "low";
  /** Empty: whichever the project needs and the machine has. */
  scanners: string[];
  ignore: Allowance[];
  acceptInconclusive: { reason: string; expires: string } | null;
};

export type Component = {
  name: string;
  build: { run: Command; inputs: string[]; outputs: string[]; timeoutMs: number } | null;
  /** Path of what is shipped, relative to the repository's root; `${platform}` stands for e.g. linux-amd64. */
  artifact: string | null;
  /** Command in the artifact's directory. */
  command: Command;
  toolchains: string[];
  /** The component listens on `${port}`; null where it does not listen. */
  port: number | null;
  environment: Record<string, string>;
  secrets: string[];
  health: HealthPaths;
  limits: ResourceLimits;
  /** Names of components that must be ready before this one starts. */
  after: string[];
  /** SIGTERM to SIGKILL; null: the target's default. */
  stopMs: number | null;
  /** Lines of its systemd unit, by directive. */
  unit: Record<string, string>;
};

/** What a component may use at most; null: as much as there is. */
export type ResourceLimits = {
  /** Bytes that all its processes hold together. */
  memoryBytes: number | null;
  /** Files and sockets that one of its processes has open. */
  openFiles: number | null;
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

/** Repository (address, or the end of one without https:// and .git) and builder that provenance must name; null: any. */
export type ProvenanceRule = { source: string | null; builder: string | null };

/** One rule for tags of an image: what each is made from, and what stands before and behind it. */
export type TagRule = { prefix: string; suffix: string } & (
  | { kind: "version"; pattern: string }
  | { kind: "branch"; renamed: Record<string, string> }
  | { kind: "tag" }
  | { kind: "pull-request" }
  | { kind: "commit"; digits: 7 | 40 }
  | { kind: "schedule"; text: string }
  | { kind: "text"; text: string; branches: string[] }
);

export type TagRules = {
  rules: TagRule[];
  latest: "auto" | "always" | "never";
};

/** How a container engine asks a container for its health. */
export type HealthCommand = {
  command: Command;
  intervalMs: number;
  timeoutMs: number;
  startMs: number;
  retries: number;
};

/** How a Dockerfile makes an image; paths are relative to the repository's root. */
export type DockerfileSpec = {
  file: string;
  context: string;
  target: string | null;
  arguments: Record<string, string>;
  /** Names of secrets. */
  secrets: string[];
  cacheFrom: string[];
  cacheTo: string[];
  builder: "auto" | "buildx" | "docker" | "buildah";
};

export type ImageSpec = {
  name: string;
  component: string;
  /** "scratch", a reference, or a path of an OCI layout directory relative to the repository's root. */
  base: string;
  /** Null: layers of the artifact. */
  dockerfile: DockerfileSpec | null;
  platforms: Platform[];
  repository: string;
  /** The image stage pushes it. */
  publish: boolean;
  /** Where the artifact lands in the image, e.g. /app. */
  workdir: string;
  owner: { uid: number; gid: number };
  /** Null: the base's, and 1000:1000 where that is root. */
  user: string | null;
  environment: Record<string, string>;
  /** Null: the component's. */
  ports: number[] | null;
  entrypoint: string[];
  healthcheck: HealthCommand | null;
  stopSignal: string | null;
  labels: Record<string, string>;
  tags: TagRules;
  /** Bytes of one platform's packed layers. */
  maxSizeBytes: number | null;
  maxBaseAgeMs: number | null;
};

/** Name and password for a registry, both by reference or written out where they are no secret. */
export type RegistryLogin = { username: string; password: SecretReference };

export type Trigger =
  | { kind: "branch"; branches: string[] }
  | { kind: "tag"; tags: string[] }
  | { kind: "release" }
  | { kind: "manual" };

/** What splits the traffic of a local environment between its releases. */
export type RouterKind = "built-in" | "haproxy";

/** Processes on this machine: the router listens on `port`, or on one chosen once and kept (null). */
export type LocalTarget = { kind: "local"; port: number | null; router: RouterKind };

/** One host as ssh reaches it; `name` is how it is shown. */
export type SystemdHost = { name: string; destination: string; port: number | null; components: string[] };

export type HostRouterKind = "haproxy" | "nginx";

/** Services of systemd on hosts that ssh reaches. */
export type SystemdTarget = {
  kind: "systemd";
  /** The first one keeps the lease and the journal. */
  hosts: SystemdHost[];
  /** Component that takes the traffic; null: none listens. */
  front: string | null;
  /** Port of the router; null: nothing listens. */
  port: number | null;
  router: HostRouterKind;
  /** Absolute; everything of the application on a host. */
  directory: string;
  /** Who the components run as. */
  user: string;
  sudo: boolean;
  split: "weights" | "hosts";
  parallel: number;
  /** First and last port for components. */
  ports: [number, number];
  /** Paths of an ssh_config and a known_hosts file, relative to the root; null: the user's own. */
  sshConfig: string | null;
  knownHosts: string | null;
};

export type Target = LocalTarget | SystemdTarget;

/** A configuration file, and the JSON Schema that it must keep or null; relative to the root. */
export type SystemFile = { path: string; schema: string | null };

/** Alternatives of variables and values (with * for any text): one of them must hold in full. */
export type Agreement = Record<string, string>[];

/** `at` may hold `${NAME}`. */
export type ReachSpec = { kind: "tcp" | "http" | "postgres" | "redis"; at: string };

export type Environment = {
  name: string;
  on: Trigger;
  /** What runs the release. */
  target: Target;
  accessories: Record<string, ServiceSpec>;
  /** Path of a dotenv file with values for this environment, or null. */
  environmentFile: string | null;
  environment: Record<string, string>;
  /** The system's own configuration files. */
  files: SystemFile[];
  /** Variables that must agree. */
  rules: Agreement[];
  /** What must be reached from where the release runs. */
  reach: ReachSpec[];
  migrate: { run: Command; in: string; timeoutMs: number } | null;
  strategy: Strategy;
  analysis: AnalysisCheck[];
  smoke: SmokeCheck[];
  /** Who must agree before a rollout begins; null: nobody. */
  approval: ApprovalRule | null;
  /** Environment that must have completed the same digests first, or null. */
  promoteFrom: string | null;
  /** What the provenance of its images must say; null: nothing is asked. */
  provenance: ProvenanceRule | null;
  /** Public keys (paths relative to the root), one of which must have signed each image; empty: nothing is asked. */
  signedBy: string[];
  /** Time that the new release is watched after the switch. */
  watchMs: number;
  /** Time that the old release stays ready after the switch. */
  warmMs: number;
  drainMs: number;
  /** Time to live of the engine's lease: without a sign of life for so long, it is lost. */
  leaseMs: number;
  health: HealthCheck[];
  /** The user's own gates; all of them must pass before a rollout begins. */
  gates: GateSpec[];
  notify: NotifyChannel[];
};

export type ApprovalRule = {
  /** Number of different persons. */
  required: number;
  /** An approval by whoever asked for the release is refused (B45). */
  fourEyes: boolean;
  /** How long a request waits and its approvals are good for. */
  expiresMs: number;
  /** Environment of GitHub whose reviewers' approvals of a workflow's run count; null: they do not. */
  github: string | null;
  /** Whether it counts what somebody only said, at the prompt or by `approve`. */
  recorded: boolean;
  /** Allowed-signers file of ssh-keygen, relative to the root; null: nothing is signed. */
  signers: string | null;
};

export type Strategy =
  | { kind: "recreate" }
  | { kind: "blue-green" }
  /** One after the other: `weights` are percentages, rising to 100. */
  | { kind: "rolling"; weights: number[]; pauseMs: number }
  /** The first step is a weight; weights rise, and 100 follows the last step. */
  | { kind: "canary"; steps: CanaryStep[] };

export type CanaryStep =
  | { kind: "weight"; weight: number }
  | {
      kind: "hold";
      holdMs: number;
      /** Least number of requests of each version before the hold can pass. */
      samples: number;
      /** Time limit; what is still missing then makes the verdict inconclusive. */
      limitMs: number;
      /** Checks of this hold alone, beside the environment's. */
      analysis: AnalysisCheck[];
    }
  /** Waits for a person; the canary is withdrawn after `pauseMs`. */
  | { kind: "pause"; pauseMs: number; samples: number };

/** One check of a canary; every look at its source is a measurement. */
export type AnalysisCheck = CheckRules &
  (
    | { kind: "errors"; max: number; samples: number | null }
    /** `maxMs` null: no threshold; `against` null: not compared with stable's. */
    | {
        kind: "p95";
        maxMs: number | null;
        against: { maxRatio: number; slackMs: number } | null;
        samples: number | null;
      }
    | {
        kind: "prometheus";
        query: string;
        limits: ValueLimits;
        url: string;
        token: SecretReference | null;
        timeoutMs: number;
      }
    /** `at`: a path of the candidate's component that listens, or a URL. */
    | {
        kind: "probe";
        at: string;
        maxLatencyMs: number | null;
        maxErrors: number;
        samples: number;
        timeoutMs: number;
      }
    /** `limits` null: exit code 0 passes. */
    | { kind: "command"; run: Command; limits: ValueLimits | null; timeoutMs: number }
  );

export type CheckRules = {
  name: string;
  /** A value counts once it has been on one side of its limit for this time; 0: at once. */
  forMs: number;
  intervalMs: number;
  /** Measurements that may fail; the next one fails the check. */
  failureLimit: number;
  /** Measurements that may be inconclusive; null: bounded by the hold's time limit only. */
  inconclusiveLimit: number | null;
  /** Measurements in a row that may be errors. */
  consecutiveErrorLimit: number;
  /** Successful measurements in a row that make the check successful. */
  consecutiveSuccessLimit: number;
  /** What the errors in a row come to: the canary goes back, or stays until the hold's time limit. */
  onError: "return" | "hold";
};

/** What a value must be: exactly `is`, at least `min`, at most `max`; null: not asked. */
export type ValueLimits = { is: number | null; min: number | null; max: number | null };

export type SmokeCheck = {
  name: string;
  component: string | null;
  method: "GET" | "POST";
  path: string;
  body: string | null;
  headers: Record<string, string>;
  expect: { status: number; json: Record<string, unknown> | null; text: string | null; withinMs: number };
};
