import type { Command } from "./config.ts";
import { below, type CheckoutFacts, registryAccess, type ToolchainDefaults } from "./toolchain-defaults.ts";

type Manager = { setup: Command[]; lock: string; settings: string[]; modules: string[] };

/** Node with the package manager of its lock: npm, pnpm or yarn. Without a lock there is no set-up. */
export function nodeDefaults(directory: string, facts: CheckoutFacts): ToolchainDefaults {
  const at = below(directory);
  const manager = managerOf(at, facts);
  return {
    image: "node:24-slim",
    probe: ["node", "--version"],
    setup: manager?.setup ?? [],
    inputs: manager
      ? ["package.json", manager.lock, ...manager.settings].map(at).concat(members(manager).map(at))
      : [],
    outputs: (manager?.modules ?? []).map(at),
    caches: [],
    path: [at("node_modules/.bin")],
    environment: {},
    pass: {
      steps: [],
      setup: [...registryAccess, "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_REGISTRY", "npm_config_registry"],
    },
  };
}

function managerOf(at: (path: string) => string, facts: CheckoutFacts): Manager | null {
  const settings = (names: string[]) => names.filter((name) => facts.has(at(name)));
  for (const lock of ["package-lock.json", "npm-shrinkwrap.json"]) {
    if (!facts.has(at(lock))) continue;
    const modules = npmModules(facts.text(at(lock)) ?? "");
    return { setup: ["npm ci"], lock, settings: settings([".npmrc"]), modules };
  }
  if (facts.has(at("pnpm-lock.yaml"))) {
    const modules = pnpmModules(facts.text(at("pnpm-lock.yaml")) ?? "");
    return {
      setup: [provided("pnpm"), "pnpm install --frozen-lockfile"],
      lock: "pnpm-lock.yaml",
      settings: settings([".npmrc", "pnpm-workspace.yaml", ".pnpmfile.cjs"]),
      modules,
    };
  }
  if (!facts.has(at("yarn.lock"))) return null;
  const berry = facts.has(at(".yarnrc.yml"));
  const workspaces = (facts.text(at("package.json")) ?? "").includes('"workspaces"');
  return {
    setup: [provided("yarn"), `yarn install ${berry ? "--immutable" : "--frozen-lockfile"}`],
    lock: "yarn.lock",
    settings: settings([".npmrc", ".yarnrc", ".yarnrc.yml"]),
    // Its lock does not tell where a workspace keeps modules of its own: such a set-up is done each time.
    modules: workspaces ? [] : ["node_modules"],
  };
}

/** Corepack comes with Node and knows these two; what is on PATH already is left as it is. */
const provided = (manager: string): string =>
  `command -v ${manager} >/dev/null 2>&1 || { mkdir -p node_modules/.bin && corepack enable --install-directory node_modules/.bin ${manager}; }`;

/** Directories of modules that the lock tells of: the root's, and those of workspaces (lockfile version 2 or 3). */
function npmModules(lock: string): string[] {
  const found = new Set(["node_modules"]);
  for (const [, place] of lock.matchAll(/^ {4}"((?!node_modules\/)[^"]+?\/node_modules)\/[^"]*": \{/gm)) {
    if (place !== undefined) found.add(place);
  }
  return [...found].sort();
}

/** Each importer with dependencies has modules of its own. */
function pnpmModules(lock: string): string[] {
  const importers = /^importers:\n((?:[ \n].*\n?)*)/m.exec(lock)?.[1] ?? "";
  const found = new Set(["node_modules"]);
  for (const [, place] of importers.matchAll(/^ {2}'?([^\s'][^':]*)'?:(?! \{\})/gm)) {
    if (place !== undefined && place !== ".") found.add(`${place}/node_modules`);
  }
  return [...found].sort();
}

/** Manifests of the workspaces that have modules. */
const members = ({ modules }: Manager): string[] =>
  modules
    .filter((each) => each !== "node_modules")
    .map((each) => each.replace(/node_modules$/, "package.json"));
