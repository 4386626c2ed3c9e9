import type { Check, Command, ServiceSpec } from "../config/config.ts";
import type { Context } from "../context/context.ts";

/** The version of the plan's JSON; a plan of another one is refused. */
export const planFormat = 1;

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
};

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
