import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type LoginSources, loginsFrom } from "../../pipeline/image/registry/login.ts";
import type { Login } from "../../pipeline/image/registry/session.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import { fail, ok } from "../../pipeline/result.ts";
import { Secret } from "../../pipeline/secret.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";
import { temporaryDirectory } from "./support.ts";

/** A caller whose Docker is configured so, with these programs on the PATH. */
async function caller(config: unknown, programs: Record<string, string> = {}): Promise<LoginSources> {
  const directory = await temporaryDirectory();
  const bin = join(directory, "bin");
  await mkdir(bin);
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  if (config !== null)
    await writeFile(
      join(directory, "config.json"),
      typeof config === "string" ? config : JSON.stringify(config),
    );
  const processes = createProcesses();
  onTestFinished(() => processes.close());
  return {
    registries: {},
    resolve: async () => fail({ kind: "bug", message: "nobody asks", stack: "" }),
    processes,
    variables: { DOCKER_CONFIG: directory, PATH: `${bin}:${process.env.PATH}` },
  };
}

const shown = (login: Login | null): unknown =>
  login === null
    ? null
    : "refresh" in login
      ? { refresh: login.refresh.reveal() }
      : { ...login, password: login.password.reveal() };

const loginFor = async (sources: LoginSources, registry: string) =>
  shown(unwrap(await loginsFrom(sources)(registry)));

const auth = Buffer.from("ada:pass:word").toString("base64");

test("a login of Docker's configuration is found under the forms of its address", async () => {
  const sources = await caller({
    auths: {
      "ghcr.io": { auth },
      "https://quay.io/v2/": { auth },
      "https://index.docker.io/v1/": { identitytoken: "id-token" },
    },
  });
  expect(await loginFor(sources, "ghcr.io")).toEqual({ username: "ada", password: "pass:word" });
  expect(await loginFor(sources, "quay.io")).toEqual({ username: "ada", password: "pass:word" });
  expect(await loginFor(sources, "docker.io")).toEqual({ refresh: "id-token" });
  expect(await loginFor(sources, "registry.example")).toBeNull();
});

test("a credential helper is asked for the address on standard input, and goes before what is written", async () => {
  const helper =
    'read -r server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"$1\\",\\"Secret\\":\\"of $server\\"}"';
  const sources = await caller(
    { auths: { "ghcr.io": { auth } }, credHelpers: { "ghcr.io": "own" }, credsStore: "store" },
    { "docker-credential-own": helper, "docker-credential-store": helper },
  );
  expect(await loginFor(sources, "ghcr.io")).toEqual({ username: "get", password: "of ghcr.io" });
  expect(await loginFor(sources, "quay.io")).toEqual({ username: "get", password: "of quay.io" });
});

test("a helper that has nothing is no failure; one that breaks is, without a word of what it printed", async () => {
  const nothing = await caller(
    { credsStore: "none", auths: { "ghcr.io": { auth } } },
    { "docker-credential-none": "echo 'credentials not found in native keychain'; exit 1" },
  );
  expect(await loginFor(nothing, "ghcr.io")).toEqual({ username: "ada", password: "pass:word" });
  const broken = await caller({ credsStore: "bad" }, { "docker-credential-bad": "echo s3cret-word; exit 1" });
  const failure = unwrapFailure(await loginsFrom(broken)("ghcr.io"));
  expect(failure).toMatchObject({
    kind: "file-corrupt",
    reason: expect.stringContaining("docker-credential-bad ended with 1"),
  });
  expect(JSON.stringify(failure)).not.toContain("s3cret-word");
  const missing = await caller({ credsStore: "gone" });
  expect(unwrapFailure(await loginsFrom(missing)("ghcr.io"))).toMatchObject({ kind: "file-corrupt" });
});

test("the configuration's own login goes before Docker's, by reference; one that has no value is the failure", async () => {
  const sources = await caller({ auths: { "ghcr.io": { auth } } });
  const password = { from: "env" as const, name: "GHCR_TOKEN", minLength: 1 };
  const own = { ...sources, registries: { "ghcr.io": { username: "robot", password } } };
  const given = { ...own, resolve: async () => ok(new Secret("token", "gh-token")) };
  expect(await loginFor(given, "ghcr.io")).toEqual({ username: "robot", password: "gh-token" });
  expect(unwrapFailure(await loginsFrom(own)("ghcr.io"))).toMatchObject({ kind: "bug" });
});

test("a configuration that is not JSON is told; none at all is nobody's login", async () => {
  expect(unwrapFailure(await loginsFrom(await caller("{"))("ghcr.io"))).toMatchObject({
    kind: "file-corrupt",
    reason: "it is not JSON",
  });
  expect(await loginFor(await caller(null), "ghcr.io")).toBeNull();
});
