import { posix } from "node:path";
import { interpolate, references } from "../../config/interpolate.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import { stepArgs } from "./commands.ts";
import { type ServicePlan, servicePlan } from "./services.ts";

/** Where the repository stands in a step's container. */
export const root = "/src";

/** A hermetic step as a container, as a value: what is left to do is to say it to the engine. */
export type ContainerPlan = {
  /** Unique over all apps, e.g. quotes/unit:run. */
  id: string;
  image: string;
  /** Patterns of the source that the step sees; empty: all of it. */
  include: string[];
  workdir: string;
  /** Directories before the image's own PATH; absolute. */
  path: string[];
  caches: CacheMount[];
  variables: Record<string, string>;
  /** Variables whose value holds a password of a service. */
  derivedSecrets: Record<string, string>;
  /** Names of secrets that the caller gives. */
  secrets: string[];
  services: ServicePlan[];
  args: string[];
  /** Patterns, relative to the repository's root. */
  outputs: string[];
};

export type CacheMount = { path: string; volume: string };

/** What a step's container depends on beside the step: `fresh` is a value that no other run has. */
export type MappingFacts = { app: string; version: string; fresh: string };

/** Never part of a step's source, whatever the inputs say: they come from set-up steps or are ours. */
export const excluded = ["**/node_modules", "**/.git", "**/.bellwether"];

export function containerPlan(step: HermeticStep, { app, version, fresh }: MappingFacts): ContainerPlan {
  const services = step.services.map((spec) => servicePlan(app, step.id, spec));
  const { plain, secret } = environment(step.environment, version, services);
  return {
    id: `${app}/${step.id}`,
    image: step.image,
    include: step.inputs.map(relative),
    workdir: posix.join(root, step.directory),
    path: step.path.map((each) => posix.join(root, each)),
    caches: cacheMounts(app, step),
    // An uncacheable step gets a value that changes, which the engine's cache has not seen.
    variables: step.cache ? plain : { ...plain, BELLWETHER_RUN: fresh },
    derivedSecrets: secret,
    secrets: step.secrets,
    services,
    args: stepArgs(step.commands, step.timeoutMs),
    outputs: step.outputs.map(relative),
  };
}

/** Values that hold a URL with a password, or a password, are secret; the others are plain. */
function environment(
  written: Record<string, string>,
  version: string,
  services: ServicePlan[],
): { plain: Record<string, string>; secret: Record<string, string> } {
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  const values: Record<string, string> = { version };
  const secretNames = new Set<string>();
  for (const { name, facts } of services) {
    for (const [fact, value] of Object.entries(facts)) values[`services.${name}.${fact}`] = value;
    secretNames.add(`services.${name}.url`).add(`services.${name}.password`);
  }
  for (const [name, text] of Object.entries(written)) {
    const hidden = references(text).some((each) => secretNames.has(each));
    (hidden ? secret : plain)[name] = interpolate(text, values);
  }
  return { plain, secret };
}

function cacheMounts(app: string, step: HermeticStep): CacheMount[] {
  const mounts = step.caches.map((written) => ({
    path: cachePath(written),
    volume: `bellwether-${app}-${slug(written)}`,
  }));
  const npm = { path: "/root/.npm", volume: "bellwether-npm" };
  const wantsNpm = step.tools.some((tool) => tool.name === "node");
  return wantsNpm && !mounts.some((mount) => mount.path === npm.path) ? [...mounts, npm] : mounts;
}

function cachePath(written: string): string {
  if (written === "~" || written.startsWith("~/")) return posix.join("/root", written.slice(1));
  return posix.resolve(root, written);
}

const slug = (path: string): string => path.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");

const relative = (pattern: string): string => posix.normalize(pattern).replace(/\/$/, "");
