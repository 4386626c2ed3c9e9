import { posix } from "node:path";
import picomatch from "picomatch";
import {
  at,
  filesBelow,
  jsonAt,
  type Repository,
  type Table,
  tableAt,
  textOf,
  textsOf,
  yamlAt,
} from "../repository.ts";

/** A package of Node with what it says of itself. */
export type NodeProject = {
  /** Relative to the repository's root. */
  directory: string;
  name: string;
  manifest: Table;
  scripts: Record<string, string>;
  /** Names of all dependencies, for work and for running. */
  packages: Set<string>;
  running: Set<string>;
  files: string[];
};

export type Manager = "npm" | "pnpm" | "yarn" | "bun" | "none";

export function readNode(repository: Repository, directory: string): NodeProject {
  const manifest = jsonAt(repository, at(directory, "package.json")) ?? {};
  const running = Object.keys(tableAt(manifest, "dependencies"));
  const scripts = Object.entries(tableAt(manifest, "scripts")).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : [],
  );
  return {
    directory,
    name: textOf(manifest.name) ?? posix.basename(directory === "." ? repository.name : directory),
    manifest,
    scripts: Object.fromEntries(scripts),
    packages: new Set([...running, ...Object.keys(tableAt(manifest, "devDependencies"))]),
    running: new Set(running),
    files: filesBelow(repository, directory),
  };
}

/** Locks of Bun, its text and its older form of bytes. */
export const bunLocks = ["bun.lock", "bun.lockb"];

export function managerOf({ files }: NodeProject): Manager {
  if (files.includes("package-lock.json") || files.includes("npm-shrinkwrap.json")) return "npm";
  if (files.includes("pnpm-lock.yaml")) return "pnpm";
  if (files.includes("yarn.lock")) return "yarn";
  return bunLocks.some((lock) => files.includes(lock)) ? "bun" : "none";
}

/** Packages of the project's workspaces (package.json's or pnpm's), sorted by directory. */
export function workspacesOf(repository: Repository, project: NodeProject): NodeProject[] {
  const { manifest, directory, files } = project;
  const written = [
    ...textsOf(manifest.workspaces),
    ...textsOf(tableAt(manifest, "workspaces").packages),
    ...textsOf(yamlAt(repository, at(directory, "pnpm-workspace.yaml"))?.packages),
  ].map((each) => each.replace(/^\.\//, "").replace(/\/$/, ""));
  const wanted = written.filter((each) => !each.startsWith("!"));
  if (wanted.length === 0) return [];
  const matches = picomatch(wanted, {
    ignore: written.filter((each) => each.startsWith("!")).map((each) => each.slice(1)),
  });
  return files
    .filter((path) => path.endsWith("/package.json") && matches(posix.dirname(path)))
    .map((path) => readNode(repository, at(directory, posix.dirname(path))));
}

/** How a program of the dependencies is called by hand; where nothing installs them, npx would take any newest one. */
export const launcherOf = (manager: Manager): string =>
  ({ npm: "npx", pnpm: "pnpm exec", yarn: "yarn", bun: "bunx", none: "npx --no-install" })[manager];

/** How a script is called. */
export const scriptOf = (manager: Manager, script: string): string => {
  const plain = manager === "none" ? "npm" : manager;
  // Bun's own test is another program than the script.
  return script === "test" && plain !== "bun" ? `${plain} test` : `${plain} run ${script}`;
};
