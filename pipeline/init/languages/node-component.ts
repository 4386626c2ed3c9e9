import { posix } from "node:path";
import type { ComponentDraft } from "../part.ts";
import { plainName } from "../repository.ts";
import { listed } from "../sayings.ts";
import { artifactOf } from "./node-artifact.ts";
import { listeningOf } from "./node-port.ts";
import type { NodeProject } from "./node-project.ts";
import { isNeeded, unpackable } from "./node-siblings.ts";
import type { Family } from "./node-workspaces.ts";
import { healthOf, portFromEnvironment, portOf, type Surroundings, startOf } from "./surroundings.ts";

type Setting = { around: Surroundings; family: Family };

type Serving = {
  /** As it runs in the artifact. */
  command: string;
  /** What the build makes and is the artifact, relative to the project; null: its sources are what runs. */
  made: string | null;
  /** What else it needs beside the manifest, relative to the project. */
  beside: string[];
  /** Null: nothing of it is seen to listen. */
  port: number | null;
  /** Variable that it reads its port from, beside PORT. */
  variable?: string;
  because: string;
  /** Its development tools serve it. */
  tools?: boolean;
};

/** What a package serves, with the dependencies that it needs for running; null where nothing of it is started. */
export function nodeComponent(project: NodeProject, { around, family }: Setting): ComponentDraft | null {
  const { scripts, running } = project;
  const serving = framework(project, around) ?? script(project, around);
  const workspace = project !== family.project;
  const listens = serving !== null && serving.port !== null;
  if (
    workspace &&
    isNeeded(project, family) &&
    !listens &&
    around.service === null &&
    around.dockerfile === null
  ) {
    if (serving !== null) sayShared(project, around);
    return null;
  }
  if (serving === null) {
    if (scripts.start !== undefined || around.dockerfile !== null || project.packages.has("@sveltejs/kit"))
      around.say({
        kind: "unknown",
        what: `how ${around.name} is started`,
        remedy: `add it under components, with build, artifact and command${project.packages.has("@sveltejs/kit") ? "; SvelteKit's adapter-node makes a server" : ""}`,
      });
    return null;
  }
  const content = { made: serving.made, beside: serving.beside, tools: serving.tools ?? false };
  if (workspace && family.manager !== "pnpm" && !packs(project, content.tools, { around, family }))
    return null;
  return {
    name: plainName(around.name),
    ...artifactOf(project, content, family),
    command: serving.command,
    port: serving.port,
    env: {
      ...(serving.port === null ? {} : { PORT: "${port}", [serving.variable ?? "PORT"]: "${port}" }),
      NODE_ENV: "production",
    },
    health: serving.port === null ? {} : healthOf(around),
    migrate: running.has("prisma") && hasPrisma(project) ? "npx prisma migrate deploy" : null,
    served: content.tools,
    because: serving.because,
  };
}

/** A start script is in every template: a package that others are made with is a library until somebody says more. */
const sayShared = ({ directory }: NodeProject, { say }: Surroundings): void =>
  say({
    kind: "unknown",
    what: `whether ${directory}, which other packages here need, is started by itself, too`,
    remedy: "add it under components, with build, artifact and command, if its script start is used",
  });

/** Whether npm finds in a registry what one workspace needs for running: a name of ours may be somebody else's there. */
function packs(project: NodeProject, tools: boolean, { around, family }: Setting): boolean {
  const missing = unpackable(project, family);
  if (missing.length > 0) {
    around.say({
      kind: "unknown",
      what: `how ${around.name} gets ${listed(missing)} for running, which no registry has`,
      remedy:
        "let its build bundle them (esbuild, tsdown), or take them along otherwise; then add it under components, with build, artifact and command",
    });
    return false;
  }
  if (tools ? project.packages.size > 0 : project.running.size > 0)
    around.say({
      kind: "guessed",
      what: `${around.name} carries the dependencies that npm chooses from its own package.json`,
      because: "the lock is the workspace's; a bundler would make it independent of them",
    });
  return true;
}

const hasPrisma = ({ files }: NodeProject): boolean => files.includes("prisma/schema.prisma");

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
  const listening = listeningOf(project, around);
  const port = listening?.port ?? null;
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
    variable: listening?.variable ?? "PORT",
    because: started.because,
  };
}
