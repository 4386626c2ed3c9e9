import type { Allowance, Check, Command, CoverageRule, HealthPaths, ServiceSpec } from "../config/config.ts";
import type { Context } from "../context/context.ts";
import type { Severity } from "../evidence.ts";

/** The version of the plan's JSON; a plan of another one is refused. */
export const planFormat = 1;

/** Why a stage does not run where others were named. */
export const notAskedFor = "not asked for";

/** What will be done, in order: one versioned JSON value, `bellwether plan --json`. */
export type Plan = {
  format: typeof planFormat;
  app: string;
  /** Path of the configuration and its digest: a plan runs only with the config it was made from. */
  config: { file: string; digest: string };
  context: Context;
  stages: Stage[];
};

export type Stage = {
  /** lint, security-scan, unit-test, integration-test, image, staging, approval, production, or rollback. */
  id: string;
  title: string;
  /** Ids of stages that must have passed (or have had a reason not to run). */
  needs: string[];
  due: boolean;
  /** Why it is or is not due, for a person. */
  reason: string;
  steps: Step[];
};

export type Step = HermeticStep | ImageStep | ApprovalStep | RolloutStep | RollbackStep;

/** No effect but its outputs; may come from the cache. */
export type HermeticStep = {
  kind: "hermetic";
  /** Unique in the plan, e.g. lint:biome, setup:node, build:api. */
  id: string;
  title: string;
  /** Steps whose outputs it needs; ids. */
  needs: string[];
  /** Container image for executors that run containers. */
  image: string;
  /** Programs that must be there. */
  tools: ToolNeed[];
  /** Run one after the other; the first failure ends the step. */
  commands: Command[];
  /** Relative to the repository's root. */
  directory: string;
  /** Globs; empty means everything that git does not ignore. */
  inputs: string[];
  /** Paths relative to the repository's root. */
  outputs: string[];
  /** Values may hold `${services.NAME.FACT}`, `${version}`. */
  environment: Record<string, string>;
  passEnvironment: string[];
  secrets: string[];
  services: ServiceSpec[];
  caches: string[];
  timeoutMs: number;
  cache: boolean;
  reports: Check["reports"];
  /** Directories that stand before PATH, relative to the root, e.g. .venv/bin. */
  path: string[];
  /** Whose findings its output or a file of its holds; null: nobody's. */
  findings: FindingsSource | null;
  /** What its reports are held against; no part of the cache key, for it is judged anew each time. */
  rules: StepRules;
  /** Components of the system that run beside it, in the order of their start. */
  components: StepComponent[];
};

/** `file` null: the output of the step; `reader` is one of `findings/readers.ts`. */
export type FindingsSource = { reader: string; file: string | null };

export type StepRules = {
  coverage: CoverageRule | null;
  /** Of a scan: where it writes what it found, and what fails. */
  scan: ScanRule | null;
};

export type ScanRule = {
  kind: "secrets" | "vulnerabilities";
  /** The scan's document, relative to the root. */
  file: string;
  /** The least severity that fails. */
  fail: Severity;
  allow: Allowance[];
  /** Lets an incomplete scan pass; null: it never does. */
  acceptInconclusive: { reason: string; expires: string } | null;
};

/** A component of the system as a server of one step, with the environment of the step beside its own. */
export type StepComponent = {
  name: string;
  command: Command;
  /** Container image for executors that run containers. */
  image: string;
  /** Directories that stand before its PATH, relative to the root. */
  path: string[];
  /** Relative to the root. */
  directory: string;
  environment: Record<string, string>;
  secrets: string[];
  listens: boolean;
  health: HealthPaths;
};

/** First word of a command (a list) that runs this very program. */
export const ownName = "bellwether";

export type ToolNeed = { name: string; range: string; probe: string[] };

/** Builds the image, or finds the one that was built from the same inputs, and tags it. */
export type ImageStep = { kind: "image"; id: string; title: string; needs: string[]; image: string };

/** Needs a recorded approval of the digests before the environment's rollout. */
export type ApprovalStep = {
  kind: "approval";
  id: string;
  title: string;
  needs: string[];
  environment: string;
};

/** One rollout of this run's images to an environment. */
export type RolloutStep = {
  kind: "rollout";
  id: string;
  title: string;
  needs: string[];
  environment: string;
};

/** Back to the release that completed before the live one (`to` null), or to a named one. */
export type RollbackStep = {
  kind: "rollback";
  id: string;
  title: string;
  needs: string[];
  environment: string;
  to: string | null;
};
