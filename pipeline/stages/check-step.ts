import type { Check, Component, Config, ServiceSpec } from "../config/config.ts";
import type { HermeticStep, StepComponent } from "../plan/plan.ts";
import { buildId } from "./build.ts";
import { toolchainParts, toolchainVariables } from "./toolchains.ts";

/** One check as a step, e.g. lint:biome; its services' facts are in its environment as `${services.NAME.FACT}`. */
export function checkStep(config: Config, prefix: string, check: Check): HermeticStep {
  const services = check.services.map((name) => serviceOf(config, name));
  const components = check.components.map((name) => componentOf(config, name));
  const parts = toolchainParts(config, check.toolchains);
  const built = components.filter(({ build }) => build !== null).map(({ name }) => buildId(name));
  // An artifact that nothing builds is a part of what the check reads.
  const kept = components.flatMap(({ build, artifact }) =>
    build === null && artifact !== null ? [artifact] : [],
  );
  return {
    kind: "hermetic",
    id: `${prefix}:${check.name}`,
    title: check.name,
    ...parts,
    needs: [...parts.needs, ...built],
    commands: [check.run],
    directory: check.directory,
    inputs: check.inputs.length === 0 ? [] : [...check.inputs, ...kept],
    outputs: check.outputs,
    environment: {
      ...toolchainVariables(config, check.toolchains),
      ...connections(services),
      ...check.environment,
    },
    secrets: check.secrets,
    services,
    timeoutMs: check.timeoutMs,
    cache: check.cache,
    reports: check.reports,
    findings: check.findings,
    rules: { coverage: check.coverage, scan: null },
    components: components.map((each) => besideCheck(config, each)),
  };
}

/** A component as it runs beside a check: the check's services stand for an environment's accessories. */
export function besideCheck(config: Config, component: Component): StepComponent {
  const { name, command, artifact, environment, secrets, port, health } = component;
  const { image, path } = toolchainParts(config, component.toolchains);
  const inPlace = (text: string) => text.replaceAll("${accessories.", "${services.");
  return {
    name,
    command,
    image,
    path,
    directory: artifact ?? ".",
    environment: Object.fromEntries(
      Object.entries(environment).map(([variable, text]) => [variable, inPlace(text)]),
    ),
    secrets,
    listens: port !== null,
    health,
  };
}

function componentOf(config: Config, name: string): Component {
  const found = config.components[name];
  if (found === undefined) throw new Error(`component ${name} is not in the config`);
  return found;
}

function serviceOf(config: Config, name: string): ServiceSpec {
  const found = config.services[name];
  if (found === undefined) throw new Error(`service ${name} is not in the config`);
  return found;
}

function connections(services: ServiceSpec[]): Record<string, string> {
  return Object.fromEntries(
    services.flatMap((service) =>
      Object.entries(service.environment).map(([variable, fact]) => [
        variable,
        `\${services.${service.name}.${fact}}`,
      ]),
    ),
  );
}
