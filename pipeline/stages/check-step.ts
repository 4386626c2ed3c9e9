import type { Check, Config, ServiceSpec } from "../config/config.ts";
import type { HermeticStep } from "../plan/plan.ts";
import { toolchainParts, toolchainVariables } from "./toolchains.ts";

/** One check as a step, e.g. lint:biome; its services' facts are in its environment as `${services.NAME.FACT}`. */
export function checkStep(config: Config, prefix: string, check: Check): HermeticStep {
  const services = check.services.map((name) => serviceOf(config, name));
  return {
    kind: "hermetic",
    id: `${prefix}:${check.name}`,
    title: check.name,
    ...toolchainParts(config, check.toolchains),
    commands: [check.run],
    directory: check.directory,
    inputs: check.inputs,
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
    components: [],
  };
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
