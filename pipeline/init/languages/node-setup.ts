import { posix } from "node:path";
import { nodeDefaults } from "../../config/toolchain-node.ts";
import { at, type Table, tableAt, textOf, yamlAt } from "../repository.ts";
import { bunLocks } from "./node-project.ts";
import { expanded, piecesOf } from "./node-scripts.ts";
import { type Family, yarnOf } from "./node-workspaces.ts";

/** The toolchain of a project: its version, and where its set-up reads or writes more than manifests and locks tell. */
export function nodeToolchain(family: Family, version: string): Table {
  return { version, ...(family.manager === "bun" ? bunSetup(family) : knownSetup(family, version)) };
}

function knownSetup(family: Family, version: string): Table {
  const { manager, around } = family;
  const { repository, directory } = around;
  if (manager === "none") return {};
  const facts = {
    has: (path: string) => repository.files.includes(path),
    text: (path: string) => repository.text(path),
  };
  const known = nodeDefaults(directory, version, facts);
  const others = [...patches(family), ...schemas(family)];
  const scripts = unreadable(family);
  sayUnread(family, scripts);
  sayPrisma(family);
  const more = others.map((path) => at(directory, path));
  return {
    ...(scripts.length > 0 ? { inputs: [at(directory, "**")] } : {}),
    ...(scripts.length === 0 && more.length > 0 ? { inputs: [...known.inputs, ...more] } : {}),
    ...(manager === "yarn" && plugsIn(family) ? pnp(family) : {}),
  };
}

/** Patches of dependencies, and Yarn's own programs where they are in the repository. */
function patches({ project, around, manager }: Family): string[] {
  const { files, packages, manifest } = project;
  const below = (directory: string) => files.some((path) => path.startsWith(`${directory}/`));
  const settings = yamlAt(around.repository, at(around.directory, "pnpm-workspace.yaml"));
  const patched = {
    ...tableAt(manifest, "pnpm", "patchedDependencies"),
    ...tableAt(settings, "patchedDependencies"),
  };
  const places = [
    ...(packages.has("patch-package") ? ["patches"] : []),
    ...(manager === "pnpm"
      ? Object.values(patched)
          .flatMap((path) => textOf(path) ?? [])
          .map(posix.dirname)
      : []),
    ...(manager === "yarn" ? [".yarn/patches", ".yarn/plugins", ".yarn/releases"] : []),
  ].map(posix.normalize);
  return [...new Set(places)].filter(below).map((place) => `${place}/**`);
}

/** Schemas that Prisma's client is made of as it is installed. */
function schemas({ project }: Family): string[] {
  const { files, packages } = project;
  return packages.has("prisma") || packages.has("@prisma/client")
    ? files.filter((path) => path.endsWith(".prisma"))
    : [];
}

const hooks = ["preinstall", "install", "postinstall", "prepare"];

/** Commands of installing that make nothing, or read nothing but what is known of. */
const harmless =
  /^(?:(?:npx|pnpm exec|yarn|bunx) )?(husky|lefthook|simple-git-hooks|is-ci|only-allow|patch-package|pre-commit|corepack|svelte-kit sync|echo|true|exit|playwright install|git config|electron-builder install-app-deps)\b/;

/** Scripts of installing that read or write what nobody can tell without running them. */
function unreadable({ project, members, around }: Family): string[] {
  const generated = project.files.some(
    (path) =>
      path.endsWith(".prisma") &&
      /^\s*output\s*=\s*"(?!.*node_modules)/m.test(around.repository.text(at(around.directory, path)) ?? ""),
  );
  const plain = (command: string) =>
    harmless.test(command) || (/\bprisma generate\b/.test(command) && !generated && !/[;|]/.test(command));
  return [project, ...members].flatMap((each) =>
    hooks.flatMap((hook) => {
      const script = each.scripts[hook];
      if (script === undefined) return [];
      const commands = expanded(piecesOf(script), each.scripts).flatMap((piece) => piece.split(/\|\||;/));
      return commands.every((command) => plain(command.trim())) ? [] : [`${hook} (\`${script}\`)`];
    }),
  );
}

function sayUnread({ around }: Family, scripts: string[]): void {
  if (scripts.length === 0) return;
  around.say({
    kind: "unknown",
    what: `what ${[...new Set(scripts)].join(", ")} reads and writes: the set-up runs again after every change`,
    remedy:
      "name what it reads, the manifest and the lock under inputs of the toolchain; what it writes beside node_modules, under outputs",
  });
}

/** Package managers run fewer and fewer scripts of dependencies, by which Prisma's client was made in silence. */
function sayPrisma({ project, members, around }: Family): void {
  const packages = [project, ...members];
  const schema = project.files.find((path) => path.endsWith(".prisma"));
  if (schema === undefined || !packages.some(({ packages: all }) => all.has("@prisma/client"))) return;
  const made = packages.some(({ scripts }) =>
    hooks.some((hook) =>
      expanded(piecesOf(scripts[hook] ?? ""), scripts).some((piece) => /\bprisma generate\b/.test(piece)),
    ),
  );
  if (made) return;
  const beside = packages.findLast(({ directory }) =>
    at(around.directory, schema).startsWith(directory === "." ? "" : `${directory}/`),
  );
  around.say({
    kind: "unknown",
    what: "whether Prisma's client is there after installing: no script of installing says `prisma generate`",
    remedy: `add \`"postinstall": "prisma generate"\` to ${at(beside?.directory ?? ".", "package.json")}, and the set-up makes it; without it checks and builds depend on what a package manager lets @prisma/client do`,
  });
}

/** Whether Yarn keeps the dependencies in its own form, without node_modules. */
function plugsIn({ project, around }: Family): boolean {
  const settings = yamlAt(around.repository, at(around.directory, ".yarnrc.yml"));
  const linker = textOf(settings?.nodeLinker);
  return yarnOf(around.repository, project) > 1 && (linker === null || linker === "pnp");
}

/** What such a set-up writes lies in Yarn's own cache, too, where nobody keeps it: it is done each time. */
function pnp({ around }: Family): Table {
  around.say({
    kind: "unknown",
    what: "where Yarn's Plug'n'Play keeps the dependencies: its set-up is done each time, and containers have none of it",
    remedy: "write `nodeLinker: node-modules` to .yarnrc.yml, then take outputs out of the toolchain",
  });
  return { outputs: [] };
}

/** Bun has no set-up of its own here: it is written out. */
function bunSetup({ project, members, around }: Family): Table {
  const { directory } = around;
  const lock = bunLocks.find((path) => project.files.includes(path)) ?? "";
  around.say({
    kind: "unknown",
    what: `which versions ${at(directory, lock)} names: Bun's lock is not read here, and no scan of vulnerabilities knows it`,
    remedy:
      "bun has to be on the machine: its set-up is written out under toolchains; executors of containers need an image with node and bun there",
  });
  if (project.packages.size === 0 && members.length === 0) return {};
  const manifests = members.map((each) => at(each.directory, "package.json"));
  return {
    setup: ["bun install --frozen-lockfile"],
    inputs: [at(directory, "package.json"), at(directory, lock), ...manifests],
    // Where workspaces keep modules of their own, its lock does not tell: such a set-up is done each time.
    ...(members.length > 0 ? {} : { outputs: [at(directory, "node_modules")] }),
  };
}
