import { validRange } from "semver";
import type { Part } from "../part.ts";
import { at, tableAt, textOf } from "../repository.ts";
import { nodeChecks } from "./node-checks.ts";
import { nodeComponent } from "./node-component.ts";
import { type Manager, managerOf, type NodeProject, readNode, workspacesOf } from "./node-project.ts";
import { nodeToolchain } from "./node-setup.ts";
import { type Surroundings, versionOfImage } from "./surroundings.ts";

/** A Node project with its workspaces; `aroundOf` gives what the repository tells of one of those. */
export function lookAtNode(around: Surroundings, aroundOf: (directory: string) => Surroundings): Part {
  const project = readNode(around.repository, around.directory);
  const manager = managerOf(project);
  const workspaces = workspacesOf(around.repository, project);
  found(project, manager, workspaces.length, around);
  const family = { project, manager, members: workspaces, around };
  const packages = [project, ...workspaces];
  const components = packages.flatMap((each) => {
    const own = each === project ? around : aroundOf(each.directory);
    const component = nodeComponent(each, { around: own, family });
    return component === null ? [] : [component];
  });
  return {
    language: "node",
    directory: around.directory,
    toolchain: nodeToolchain(family, versionOf(project, around)),
    ...nodeChecks(family),
    components,
  };
}

const locks: Record<Manager, string> = {
  npm: "package-lock.json",
  pnpm: "pnpm-lock.yaml",
  yarn: "yarn.lock",
  bun: "bun.lock",
  none: "package.json",
};

function found(project: NodeProject, manager: Manager, workspaces: number, around: Surroundings): void {
  const framework = frameworkOf(project);
  const bytes = manager === "bun" && !project.files.includes(locks.bun);
  const words = [
    ...(manager === "none" ? [] : [manager]),
    ...(framework === null ? [] : [framework]),
    ...(workspaces === 0 ? [] : [`${workspaces} ${workspaces === 1 ? "workspace" : "workspaces"}`]),
  ];
  around.say({
    kind: "found",
    what: words.length === 0 ? "Node" : `Node (${words.join(", ")})`,
    where: at(around.directory, bytes ? "bun.lockb" : locks[manager]),
  });
  if (manager === "none" && project.packages.size > 0) {
    around.say({
      kind: "unknown",
      what: "which versions the dependencies have: there is no lock file",
      remedy:
        "run npm install and commit package-lock.json; without it nothing is installed before the checks",
    });
  }
}

function frameworkOf({ packages }: NodeProject): string | null {
  const known: [string, string][] = [
    ["@sveltejs/kit", "SvelteKit"],
    ["next", "Next"],
    ["vite", "Vite"],
  ];
  return known.find(([name]) => packages.has(name))?.[1] ?? null;
}

function versionOf({ manifest }: NodeProject, around: Surroundings): string {
  const { repository, directory } = around;
  const written = textOf(tableAt(manifest, "engines").node);
  if (written !== null && validRange(written) !== null) return written;
  for (const file of [".nvmrc", ".node-version"]) {
    const major = /^v?(\d+(\.\d+)*)/.exec((repository.text(at(directory, file)) ?? "").trim())?.[1];
    if (major !== undefined) return `>=${major}`;
  }
  return versionOfImage(around, { language: "Node", image: /node:(\d+)/, usual: ">=20" });
}
