import { posix } from "node:path";
import type { HermeticStep } from "../../plan/plan.ts";
import { reportPaths } from "../../plan/report-paths.ts";
import { awaitingArgs, keepingArgs, stepArgs } from "./commands.ts";
import { type ComponentPlan, componentFacts, componentPlan, type ProcessPlan } from "./components.ts";
import { environmentOf } from "./environment.ts";
import { type Binary, ownImages, type Preparation, preparation } from "./images.ts";
import { binariesOf, type Change, containerArguments, ownArguments } from "./own-step.ts";
import { type ServicePlan, servicePlan } from "./services.ts";

/** Where the repository stands in a step's container. */
export const root = "/src";

/** Where the program that waits for components stands. */
export const waiter = "/.bellwether-wait";

/** Where what a step wrote into a cache volume is copied to: the volume is no part of its container. */
export const keptRoot = "/.bellwether-kept";

/** A hermetic step as a container, as a value: what is left to do is to say it to the engine. */
export type ContainerPlan = ProcessPlan & {
  /** Unique over all apps, e.g. quotes/unit:run. */
  id: string;
  /** This program is in it. */
  program: boolean;
  /** It reads what git knows, where that is at hand. */
  history: boolean;
  /** What is run in its image before the files come in. */
  prepare: Preparation | null;
  /** Files of other images that it needs. */
  binaries: Binary[];
  /** Patterns of the source that the step sees; empty: all of it. */
  include: string[];
  caches: CacheMount[];
  services: ServicePlan[];
  /** Parts of the system beside it, in the order of their start. */
  components: ComponentPlan[];
  /** Patterns, relative to the repository's root. */
  outputs: string[];
  /** Outputs and reports that lie in a cache volume, and are therefore found below `keptRoot`. */
  kept: string[];
};

export type CacheMount = { path: string; volume: string };

/** What a step's container depends on beside the step. */
export type MappingFacts = {
  app: string;
  version: string;
  /** A value that no other run has. */
  fresh: string;
  /** What the caller hands on, by name; a step sees those that it lists. */
  variables: Record<string, string>;
  /** The program's argv. */
  entry: string[];
  change: Change | null;
  /** What git knows is at hand for steps of this program. */
  history: boolean;
  /** The engine's own, e.g. linux-amd64. */
  platform: string;
};

/** Never part of a step's source, whatever the inputs say: they come from set-up steps or are ours. */
export const excluded = ["**/node_modules", "**/.git", "**/.bellwether"];

export function containerPlan(step: HermeticStep, facts: MappingFacts): ContainerPlan {
  const { app, version, fresh, platform } = facts;
  const services = step.services.map((spec) => servicePlan(app, step.id, spec));
  const handed = handedOn(step, facts.variables);
  const written = { ...handed, ...step.environment };
  const { plain, secret } = environmentOf(written, version, services, componentFacts(step.components));
  const components = step.components.map((component, at) =>
    componentPlan(component, {
      ...{ root, version, platform, services },
      shared: written,
      earlier: step.components.slice(0, at),
    }),
  );
  const own = ownArguments(step);
  const history = facts.history && own?.includes("--base") === true;
  const commands =
    own === null ? step.commands : [[...facts.entry, ...containerArguments(own, facts.change)]];
  const waits = components.flatMap(({ name, ready }) => (ready === null ? [] : [{ name, ...ready }]));
  const caches = cacheMounts(app, step);
  const kept = writtenBy(step).filter((path) =>
    caches.some((cache) => isBelow(posix.join(root, path), cache.path)),
  );
  const cargo = caches.some(({ path }) => path.startsWith(`${cargoHome}/`)) && plain.CARGO_HOME === undefined;
  return {
    id: `${app}/${step.id}`,
    image: own === null ? step.image : ownImages[history ? "tools" : "program"],
    program: own !== null,
    history,
    prepare: own === null ? preparation(step) : null,
    binaries: own === null ? [] : binariesOf(own),
    include: step.inputs.map(relative),
    workdir: posix.join(root, step.directory),
    // What a toolchain put before PATH was made for its image, not for ours.
    path: own === null ? step.path.map((each) => posix.join(root, each)) : [],
    caches,
    // An uncacheable step gets a value that changes, which the engine's cache has not seen.
    variables: {
      ...plain,
      // Rust's own image has cargo's home elsewhere: what is fetched would not be where it is kept.
      ...(cargo ? { CARGO_HOME: cargoHome } : {}),
      ...(step.cache ? {} : { BELLWETHER_RUN: fresh }),
    },
    derivedSecrets: secret,
    secrets: step.secrets,
    services,
    components,
    args: keepingArgs(
      { dest: keptRoot, root },
      kept,
      awaitingArgs(`${waiter}/busybox`, waits, stepArgs(commands, step.timeoutMs)),
    ),
    outputs: step.outputs.map(relative),
    kept,
  };
}

const cargoHome = "/root/.cargo";

/** What is looked for after the step, each once. */
const writtenBy = (step: HermeticStep): string[] => [
  ...new Set([...step.outputs, ...reportPaths(step)].map(relative)),
];

const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

const handedOn = (
  { passEnvironment }: HermeticStep,
  variables: Record<string, string>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => passEnvironment.includes(name)));

function cacheMounts(app: string, step: HermeticStep): CacheMount[] {
  const mounts = step.caches.map((written) => ({
    path: cachePath(written),
    volume: `bellwether-${app}-${slug(written)}`,
  }));
  const scans = ownArguments(step)?.[1] === "vulnerabilities";
  const usual = [
    ...(step.tools.some((tool) => tool.name === "node") ? [npmCache] : []),
    ...(scans ? [{ path: "/root/.cache/trivy", volume: "bellwether-trivy" }] : []),
  ];
  return [...mounts, ...usual.filter(({ path }) => !mounts.some((mount) => mount.path === path))];
}

const npmCache: CacheMount = { path: "/root/.npm", volume: "bellwether-npm" };

function cachePath(written: string): string {
  if (written === "~" || written.startsWith("~/")) return posix.join("/root", written.slice(1));
  return posix.resolve(root, written);
}

const slug = (path: string): string => path.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");

const relative = (pattern: string): string => posix.normalize(pattern).replace(/\/$/, "");
