import type { Component, Config } from "../config/config.ts";
import type { HermeticStep } from "../plan/plan.ts";
import { nothingToJudge, toolchainParts, toolchainVariables } from "./toolchains.ts";

/** Id of the step that builds a component, e.g. build:api. */
export const buildId = (component: string): string => `build:${component}`;

/** The build steps of all components that have one. */
export const buildSteps = (config: Config): HermeticStep[] =>
  Object.values(config.components).flatMap((component) => buildStep(config, component));

function buildStep(config: Config, component: Component): HermeticStep[] {
  if (component.build === null) return [];
  const { run, inputs, outputs, timeoutMs } = component.build;
  const parts = toolchainParts(config, component.toolchains);
  const access = component.toolchains.flatMap((name) => config.toolchains[name]?.setupPass ?? []);
  return [
    {
      kind: "hermetic",
      id: buildId(component.name),
      title: `Build ${component.name}`,
      ...parts,
      // It may fetch what the component needs for running, as a set-up does.
      passEnvironment: [...new Set([...parts.passEnvironment, ...access])],
      commands: [run],
      directory: ".",
      inputs,
      outputs,
      environment: toolchainVariables(config, component.toolchains),
      secrets: [],
      services: [],
      timeoutMs,
      // Without declared outputs a hit would restore nothing of what the build wrote.
      cache: outputs.length > 0,
      reports: { junit: null, coverage: null },
      ...nothingToJudge,
    },
  ];
}
