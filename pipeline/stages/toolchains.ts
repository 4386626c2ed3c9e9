import type { Config, Toolchain } from "../config/config.ts";
import type { HermeticStep, ToolNeed } from "../plan/plan.ts";

/** Container image of a step that names no toolchain: a shell and nothing else. */
const plainImage = "debian:bookworm-slim";

const setupTimeoutMs = 15 * 60_000;

/** What a step takes over from the toolchains that it names. */
export type ToolchainParts = {
  image: string;
  tools: ToolNeed[];
  /** Ids of the set-up steps. */
  needs: string[];
  caches: string[];
  passEnvironment: string[];
  path: string[];
};

/** Id of the step that prepares a toolchain, e.g. setup:node. */
const setupId = (toolchain: string): string => `setup:${toolchain}`;

/** What a step without a toolchain has. */
export const plainParts: ToolchainParts = {
  image: plainImage,
  tools: [],
  needs: [],
  caches: [],
  passEnvironment: [],
  path: [],
};

/** Joins the named toolchains; the first one's image is the step's. A name that config does not know is a bug. */
export function toolchainParts(config: Config, names: string[]): ToolchainParts {
  const toolchains = names.map((name) => {
    const found = config.toolchains[name];
    if (found === undefined) throw new Error(`toolchain ${name} is not in the config`);
    return found;
  });
  return {
    image: toolchains[0]?.image ?? plainImage,
    tools: toolchains.map(toolNeed),
    needs: toolchains.filter((each) => each.setup.length > 0).map((each) => setupId(each.name)),
    caches: unique(toolchains.flatMap((each) => each.caches)),
    passEnvironment: unique(toolchains.flatMap((each) => each.passEnvironment)),
    path: unique(toolchains.flatMap((each) => each.path)),
  };
}

/** Variables that the named toolchains give to their steps. */
export const toolchainVariables = (config: Config, names: string[]): Record<string, string> =>
  Object.assign({}, ...names.map((name) => config.toolchains[name]?.environment ?? {}));

/** The set-up steps of all toolchains that have one. */
export const setupSteps = (config: Config): HermeticStep[] =>
  Object.values(config.toolchains)
    .filter((each) => each.setup.length > 0)
    .map(setupStep);

function setupStep(toolchain: Toolchain): HermeticStep {
  return {
    kind: "hermetic",
    id: setupId(toolchain.name),
    title: `Set up ${toolchain.name}`,
    needs: [],
    image: toolchain.image,
    tools: [toolNeed(toolchain)],
    commands: toolchain.setup,
    directory: toolchain.directory,
    inputs: toolchain.setupInputs,
    outputs: toolchain.setupOutputs,
    environment: {},
    passEnvironment: [...toolchain.passEnvironment, ...toolchain.setupPass],
    secrets: [],
    services: [],
    caches: toolchain.caches,
    timeoutMs: setupTimeoutMs,
    // Without declared outputs a hit would restore nothing of what the set-up wrote.
    cache: toolchain.setupOutputs.length > 0,
    reports: { junit: null, coverage: null },
    path: toolchain.path,
    ...nothingToJudge,
  };
}

/** A step without reports, findings, rules and components. */
export const nothingToJudge = {
  findings: null,
  rules: { coverage: null, scan: null },
  components: [],
} satisfies Partial<HermeticStep>;

const toolNeed = (toolchain: Toolchain): ToolNeed => ({
  name: toolchain.name,
  range: toolchain.version,
  probe: toolchain.probe,
});

const unique = (values: string[]): string[] => [...new Set(values)];
