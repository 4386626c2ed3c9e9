import { posix } from "node:path";
import { argvOf } from "../../config/command.ts";
import type { StepComponent } from "../../plan/plan.ts";
import { environmentOf } from "./environment.ts";
import type { ServicePlan } from "./services.ts";

/** The port of every component that listens: each has a network name of its own. */
export const componentPort = 8080;

/** What runs in a container, as a value: a step's commands, or a component beside it. */
export type ProcessPlan = {
  image: string;
  workdir: string;
  /** Directories before the image's own PATH; absolute. */
  path: string[];
  variables: Record<string, string>;
  /** Variables whose value holds a password of a service. */
  derivedSecrets: Record<string, string>;
  /** Names of secrets that the caller gives. */
  secrets: string[];
  args: string[];
};

/** A component of the system as a service container. */
export type ComponentPlan = ProcessPlan & {
  name: string;
  port: number | null;
  /** What answers when it is ready, and how long that may take; null: whatever listens is ready. */
  ready: { url: string; withinMs: number } | null;
};

/** How components are found, by `components.NAME.FACT`. */
export function componentFacts(components: StepComponent[]): Record<string, string> {
  const port = String(componentPort);
  return Object.fromEntries(
    components
      .filter(({ listens }) => listens)
      .flatMap(({ name }) => [
        [`components.${name}.url`, `http://${name}:${port}`],
        [`components.${name}.host`, name],
        [`components.${name}.port`, port],
      ]),
  );
}

export type Beside = {
  root: string;
  version: string;
  /** e.g. linux-amd64: what `${platform}` stands for. */
  platform: string;
  /** What every process of the step sees; the component's own variables win. */
  shared: Record<string, string>;
  services: ServicePlan[];
  /** Those that were started before, which it may call. */
  earlier: StepComponent[];
};

/** A component as a container of its own toolchain's image, with its port and what it finds the others by. */
export function componentPlan(component: StepComponent, beside: Beside): ComponentPlan {
  const { name, image, command, directory, environment, secrets, listens, health, path } = component;
  const { root, version, platform, shared, services, earlier } = beside;
  const facts = { ...componentFacts(earlier), ...(listens ? { port: String(componentPort) } : {}) };
  const { plain, secret } = environmentOf({ ...shared, ...environment }, version, services, facts);
  const answers = health.ready ?? health.live;
  return {
    name,
    image,
    workdir: posix.join(root, directory.replaceAll("${platform}", platform)),
    path: path.map((each) => posix.join(root, each)),
    variables: plain,
    derivedSecrets: secret,
    secrets,
    args: argvOf(command),
    port: listens ? componentPort : null,
    ready:
      listens && answers !== null
        ? { url: `http://${name}:${componentPort}${answers}`, withinMs: health.withinMs }
        : null,
  };
}
