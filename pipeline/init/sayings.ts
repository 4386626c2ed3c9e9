import { posix } from "node:path";
import type { Part } from "./part.ts";
import type { Composed } from "./platform/compose.ts";
import type { Dockerfile } from "./platform/dockerfile.ts";
import type { Repository, Saying } from "./repository.ts";

type Say = (saying: Saying) => void;

/** Up to three names, and how many more there are. */
export const listed = (names: string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");

/** Servers of compose files and workflows: those that tests have here, and those that they cannot have. */
export function sayServers({ servers, others }: Composed, say: Say): void {
  for (const { kind, image, name, where } of servers) {
    say({
      kind: "found",
      what: `${kind === "postgres" ? "PostgreSQL" : "Redis"} (${image}) as ${name}`,
      where,
    });
    if (image.includes("timescale"))
      say({
        kind: "unknown",
        what: "whether the extension timescaledb is on the machine",
        remedy: "add `extensions: [timescaledb]` to services.postgres where it is",
      });
  }
  if (others.length > 0)
    say({
      kind: "unknown",
      what: `whether tests need ${listed(others.map(({ name, image }) => `${name} (${image})`))}: only PostgreSQL and Redis are started for them`,
      remedy: "start it beside the run and name its address under env of the checks that need it",
    });
}

/** Several services that are built of one directory are one project here: only one of them became a component. */
export function sayPrograms({ built }: Composed, chosen: Set<string>, say: Say): void {
  const further = built.filter(
    ({ name, directory, command }) =>
      !chosen.has(name) &&
      command.length > 0 &&
      built.some((other) => chosen.has(other.name) && other.directory === directory),
  );
  for (const { name, command } of further)
    say({
      kind: "unknown",
      what: `${name} of the compose file (\`${command.join(" ")}\`), a further program of the same directory`,
      remedy: "add it under components, with the same build and artifact and its own command",
    });
}

export function sayPlatforms(
  dockerfiles: Dockerfile[],
  manifests: string[],
  { files }: Composed,
  say: Say,
): void {
  if (dockerfiles.length > 0)
    say({
      kind: "found",
      what: dockerfiles.length === 1 ? "a Dockerfile" : `${dockerfiles.length} Dockerfiles`,
      where: listed(dockerfiles.map(({ path }) => path)),
    });
  if (files.length > 0) say({ kind: "found", what: "compose", where: listed(files) });
  if (manifests.length === 0) return;
  say({ kind: "found", what: "Kubernetes manifests", where: listed(manifests) });
  say({
    kind: "unknown",
    what: "where production runs: nothing here deploys by manifests, and what is written is for this machine (target: local)",
    remedy:
      "name hosts (`target: { systemd: … }`, docs/systemd.md), or keep deploying with the manifests: checks, scans and builds work without a target",
  });
}

/** How migrations are found, and what a component's command to migrate says where it applies them. */
const migrations: [string, RegExp, RegExp][] = [
  ["by alembic", /(^|\/)alembic\.ini$/, /alembic/],
  ["by Prisma", /(^|\/)schema\.prisma$/, /prisma/],
  ["by Django", /(^|\/)migrations\/0001_\w+\.py$/, /manage\.py/],
  ["by drizzle", /(^|\/)drizzle\.config\.\w+$/, /drizzle/],
  ["by Diesel", /(^|\/)diesel\.toml$/, /diesel/],
  ["in SQL", /(^|\/)migrations\/[^/]+\.sql$/, /\.sql|migrations/],
];

/** Migrations that are there, and those of which nobody says who applies them. */
export function sayMigrations(repository: Repository, parts: Part[], say: Say): void {
  const commands = parts.flatMap(({ components }) => components.flatMap(({ migrate }) => migrate ?? []));
  const rust = parts.some(({ language }) => language === "rust");
  for (const [kind, pattern, word] of migrations) {
    const file = repository.files.find((path) => pattern.test(path));
    if (file === undefined) continue;
    const sql = kind === "in SQL";
    const where = sql ? posix.dirname(file) : file;
    say({ kind: "found", what: `migrations ${kind}`, where });
    // Of cargo's own the Rust project tells.
    if (commands.some((command) => word.test(command)) || (sql && rust)) continue;
    say({
      kind: "unknown",
      what: `which program applies ${sql ? `${where}/*.sql` : `the migrations ${kind} (${where})`}`,
      remedy: "name it under migrate in the environments: it must be in the artifact, and safe to run twice",
    });
  }
}

const elsewhere: [string, RegExp][] = [
  ["Go", /(^|\/)go\.mod$/],
  ["Java", /(^|\/)(pom\.xml|build\.gradle(\.kts)?)$/],
  [".NET", /\.(csproj|fsproj|sln)$/],
  ["Ruby", /(^|\/)Gemfile$/],
  ["PHP", /(^|\/)composer\.json$/],
  ["Elixir", /(^|\/)mix\.exs$/],
  ["Terraform", /\.tf$/],
  ["Helm", /(^|\/)Chart\.yaml$/],
];

/** What a repository holds beside the three languages: it has no checks unless somebody writes them. */
export function sayElsewhere({ files }: Repository, say: Say): void {
  const own = files.filter((path) => !/(^|\/)(node_modules|vendor|third_party)\//.test(path));
  for (const [what, pattern] of elsewhere) {
    const where = own.find((path) => pattern.test(path));
    if (where === undefined) continue;
    say({
      kind: "unknown",
      what: `how ${what} (${where}) is checked: init knows Python, Node and Rust`,
      remedy: "any command can be a check: name its linter and its tests under checks",
    });
  }
}

const unbrought: [string, RegExp, string][] = [
  ["shellcheck", /(^|\/)\.shellcheckrc$/, "shellcheck scripts/*.sh"],
  ["hadolint", /(^|\/)\.hadolint\.ya?ml$/, "hadolint Dockerfile"],
];

/** Linters that no package manager of the project brings. */
export function sayLinters({ files }: Repository, say: Say): void {
  for (const [linter, pattern, command] of unbrought) {
    const where = files.find((path) => pattern.test(path));
    if (where === undefined) continue;
    say({
      kind: "unknown",
      what: `whether ${linter} (${where}) is on every machine that runs the checks: nothing here brings it`,
      remedy: `add \`${linter}: ${command}\` to checks.lint where it is; its findings are read`,
    });
  }
}
