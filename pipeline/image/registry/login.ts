import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { RegistryLogin, SecretReference } from "../../config/config.ts";
import { isMissing } from "../../io/files.ts";
import type { Processes } from "../../io/process.ts";
import { definedOnly } from "../../io/variables.ts";
import { fail, ok, type Result } from "../../result.ts";
import { Secret } from "../../secret.ts";
import type { Login } from "./session.ts";

export type LoginSources = {
  /** The configuration's own logins, by host. */
  registries: Record<string, RegistryLogin>;
  resolve(reference: SecretReference, registry: string): Promise<Result<Secret>>;
  processes: Processes;
  /** The caller's variables: DOCKER_CONFIG, HOME and PATH. */
  variables: Record<string, string | undefined>;
};

/** Time limit of a credential helper in ms. */
const helperMs = 20_000;

/** The key under which Docker keeps the login of docker.io. */
const usualKey = "https://index.docker.io/v1/";

/** How Docker's own tools say that a helper has nothing. */
const nothingFound = /credentials not found/i;

/**
 * Finds the login of a registry: the configuration's, then the one of Docker's configuration file (credential
 * helpers before what is written in it). Null where there is none: much can be read by everybody.
 */
export function loginsFrom(sources: LoginSources): (registry: string) => Promise<Result<Login | null>> {
  const known = new Map<string, Promise<Result<Login | null>>>();
  return (registry) => {
    const asking = known.get(registry) ?? find(registry, sources);
    known.set(registry, asking);
    return asking;
  };
}

async function find(registry: string, sources: LoginSources): Promise<Result<Login | null>> {
  const own = sources.registries[registry];
  if (own) {
    const password = await sources.resolve(own.password, registry);
    return password.ok ? ok({ username: own.username, password: password.value }) : password;
  }
  const { variables } = sources;
  const file = join(variables.DOCKER_CONFIG ?? join(variables.HOME ?? homedir(), ".docker"), "config.json");
  const read = await readConfig(file);
  if (!read.ok) return read;
  const { auths, credHelpers, credsStore } = read.value;
  const keys = keysOf(registry);
  const helper = keys.map((key) => credHelpers[key]).find((name) => name !== undefined) ?? credsStore;
  if (helper !== undefined && helper !== "") {
    const given = await askHelper(helper, keys[0] ?? registry, file, sources);
    if (!given.ok || given.value !== null) return given;
  }
  const entry = keys.map((key) => auths[key]).find((one) => one !== undefined);
  return ok(entry === undefined ? null : loginOf(entry));
}

const keysOf = (registry: string): string[] =>
  registry === "docker.io"
    ? [usualKey, "docker.io", "index.docker.io"]
    : [
        registry,
        `https://${registry}`,
        `https://${registry}/`,
        `https://${registry}/v1/`,
        `https://${registry}/v2/`,
      ];

type Entry = Partial<Record<"auth" | "username" | "password" | "identitytoken", string>>;
type DockerConfig = {
  auths: Record<string, Entry>;
  credHelpers: Record<string, string>;
  credsStore: string | undefined;
};

async function readConfig(file: string): Promise<Result<DockerConfig>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return ok({ auths: {}, credHelpers: {}, credsStore: undefined });
    return fail(unusable(file, error instanceof Error ? error.message : String(error)));
  }
  try {
    const value: unknown = JSON.parse(text);
    const { auths, credHelpers, credsStore } = Object(value);
    return ok({
      auths: Object(auths ?? {}),
      credHelpers: Object(credHelpers ?? {}),
      credsStore: typeof credsStore === "string" ? credsStore : undefined,
    });
  } catch {
    return fail(unusable(file, "it is not JSON"));
  }
}

const unusable = (file: string, reason: string) =>
  ({
    kind: "file-corrupt",
    file,
    what: "Docker's configuration",
    reason,
    remedy: "Mend it, or log in again with `docker login`.",
  }) as const;

function loginOf({ auth, username, password, identitytoken }: Entry): Login | null {
  if (identitytoken) return { refresh: new Secret("registry token", identitytoken) };
  if (username && password) return { username, password: new Secret("registry password", password) };
  const plain = auth ? Buffer.from(auth, "base64").toString("utf8") : "";
  const at = plain.indexOf(":");
  return at < 1
    ? null
    : { username: plain.slice(0, at), password: new Secret("registry password", plain.slice(at + 1)) };
}

/** Asks `docker-credential-NAME get` (docker-credential-helpers, protocol): the address goes in, JSON comes out. */
async function askHelper(
  name: string,
  server: string,
  file: string,
  { processes, variables }: LoginSources,
): Promise<Result<Login | null>> {
  const lines: string[] = [];
  const environment = definedOnly(variables);
  const ended = await processes.run(
    {
      argv: [`docker-credential-${name}`, "get"],
      directory: "/",
      environment,
      input: server,
      output: (_stream, line) => void lines.push(line),
    },
    { timeoutMs: helperMs, graceMs: 1000 },
  );
  const said = lines.join("\n");
  if (!ended.ok) return fail(unusable(file, `its credential helper cannot be used: ${ended.failure}`));
  if (ended.value.exitCode !== 0) {
    if (nothingFound.test(said)) return ok(null);
    // What it printed may hold what it keeps: it is not told.
    return fail(
      unusable(
        file,
        `its credential helper docker-credential-${name} ended with ${ended.value.exitCode ?? "a signal"}`,
      ),
    );
  }
  try {
    const { Username, Secret: value } = JSON.parse(said);
    if (typeof value !== "string" || typeof Username !== "string") return ok(null);
    return ok(
      Username === "<token>"
        ? { refresh: new Secret("registry token", value) }
        : { username: Username, password: new Secret("registry password", value) },
    );
  } catch {
    return fail(unusable(file, `its credential helper docker-credential-${name} gave no JSON`));
  }
}
