import { posix } from "node:path";
import { looksSecret } from "../config/secret-names.ts";
import { draftChecks } from "./draft-checks.ts";
import { draftServices } from "./draft-services.ts";
import { claim, joined } from "./names.ts";
import type { ComponentDraft, Part } from "./part.ts";
import { at, plainName, type Saying, type Table } from "./repository.ts";
import { listed } from "./sayings.ts";
import type { Survey } from "./survey.ts";

/** The configuration that is written, and what is said beside its keys, by dotted path. */
export type Draft = { config: Table; notes: Record<string, string>; sayings: Saying[] };

/** Makes of what was seen what a person would have written. */
export function draft(survey: Survey): Draft {
  const { parts, app } = survey;
  const notes: Record<string, string> = {};
  const sayings = [...survey.sayings];
  const toolchains = toolchainNames(parts);
  const services = draftServices(survey, notes);
  // Without anything that listens there is no environment, and nothing that gives servers to a component.
  const listens = parts.some(({ components: all }) => all.some(({ port }) => port !== null));
  const servers = listens ? services.forComponents : {};
  const components = componentsOf(survey, toolchains, servers, notes, sayings);
  if (components.length > 0 && !listens) sayings.push(nowhere(components));
  const secrets = secretsOf(survey, components.length > 0);
  if (parts.length === 0)
    sayings.push({
      kind: "unknown",
      what: "what this repository holds: no project of Python, Node or Rust was found",
      remedy: "write toolchains and checks by hand; any command can be a check",
    });
  const config: Table = {
    app,
    ...section(
      "toolchains",
      Object.fromEntries(parts.map((part) => [toolchains.get(part), toolchainOf(part, toolchains)])),
    ),
    ...section("services", services.services),
    ...section("checks", draftChecks(survey, toolchains, services)),
    security: { secrets: {} },
    ...section("secrets", Object.fromEntries(secrets.map((name) => [name, { from: "env" }]))),
    ...section(
      "components",
      Object.fromEntries(
        components.map(({ name, written, draft }) => [
          name,
          { ...written, ...(secrets.length > 0 && !draft.served ? { secrets } : {}) },
        ]),
      ),
    ),
    ...section("images", imagesOf(survey, components, notes, sayings)),
    ...section(
      "environments",
      environmentsOf(
        components.map(({ draft }) => draft),
        services.accessories,
      ),
    ),
  };
  notes["security.secrets"] = "the built-in rules, and gitleaks or trufflehog where the machine has one";
  sayings.push({
    kind: "unknown",
    what: "whether this machine reaches the databases of known vulnerabilities",
    remedy:
      "try `bellwether scan vulnerabilities`; where it passes, add `vulnerabilities: { fail: high }` to security",
  });
  return { config, notes, sayings };
}

const section = (name: string, content: Table): Table =>
  Object.keys(content).length > 0 ? { [name]: content } : {};

/** The language's own name where there is one such project, else the directory's. */
function toolchainNames(parts: Part[]): Map<Part, string> {
  const taken = new Set<string>();
  return new Map(
    parts.map((part) => {
      const alone = parts.filter(({ language }) => language === part.language).length === 1;
      const wanted =
        alone || part.directory === "." ? part.language : plainName(posix.basename(part.directory));
      const whole = plainName(part.directory);
      return [part, claim(taken, wanted, joined(wanted, part.language), joined(whole, part.language))];
    }),
  );
}

function toolchainOf(part: Part, names: Map<Part, string>): Table {
  return {
    ...(names.get(part) === part.language ? {} : { kind: part.language }),
    ...part.toolchain,
    ...(part.directory === "." ? {} : { directory: part.directory }),
  };
}

type Written = { name: string; written: Table; draft: ComponentDraft };

const nowhere = (components: Written[]): Saying => ({
  kind: "unknown",
  what: `which port ${listed(components.map(({ name }) => name))} listen${components.length === 1 ? "s" : ""} on, so that no environments are written`,
  remedy: "add `port` (and `health`) to the components that listen, and `environments` (README)",
});

function componentsOf(
  { parts }: Survey,
  toolchains: Map<Part, string>,
  servers: Record<string, string>,
  notes: Record<string, string>,
  sayings: Saying[],
): Written[] {
  const taken = new Set<string>();
  return parts.flatMap((part) =>
    part.components.map((draft) => {
      const name = claim(taken, draft.name, plainName(at(part.directory, draft.name)));
      notes[`components.${name}.command`] = `guessed: ${draft.because}`;
      sayings.push({ kind: "guessed", what: `${name} runs as \`${draft.command}\``, because: draft.because });
      if (draft.port !== null && Object.keys(draft.health).length === 0)
        sayings.push({
          kind: "unknown",
          what: `which path tells that ${name} can serve`,
          remedy: `add health: { ready: /PATH } to components.${name}; until then an open port is all that a rollout sees`,
        });
      const env = { ...draft.env, ...(draft.served ? {} : servers) };
      const written: Table = {
        build: {
          run: draft.build.join(" &&\n"),
          ...(part.directory === "." ? {} : { inputs: [at(part.directory, "**")] }),
          outputs: [draft.artifact],
        },
        artifact: draft.artifact,
        command: draft.command,
        ...(toolchains.size > 1 ? { toolchains: [toolchains.get(part)] } : {}),
        ...(draft.port === null ? {} : { port: draft.port }),
        ...(Object.keys(draft.health).length > 0 ? { health: draft.health } : {}),
        ...(Object.keys(env).length > 0 ? { env } : {}),
      };
      return { name, written, draft: { ...draft, name } };
    }),
  );
}

/** An image of each component, which an approval is bound to; where it goes, the origin of the repository tells. */
function imagesOf(
  { repository, platform }: Survey,
  components: Written[],
  notes: Record<string, string>,
  sayings: Saying[],
): Table {
  if (components.length === 0) return {};
  const origin = /url = .*github\.com[:/]([\w.-]+)\/[\w.-]+/.exec(repository.text(".git/config") ?? "")?.[1];
  const registry = origin === undefined ? "registry.example" : `ghcr.io/${origin.toLowerCase()}`;
  sayings.push({
    kind: "guessed",
    what: `images in ${registry}, for ${platform}`,
    because: `${origin === undefined ? "no origin on GitHub tells where" : "that is the origin's own registry"}, and what is built here is for this platform`,
  });
  notes.images = "on scratch: only their own files; `base: NAME:TAG` puts them on an image that starts them";
  sayings.push({
    kind: "unknown",
    what: `what the images of ${listed(components.map(({ name }) => name))} stand on`,
    remedy:
      "add `base:` with what starts them, e.g. `base: node:24-slim`, where they run as containers (docs/images.md)",
  });
  return Object.fromEntries(
    components.map(({ name }) => [name, { repository: `${registry}/${name}`, platforms: [platform] }]),
  );
}

/** Names that look like secrets, without those of the servers: these the environment gives. */
function secretsOf({ variables, connections }: Survey, some: boolean): string[] {
  const given = new Set(connections.map(({ variable }) => variable));
  return some
    ? variables.filter(
        (name) => looksSecret(name) && !given.has(name) && !/^(POSTGRES|REDIS|PG|DB)_/.test(name),
      )
    : [];
}

/** Staging by the branch develop, production by a release, as most teams have it; on this machine at first. */
function environmentsOf(components: ComponentDraft[], accessories: Table): Table {
  const listening = components.find(({ port }) => port !== null);
  if (listening === undefined) return {};
  const migrated = components.find(({ migrate }) => migrate !== null);
  const several = components.filter(({ port }) => port !== null).length > 1;
  const path = listening.health.ready ?? listening.health.live;
  return {
    staging: {
      on: { branch: "develop" },
      target: "local",
      ...(Object.keys(accessories).length > 0 ? { accessories } : {}),
      ...(migrated ? { migrate: { run: migrated.migrate, in: migrated.name } } : {}),
      strategy: "blue-green",
      ...(path === undefined
        ? {}
        : { smoke: [{ ...(several ? { component: listening.name } : {}), get: path }] }),
    },
    production: {
      on: "release",
      extends: "staging",
      approval: { required: 1 },
      strategy: { canary: { weights: [10, 50, 100], hold: "5m" } },
    },
  };
}
