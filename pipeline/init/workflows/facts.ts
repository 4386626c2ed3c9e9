import type { Config, Environment } from "../../config/config.ts";
import { defaultFile } from "../../config/load.ts";
import { imageBranches } from "../../plan/triggers.ts";
import { checkStageIds } from "../../stages/check-stage.ts";

/** Where the pipeline of a repository comes from: the repository itself, or a checkout of another one at a commit. */
export type Tool = null | { repository: string; commit: string };

/** What the workflows need to know of a configuration. */
export type Facts = {
  tool: Tool;
  /** Version of the engine and its client, e.g. v0.21.8. */
  engine: string;
  /** Stages that a job of checks covers, by id. */
  checks: string[];
  /** The configuration's path, or null: the usual one. */
  file: string | null;
  /** Branches that ship images, and those that an environment waits for. */
  branches: string[];
  /** Secrets by what needs them: their names in GitHub are those in the configuration. */
  secrets: { checks: string[]; images: string[] };
  /** Images by name: their repositories. */
  images: Record<string, string>;
  /** The registry that GitHub's own token opens, or null: images go elsewhere. */
  registry: string | null;
  staging: EnvironmentFacts;
  production: EnvironmentFacts;
  /** All environments: what a rollback can be asked for. */
  environments: EnvironmentFacts[];
};

export type EnvironmentFacts = {
  name: string;
  secrets: string[];
  /** Somebody of GitHub's may approve it. */
  reviewed: boolean;
  /** Signed approvals count, which are attached to the release. */
  signed: boolean;
  /** It runs on hosts, which are reached with the key in the secret SSH_KEY. */
  hosts: boolean;
};

/** The registry of the platform itself. */
const ownRegistry = "ghcr.io";

export function factsOf(config: Config, tool: Tool, engine: string): Facts {
  const environments = Object.values(config.environments).map((one) => environmentFacts(config, one));
  // The plan lists both, configured or not: a job for each is there, and the plan says when it goes on.
  const named = (name: string): EnvironmentFacts =>
    environments.find((each) => each.name === name) ?? {
      name,
      secrets: [],
      reviewed: name === "production",
      signed: false,
      hosts: false,
    };
  const checks = [
    ...config.checks.lint,
    ...config.checks.unit,
    ...config.checks.integration,
    ...config.security.scans,
  ];
  const repositories = Object.values(config.images).map(({ repository }) => repository);
  const own = repositories.some((repository) => repository.startsWith(`${ownRegistry}/`));
  return {
    tool,
    engine: `v${engine}`,
    file: config.file === defaultFile ? null : config.file,
    checks: checkStageIds,
    branches: unique([
      ...imageBranches,
      ...Object.values(config.environments).flatMap(({ on }) => (on.kind === "branch" ? on.branches : [])),
    ]),
    secrets: {
      checks: unique(checks.flatMap(({ secrets }) => secrets)),
      images: unique([
        ...Object.values(config.images).flatMap(({ dockerfile }) => dockerfile?.secrets ?? []),
        ...referred(config.registries),
      ]),
    },
    images: Object.fromEntries(
      Object.values(config.images).map(({ name, repository }) => [name, repository]),
    ),
    registry: own && config.registries[ownRegistry] === undefined ? ownRegistry : null,
    staging: named("staging"),
    production: named("production"),
    environments: environments.length > 0 ? environments : [named("production"), named("staging")],
  };
}

/** What its components need, and what it refers to by itself: channels, metrics, gates, logins. */
function environmentFacts(config: Config, environment: Environment): EnvironmentFacts {
  const { name, approval } = environment;
  const components = Object.values(config.components).flatMap(({ secrets }) => secrets);
  return {
    name,
    secrets: unique([...components, ...referred(environment), ...referred(config.registries)]),
    reviewed: approval !== null && approval.github !== null,
    signed: approval !== null && approval.signers !== null,
    hosts: environment.target.kind === "systemd",
  };
}

/** Variables that references in a value name, wherever they stand in it. */
function referred(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "from" in value && value.from === "env" && "name" in value ? [String(value.name)] : [];
  return [...own, ...Object.values(value).flatMap(referred)];
}

const unique = (names: string[]): string[] => [...new Set(names)];
