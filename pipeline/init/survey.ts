import { posix } from "node:path";
import { lookAtNode } from "./languages/node.ts";
import { lookAtPython } from "./languages/python.ts";
import { lookAtRust } from "./languages/rust.ts";
import type { Surroundings } from "./languages/surroundings.ts";
import type { Part } from "./part.ts";
import { type Place, placesOf } from "./parts.ts";
import { assignmentsIn } from "./platform/assignments.ts";
import { type Composed, type ComposedService, composeOf } from "./platform/compose.ts";
import { type Connection, connectionsOf } from "./platform/connections.ts";
import { type Dockerfile, dockerfilesOf } from "./platform/dockerfile.ts";
import { type Deployed, manifestsOf } from "./platform/kubernetes.ts";
import { besideJobs, withJobs } from "./platform/workflows.ts";
import { plainName, type Repository, type Saying } from "./repository.ts";
import { sayElsewhere, sayLinters, sayMigrations, sayPlatforms, sayPrograms, sayServers } from "./sayings.ts";

/** All that was seen of a repository. */
export type Survey = {
  repository: Repository;
  /** What is built here is for, e.g. linux/amd64. */
  platform: string;
  app: string;
  parts: Part[];
  composed: Composed;
  connections: Connection[];
  /** Variables that example files and compose files name. */
  variables: string[];
  sayings: Saying[];
};

/** Looks at a repository; nothing of it is run. */
export function survey(repository: Repository, platform: string): Survey {
  const sayings: Saying[] = [];
  const say = (saying: Saying) => {
    if (!sayings.some((each) => each.what === saying.what && each.kind === saying.kind)) sayings.push(saying);
  };
  const app = plainName(repository.name);
  const jobs = besideJobs(repository);
  const composed = withJobs(composeOf(repository), jobs);
  const dockerfiles = dockerfilesOf(repository);
  const manifests = manifestsOf(repository);
  const places = placesOf(repository);
  const examples = repository.files.filter((path) =>
    /(^|\/)(\.?env([.-]\w+)*[._-](example|sample|template|dist)|(example|sample|template)\.env)$/.test(path),
  );
  const texts = examples.map((path) => repository.text(path) ?? "");
  const around = (place: Place): Surroundings => {
    const service = serviceOf(place, composed, places);
    const dockerfile = dockerfileOf(place, dockerfiles);
    const name = nameOf(place, app, service, places);
    return {
      repository,
      directory: place.directory,
      name,
      dockerfile,
      service,
      deployed: deployedOf(name, manifests.deployed, places),
      say,
    };
  };
  const look = (place: Place): Part => {
    const own = around(place);
    if (place.language === "python")
      return lookAtPython(own, (directory) => around({ language: "python", directory }));
    if (place.language === "rust") return lookAtRust(own);
    return lookAtNode(own, (directory) => around({ language: "node", directory }));
  };
  const parts = places.map(look);
  sayServers(composed, say);
  sayPlatforms(dockerfiles, manifests.files, composed, say);
  sayMigrations(repository, parts, say);
  const chosen = places.map((place) => serviceOf(place, composed, places)?.name ?? "");
  sayPrograms(composed, new Set(chosen), say);
  sayElsewhere(repository, say);
  sayLinters(repository, say);
  return {
    repository,
    platform,
    app,
    parts,
    composed,
    connections: connectionsOf(composed, texts.flatMap(assignmentsIn), jobs.variables),
    variables: variablesIn(composed, texts),
    sayings,
  };
}

function variablesIn({ built }: Composed, texts: string[]): string[] {
  const named = texts.flatMap(assignmentsIn).map(([name]) => name);
  return [...new Set([...named, ...built.flatMap(({ environment }) => Object.keys(environment))])].sort();
}

function serviceOf({ directory }: Place, { built }: Composed, places: Place[]): ComposedService | null {
  const here = built.filter((each) => each.directory === directory);
  // A member of a workspace is no place of its own.
  const alone = places.filter((each) => each.directory === directory).length <= 1;
  return alone
    ? (here.find(({ name }) => /^(app|web|api|server|backend)$/.test(name)) ?? here[0] ?? null)
    : null;
}

const languages = /(^|\/)(python|node|rust)(:|$)/;

/** The Dockerfile of a project's directory, or one that is named after it; its base must be of the language. */
function dockerfileOf({ language, directory }: Place, all: Dockerfile[]): Dockerfile | null {
  const fits = ({ bases }: Dockerfile) => {
    const known = bases.map((base) => languages.exec(base)?.[2]).filter((each) => each !== undefined);
    return known.length === 0 || known.includes(language);
  };
  const name = posix.basename(directory);
  const named = ({ path }: Dockerfile) => posix.basename(path).toLowerCase().split(".").includes(name);
  return (
    all.find((each) => each.directory === directory && fits(each)) ??
    all.find((each) => directory !== "." && named(each) && fits(each)) ??
    null
  );
}

function nameOf({ directory }: Place, app: string, service: ComposedService | null, places: Place[]): string {
  if (directory !== ".") return plainName(posix.basename(directory));
  if (service !== null) return plainName(service.name);
  return places.length === 1 || directory === "." ? app : plainName(directory);
}

function deployedOf(name: string, all: Deployed[], places: Place[]): Deployed | null {
  const own = all.filter(({ image }) => !/(^|\/)(postgres|redis|nginx|prom|grafana)/.test(image));
  const named = own.find(
    (each) => each.name === name || each.image.split(":")[0]?.split("/").at(-1)?.endsWith(name),
  );
  return named ?? (places.length === 1 && own.length === 1 ? (own[0] ?? null) : null);
}
