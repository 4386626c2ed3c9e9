import { posix } from "node:path";
import { isTable, type Repository, type Table, tableAt, textOf, yamlAt } from "../repository.ts";
import { assignmentsIn } from "./assignments.ts";
import { wordsOf } from "./dockerfile.ts";

/** A server that tests and environments need, as a compose file has it. */
export type Server = {
  /** Its name in the compose file. */
  name: string;
  kind: "postgres" | "redis";
  /** e.g. postgres:15-alpine */
  image: string;
  /** The tag's major version, or null where it says none. */
  major: number | null;
  database: string | null;
  user: string | null;
  /** SQL files that it runs on its first start, relative to the root. */
  init: string[];
  /** The file that tells of it. */
  where: string;
};

/** A service of the compose file that is built here. */
export type ComposedService = {
  name: string;
  /** Directory that it is built from, relative to the root. */
  directory: string;
  command: string[];
  port: number | null;
  environment: Record<string, string>;
};

/** `others` are servers of kinds that tests cannot have here, by name. */
export type Composed = {
  files: string[];
  servers: Server[];
  others: { name: string; image: string }[];
  built: ComposedService[];
};

const names = /^(docker-)?compose(\.[\w-]+)*\.ya?ml$/;

/** What the compose files say, the plainest named first: it counts where several tell of one service. */
export function composeOf(repository: Repository): Composed {
  const files = repository.files
    .filter((path) => names.test(posix.basename(path)) && path.split("/").length <= 3)
    .sort((one, other) => one.length - other.length);
  const servers = new Map<string, Server>();
  const others = new Map<string, string>();
  const built = new Map<string, ComposedService>();
  for (const path of files) {
    const directory = posix.dirname(path);
    for (const [name, written] of Object.entries(tableAt(yamlAt(repository, path), "services"))) {
      if (!isTable(written)) continue;
      const server = serverOf(repository, name, written, path);
      if (server !== null && ![...servers.values()].some(({ kind }) => kind === server.kind))
        servers.set(name, server);
      const service = builtOf(repository, name, written, directory);
      if (service !== null && !built.has(name)) built.set(name, service);
      const image = filled(textOf(written.image) ?? "");
      if (server === null && service === null && image !== "") others.set(name, image);
    }
  }
  return {
    files,
    servers: [...servers.values()],
    others: [...others].map(([name, image]) => ({ name, image })),
    built: [...built.values()],
  };
}

export function serverOf(repository: Repository, name: string, written: Table, where: string): Server | null {
  const image = filled(textOf(written.image) ?? "");
  const kind = /(^|\/)(postgres(ql)?|postgis|timescaledb(-ha)?|pgvector)(:|$)/.test(image)
    ? "postgres"
    : /(^|\/)(redis|valkey|redis-stack(-server)?)(:|$)/.test(image)
      ? "redis"
      : null;
  if (kind === null) return null;
  const environment = environmentOf(written);
  const tag = image.split(":")[1] ?? "";
  const major = Number.parseInt(/pg(\d+)/.exec(tag)?.[1] ?? tag, 10);
  return {
    name,
    kind,
    image,
    major: Number.isNaN(major) ? null : major,
    database: environment.POSTGRES_DB ?? environment.POSTGRESQL_DATABASE ?? null,
    user: environment.POSTGRES_USER ?? environment.POSTGRESQL_USERNAME ?? null,
    init: kind === "postgres" ? initFiles(repository, written, posix.dirname(where)) : [],
    where,
  };
}

/** Files that are mounted where the image looks for what to run first. */
function initFiles(repository: Repository, { volumes }: Table, directory: string): string[] {
  const mounted = (Array.isArray(volumes) ? volumes : []).flatMap((each) => {
    const [from = "", to = ""] =
      typeof each === "string" ? each.split(":") : [textOf(each?.source) ?? "", textOf(each?.target) ?? ""];
    return to.startsWith("/docker-entrypoint-initdb.d") ? [posix.join(directory, from)] : [];
  });
  return mounted.flatMap((path) =>
    repository.files.filter(
      (file) => (file === path || file.startsWith(`${path}/`)) && file.endsWith(".sql"),
    ),
  );
}

function builtOf(
  repository: Repository,
  name: string,
  written: Table,
  directory: string,
): ComposedService | null {
  if (written.build === undefined) return null;
  const context = textOf(written.build) ?? textOf(tableAt(written, "build").context) ?? ".";
  const { command } = written;
  return {
    name,
    directory: placeOf(repository, posix.join(directory, context).replace(/\/$/, ""), written),
    command: Array.isArray(command)
      ? command.map(String)
      : typeof command === "string"
        ? wordsOf(command)
        : [],
    port: firstPort(written.ports) ?? firstPort(written.expose),
    environment: { ...filesOf(repository, written, directory), ...environmentOf(written) },
  };
}

/** The project that is built: the context's, or in a workspace the one beside whose manifest the Dockerfile lies. */
function placeOf({ files }: Repository, context: string, written: Table): string {
  const dockerfile = textOf(tableAt(written, "build").dockerfile);
  const beside = dockerfile === null ? context : posix.dirname(posix.join(context, dockerfile));
  const manifests = ["package.json", "pyproject.toml", "requirements.txt", "Cargo.toml"];
  return manifests.some((each) => files.includes(posix.join(beside, each))) ? beside : context;
}

function firstPort(written: unknown): number | null {
  const [mapping] = Array.isArray(written) ? written : [];
  const port = Number.parseInt(
    filled(String(mapping ?? ""))
      .split(":")
      .at(-1) ?? "",
    10,
  );
  return Number.isNaN(port) ? null : port;
}

/** What the files of variables set that a service names; one that git ignores is nobody's but its owner's. */
function filesOf(
  repository: Repository,
  { env_file: written }: Table,
  directory: string,
): Record<string, string> {
  const paths = (Array.isArray(written) ? written : [written])
    .map((each) => textOf(each) ?? textOf(tableAt(each).path))
    .filter((each) => each !== null)
    .map((each) => posix.join(directory, each));
  const known = paths.filter((path) => repository.files.includes(path));
  return Object.fromEntries(known.flatMap((path) => assignmentsIn(repository.text(path) ?? "")));
}

function environmentOf({ environment }: Table): Record<string, string> {
  const pairs = Array.isArray(environment)
    ? environment.map((each) => String(each).split(/=(.*)/s).slice(0, 2))
    : isTable(environment)
      ? Object.entries(environment)
      : [];
  return Object.fromEntries(
    pairs.map(([name, value]): [string, string] => [String(name), filled(String(value ?? ""))]),
  );
}

/** `${NAME:-default}` as its default, `${NAME}` as nothing: what the file says where nobody sets the variable. */
const filled = (text: string): string =>
  text.replaceAll(/\$\{\w+(?::?-([^}]*))?[^}]*\}/g, (_whole, fallback: string | undefined) => fallback ?? "");
