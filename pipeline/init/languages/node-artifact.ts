import { posix } from "node:path";
import { shellWord } from "../../shell-word.ts";
import { at } from "../repository.ts";
import { bunLocks, launcherOf, type NodeProject, scriptOf } from "./node-project.ts";
import { hasForeignTools, siblingsOf } from "./node-siblings.ts";
import { type Family, yarnOf } from "./node-workspaces.ts";

/** What of a package is needed for running. */
export type Content = {
  /** What the build makes and is the artifact, relative to the project; null: its sources are what runs. */
  made: string | null;
  /** What else it needs beside the manifest, relative to the project. */
  beside: string[];
  /** Its development tools serve it. */
  tools: boolean;
};

export type Artifact = { build: string[]; artifact: string };

/**
 * The artifact is what the build makes anyhow: every linter and test runner of the project leaves that alone. One of
 * pnpm's workspaces is put together by pnpm: it knows the lock, and packages of the repository that no registry has.
 */
export function artifactOf(project: NodeProject, content: Content, family: Family): Artifact {
  const workspace = project !== family.project;
  return workspace && family.manager === "pnpm"
    ? deployed(project, content, family)
    : assembled(project, content, family, workspace);
}

function assembled(
  project: NodeProject,
  { made, beside, tools }: Content,
  family: Family,
  workspace: boolean,
): Artifact {
  const { directory, scripts, files } = project;
  const target = made ?? (scripts.build === undefined ? "dist" : "artifact");
  const before = workspace ? buildOfSiblings(project, family) : [];
  const root = before.length > 0 ? family.project.directory : ".";
  const needed = tools ? project.packages.size > 0 : project.running.size > 0;
  return {
    build: [
      ...going(".", root),
      ...before,
      ...going(root, directory),
      ...(scripts.build === undefined ? [] : [scriptOf(family.manager, "build")]),
      ...(made === null ? [`rm -rf ${target} && mkdir ${target}`] : []),
      `cp -R ${["package.json", ...(workspace ? [] : locksOf(files)), ...beside].map(shellWord).join(" ")} ${target}/`,
      ...(workspace && !tools && hasForeignTools(project, family)
        ? [`npm pkg delete devDependencies --prefix ${target}`]
        : []),
      ...(needed ? [install(target, project, family, { tools, workspace })] : []),
    ],
    artifact: at(directory, target),
  };
}

const going = (from: string, to: string): string[] =>
  from === to ? [] : [`cd ${shellWord(posix.relative(from, to))}`];

/** pnpm asks from version 10 on for a setting before it puts together what is not injected; earlier ones pass it over. */
function deployed(project: NodeProject, { made, beside, tools }: Content, family: Family): Artifact {
  const root = family.project.directory;
  const own = posix.relative(root, project.directory);
  const target = shellWord(posix.join(own, "artifact"));
  const builds = [...siblingsOf(project, family), project].some(({ scripts }) => scripts.build !== undefined);
  const build = usesTurbo(family)
    ? `${launcherOf("pnpm")} turbo run build --filter=${shellWord(project.name)}`
    : `pnpm --filter ${shellWord(`./${own}...`)} --if-present run build`;
  const more = [...(made === null ? [] : [`${made}/.`]), ...beside].map((path) =>
    shellWord(posix.join(own, path) + (path.endsWith("/.") ? "/." : "")),
  );
  return {
    build: [
      ...going(".", root),
      ...(builds ? [build] : []),
      `rm -rf ${target}`,
      `npm_config_force_legacy_deploy=true pnpm --filter ${shellWord(`./${own}`)} deploy${tools ? "" : " --prod"} ${target}`,
      // A link to the package where it came from, which no other place has.
      `rm -f ${shellWord(posix.join(own, "artifact/node_modules/.pnpm/node_modules", project.name))}`,
      ...(more.length > 0 ? [`cp -R ${more.join(" ")} ${target}/`] : []),
    ],
    artifact: at(project.directory, "artifact"),
  };
}

const usesTurbo = ({ project }: Family): boolean =>
  project.packages.has("turbo") && project.files.includes("turbo.json");

/** What a package is made with is built before it. */
function buildOfSiblings(project: NodeProject, family: Family): string[] {
  const built = siblingsOf(project, family).filter(({ scripts }) => scripts.build !== undefined);
  if (built.length === 0) return [];
  if (usesTurbo(family))
    return [
      `${launcherOf(family.manager)} turbo run build ${built.map(({ name }) => `--filter=${shellWord(name)}`).join(" ")}`,
    ];
  return built.map((each) => {
    if (family.manager === "yarn") return `yarn workspace ${each.name} run build`;
    if (family.manager === "bun") return `bun run --filter ${each.name} build`;
    const place = posix.relative(family.project.directory, each.directory);
    return `npm run build --workspace ${shellWord(place)}`;
  });
}

const locksOf = (files: string[]): string[] =>
  ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", ...bunLocks, ".npmrc"].filter((path) =>
    files.includes(path),
  );

type Manner = { tools: boolean; workspace: boolean };

function install(
  target: string,
  project: NodeProject,
  { manager, around }: Family,
  { tools, workspace }: Manner,
): string {
  if (workspace || manager === "none")
    return `npm install --prefix ${target} --no-audit --no-fund${tools ? "" : " --omit=dev"}`;
  if (manager === "npm") return `npm ci --prefix ${target}${tools ? "" : " --omit=dev"}`;
  if (manager === "pnpm")
    return `pnpm install --dir ${target} --ignore-workspace --frozen-lockfile${tools ? "" : " --prod"}`;
  if (manager === "yarn") return yarnInstall(target, yarnOf(around.repository, project), tools);
  return `bun install --cwd ${target} --frozen-lockfile${tools ? "" : " --production"}`;
}

/** From version 4 on Yarn leaves development tools out by itself; an artifact has no other place for packages than its own. */
function yarnInstall(target: string, major: number, tools: boolean): string {
  if (major === 1) return `yarn install --cwd ${target} --frozen-lockfile${tools ? "" : " --production"}`;
  const what = tools || major < 4 ? "install --immutable" : "workspaces focus --production";
  return `YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true yarn --cwd ${target} ${what}`;
}
