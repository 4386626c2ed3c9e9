import { posix } from "node:path";
import { shellWord } from "../../shell-word.ts";
import type { ComponentDraft } from "../part.ts";
import { at, plainName } from "../repository.ts";
import { bunLocks, type Manager, type NodeProject, scriptOf } from "./node-project.ts";
import { yarnOf } from "./node-workspaces.ts";
import { healthOf, portFromEnvironment, portOf, type Surroundings, startOf } from "./surroundings.ts";

type Setting = { manager: Manager; around: Surroundings; workspace: boolean };

type Serving = {
  /** As it runs in the artifact. */
  command: string;
  /** What the build makes and is the artifact, relative to the project; null: its sources are what runs. */
  made: string | null;
  /** What else it needs beside the manifest, relative to the project. */
  beside: string[];
  port: number;
  because: string;
  /** Its development tools serve it. */
  tools?: boolean;
};

/**
 * What a package serves, with the dependencies that it needs for running; null where nothing of it is started. The
 * artifact is what the build makes anyhow: every linter and test runner of the project leaves that alone.
 */
export function nodeComponent(project: NodeProject, setting: Setting): ComponentDraft | null {
  const { around, manager, workspace } = setting;
  const { directory, scripts, running } = project;
  const serving = framework(project, around) ?? script(project, around);
  if (serving === null) {
    if (scripts.start !== undefined || around.dockerfile !== null || project.packages.has("@sveltejs/kit"))
      around.say({
        kind: "unknown",
        what: `how ${around.name} is started`,
        remedy: `add it under components, with build, artifact and command${project.packages.has("@sveltejs/kit") ? "; SvelteKit's adapter-node makes a server" : ""}`,
      });
    return null;
  }
  const needed = serving.tools ? project.packages.size > 0 : running.size > 0;
  if (needed && workspace) {
    around.say({
      kind: "guessed",
      what: `${around.name} carries the dependencies that npm chooses from its own package.json`,
      because: "the lock is the workspace's; a bundler would make it independent of them",
    });
  }
  const target = serving.made ?? (scripts.build === undefined ? "dist" : "artifact");
  return {
    name: plainName(around.name),
    build: [
      ...(directory === "." ? [] : [`cd ${shellWord(directory)}`]),
      ...(scripts.build === undefined ? [] : [scriptOf(manager, "build")]),
      ...(serving.made === null ? [`rm -rf ${target} && mkdir ${target}`] : []),
      `cp -R ${["package.json", ...(workspace ? [] : locksOf(project.files)), ...serving.beside].map(shellWord).join(" ")} ${target}/`,
      ...(needed ? [install(target, project, setting, serving.tools ?? false)] : []),
    ],
    artifact: at(directory, target),
    command: serving.command,
    port: serving.port,
    env: { PORT: "${port}", NODE_ENV: "production" },
    health: healthOf(around),
    migrate: running.has("prisma") && hasPrisma(project) ? "npx prisma migrate deploy" : null,
    served: serving.tools ?? false,
    because: serving.because,
  };
}

const hasPrisma = ({ files }: NodeProject): boolean => files.includes("prisma/schema.prisma");

const locksOf = (files: string[]): string[] =>
  ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", ...bunLocks, ".npmrc"].filter((path) =>
    files.includes(path),
  );

/** What migrations need. */
const migrationsOf = ({ files }: NodeProject): string[] => [
  ...(files.includes("prisma/schema.prisma") ? ["prisma"] : []),
  ...(files.some((path) => path.startsWith("migrations/")) ? ["migrations"] : []),
];

/** All top-level directories of code, and files beside them. */
function sourcesOf({ files }: NodeProject): string[] {
  const apart = /^(tests?|__tests__|docs?|scripts|e2e|\..*|node_modules)$/;
  const tops = files.filter((path) => path.includes("/")).map((path) => path.split("/")[0] ?? "");
  const plain = files.filter((path) => /^[\w-]+\.(js|mjs|cjs)$/.test(path) && !/config\.\w+$/.test(path));
  return [...new Set(tops)].filter((top) => !apart.test(top)).concat(plain);
}

function install(
  target: string,
  project: NodeProject,
  { manager, workspace, around }: Setting,
  tools: boolean,
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

function framework(project: NodeProject, around: Surroundings): Serving | null {
  const { packages } = project;
  const port = (usual: number) => portOf(around) ?? usual;
  const kit = packages.has("@sveltejs/kit");
  if (kit && packages.has("@sveltejs/adapter-node"))
    return {
      command: "node index.js",
      made: "build",
      beside: migrationsOf(project),
      port: port(3000),
      because: "SvelteKit's adapter-node makes a server",
    };
  if (packages.has("next")) return next(project, port(3000));
  if (
    !packages.has("vite") ||
    (kit && !packages.has("@sveltejs/adapter-static")) ||
    startsNode(project, around)
  )
    return null;
  return {
    command: "npx vite preview --outDir . --host 0.0.0.0 --port $PORT --strictPort",
    made: kit ? "build" : "dist",
    beside: [],
    // A port below 1024 is that of the server of files in the Dockerfile, and nobody else's without privileges.
    port: port(0) < 1024 ? 4173 : port(0),
    because: "Vite's preview serves what it built; name here what serves these files in production",
    tools: true,
  };
}

/** Next's server needs what it built and its dependencies; a build directory is what its linter leaves alone. */
function next(project: NodeProject, port: number): Serving {
  const open = project.files.some((path) => path.startsWith("public/")) ? ["public"] : [];
  const because = "Next serves what it built";
  return {
    command: "npx next start --port $PORT",
    made: null,
    beside: [".next", ...open, ...migrationsOf(project)],
    port,
    because,
  };
}

const startsNode = ({ scripts }: NodeProject, around: Surroundings): boolean =>
  /^node\s/.test(scripts.start ?? "") || startOf(around)?.words[0] === "node";

/** The start script, the Dockerfile or the compose file. */
function script(project: NodeProject, around: Surroundings): Serving | null {
  const { scripts, files } = project;
  const own =
    scripts.start === undefined
      ? null
      : { words: scripts.start.split(/\s+/), because: "the script start says so" };
  const started = own ?? startOf(around);
  if (started === null || started.words[0] !== "node" || /&&|[;|]/.test(started.words.join(" "))) return null;
  const port = portOf(around) ?? 3000;
  const entry = started.words.find((word) => /\.\w+$|^(\.\/)?(dist|build|out)\/?$/.test(word)) ?? "";
  const top = posix.normalize(entry).split("/")[0] ?? "";
  const made =
    scripts.build !== undefined &&
    top !== "" &&
    !files.some((path) => path === top || path.startsWith(`${top}/`));
  const words = made
    ? started.words.map((word) =>
        word === entry ? posix.relative(top, posix.normalize(entry)) || "index.js" : word,
      )
    : started.words;
  return {
    command: portFromEnvironment(words, port),
    made: made ? top : null,
    beside: made ? migrationsOf(project) : sourcesOf(project),
    port,
    because: started.because,
  };
}
