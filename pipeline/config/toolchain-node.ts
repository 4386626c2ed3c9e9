import type { Command } from "./config.ts";
import { below, type CheckoutFacts, registryAccess, type ToolchainDefaults } from "./toolchain-defaults.ts";
import { namesRepository, nodeImage } from "./toolchain-images.ts";

type Manager = {
  setup: Command[];
  lock: string;
  settings: string[];
  modules: string[];
  /** Its lock names packages by their repositories. */
  repositories: boolean;
};

/** Node with the package manager of its lock: npm, pnpm or yarn. Without a lock there is no set-up. */
export function nodeDefaults(directory: string, range: string, facts: CheckoutFacts): ToolchainDefaults {
  const at = below(directory);
  const manager = managerOf(at, facts);
  return {
    image: nodeImage(range, manager?.repositories === true),
    probe: ["node", "--version"],
    setup: manager?.setup ?? [],
    inputs: manager
      ? ["package.json", manager.lock, ...manager.settings].map(at).concat(members(manager).map(at))
      : [],
    outputs: (manager?.modules ?? []).map(at),
    caches: [],
    path: [at("node_modules/.bin"), at(`${ownManager}/bin`)],
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
    const text = facts.text(at(lock)) ?? "";
    const repositories = namesRepository(text);
    return {
      setup: ["npm ci"],
      lock,
      settings: settings([".npmrc"]),
      modules: npmModules(text),
      repositories,
    };
  }
  // Each question costs an executor of containers a turn: none is asked before its answer is needed.
  const manifest = () => facts.text(at("package.json")) ?? "";
  if (facts.has(at("pnpm-lock.yaml"))) {
    const lock = facts.text(at("pnpm-lock.yaml")) ?? "";
    const version = pinned("pnpm", manifest()) ?? pnpmFor(lock);
    return {
      setup: [installing("pnpm", `pnpm@${version}`, "pnpm install --frozen-lockfile")],
      lock: "pnpm-lock.yaml",
      settings: settings([".npmrc", "pnpm-workspace.yaml", ".pnpmfile.cjs"]),
      modules: pnpmModules(lock),
      repositories: namesRepository(lock),
    };
  }
  if (!facts.has(at("yarn.lock"))) return null;
  const berry = facts.has(at(".yarnrc.yml"));
  const written = manifest();
  const workspaces = written.includes('"workspaces"');
  const version = pinned("yarn", written) ?? (berry ? "4" : "1");
  const name = version.startsWith("1") ? `yarn@${version}` : `@yarnpkg/cli-dist@${version}`;
  return {
    setup: [installing("yarn", name, `yarn install ${berry ? "--immutable" : "--frozen-lockfile"}`)],
    lock: "yarn.lock",
    settings: settings([".npmrc", ".yarnrc", ".yarnrc.yml"]),
    // Its lock does not tell where a workspace keeps modules of its own: such a set-up is done each time.
    modules: workspaces ? [] : ["node_modules"],
    repositories: namesRepository(written),
  };
}

/** Where a manager lies that the machine does not have: among the modules, so that it comes and goes with them. */
const ownManager = "node_modules/.manager";

/**
 * Installs by the machine's own manager, or else by one of the right version from npm, which comes with Node. It is
 * moved to the modules last: managers clear what they do not know there.
 */
const installing = (manager: string, wanted: string, install: string): string =>
  [
    `rm -rf ${ownManager}`,
    `if command -v ${manager} >/dev/null 2>&1; then ${install}; exit; fi`,
    "own=$(mktemp -d) && trap 'rm -rf \"$own\"' EXIT",
    `npm install --silent --no-audit --no-fund --global --prefix "$own" ${wanted} &&`,
    `PATH="$own/bin:$PATH" ${install} && mkdir -p node_modules && mv "$own" ${ownManager}`,
  ].join("\n");

/** The version in package.json's packageManager, e.g. "pnpm@9.15.9+sha512.…". */
const pinned = (manager: string, manifest: string): string | null =>
  new RegExp(`"packageManager"\\s*:\\s*"${manager}@([\\w.-]+)`).exec(manifest)?.[1] ?? null;

/** The newest pnpm that writes this format of lock, by its major version. */
function pnpmFor(lock: string): string {
  const format = Number.parseFloat(/^lockfileVersion: '?([\d.]+)/m.exec(lock)?.[1] ?? "9");
  return format >= 9 ? "10" : format >= 6 ? "8" : "7";
}

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
  // Up to the next line that begins with neither a space nor its own end.
  const importers = /^importers:\n((?: .*\n|\n)*)/m.exec(lock)?.[1] ?? "";
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
