import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leftOf } from "../support/left.ts";
import { makeSystem, type System } from "../support/system.ts";

const secrets = {
  FROM_ENV: "env-6Zk29vQp4",
  FROM_FILE: "file-Wm83xLr71",
  FROM_COMMAND: "command-Tn50yHc26",
  API_KEY: "dotenv-Bq17uJd93",
};
const referenced = ["FROM_ENV", "FROM_FILE", "FROM_COMMAND"];
const printing = referenced.map((name) => `echo ${name} is $${name}`).join("; ");

const config = `app: small
secrets:
  FROM_ENV: { from: env }
  FROM_FILE: { from: file, path: vault/file }
  FROM_COMMAND: { from: command, run: cat vault/command }
checks:
  lint:
    prints: { run: "${printing}", secrets: [${referenced}] }
  unit: { run: "${printing}; echo $FROM_FILE >&2; exit 4", secrets: [${referenced}] }
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 1, span: 0s, interval: 50ms, within: 10s }
    env: { PORT: "\${port}", VERSION: "\${version}", LEAK: ${Object.keys(secrets).join(" ")} }
    secrets: [${referenced}]
images:
  api: { repository: registry.example/small, platforms: [linux/amd64] }
environments:
  staging:
    target: local
    environment-file: .env.staging
    migrate: { run: "${printing}", in: api }
    watch: 0s
    drain: 1s
`;

let system: System;
beforeAll(async () => {
  system = await makeSystem({
    variables: { FROM_ENV: secrets.FROM_ENV },
    files: {
      "bellwether.yaml": config,
      ".gitignore": ".bellwether/\nvault/\n.env*\n",
      "vault/file": `${secrets.FROM_FILE}\n`,
      "vault/command": `${secrets.FROM_COMMAND}\n`,
      ".env.staging": `REGION=eu\nAPI_KEY=${secrets.API_KEY}\n`,
    },
  });
  await system.chmod(".env.staging", 0o600);
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

const secretsIn = (text: string): string[] =>
  Object.entries(secrets)
    .filter(([, value]) => text.includes(value))
    .map(([name]) => name);

/** Files of the tool's state that hold a secret, with their mode. */
async function leaks(): Promise<string[]> {
  const entries = await readdir(system.state, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    if (secretsIn(await readFile(file, "utf8")).length === 0) continue;
    found.push(`${relative(system.state, file)} ${((await stat(file)).mode & 0o777).toString(8)}`);
  }
  return found;
}

/** The release's own file and its last valid copy, readable by their owner alone. */
const isOwnFile = /^local\/staging\/releases\/[0-9a-f]+\/environment\.json(\.previous)? 600$/;

/** Runs a command that must print no secret, with `shown` as proof that it had something to hide. */
async function tight(code: number, shown: string, ...args: string[]): Promise<void> {
  const done = await system.run(...args);
  expect(done.code, done.stdout + done.stderr).toBe(code);
  expect(secretsIn(done.stdout + done.stderr)).toEqual([]);
  expect(done.stdout + done.stderr).toContain(shown);
}

test("B50: a step that prints its secrets shows none, from the cache neither", async () => {
  await tight(0, "FROM_COMMAND is ***", "run", "lint");
  await tight(0, "FROM_COMMAND is ***", "run", "lint");
  expect((await system.report()).cacheHits).toBe(1);
  expect(await leaks()).toEqual([]);
});

test("B50: a failing step's last lines hold none, in words, in JSON, in the report", async () => {
  await tight(1, "FROM_ENV is ***", "run", "unit-test");
  await tight(1, "FROM_ENV is ***", "run", "unit-test", "--json", "--report", ".bellwether/copy.json");
  expect(await leaks()).toEqual([]);
});

test("B50: a release that prints its secrets: only its own file, readable by its owner alone, holds them", async () => {
  await system.edit("bellwether.yaml", "; exit 4", "");
  await system.commit("Mended");
  await tight(0, "✔ Images", "run", "image");
  await tight(0, "FROM_FILE is ***", "deploy", "staging");
  await tight(0, "API_KEY is ***", "logs", "staging");
  await tight(0, "API_KEY is ***", "logs", "staging", "--json");
  await tight(0, "is live at", "status", "staging");
  await tight(0, "deploy", "history", "staging", "--json");
  const kept = await leaks();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.filter((file) => !isOwnFile.test(file))).toEqual([]);
  const lines = (await leftOf(system.directory)).map(({ what }) => what);
  expect(lines.length).toBeGreaterThan(1);
  expect(secretsIn(lines.join("\n"))).toEqual([]);
});

test("B50: a release that prints its secrets and crashes tells its last lines without them", async () => {
  await system.edit("bellwether.yaml", "LEAK:", "FAULT: crash-on-start, LEAK:");
  await system.commit("A bad one");
  await tight(0, "✔ Images", "run", "image");
  await tight(1, "the last words of a release that crashes", "deploy", "staging");
  expect((await leaks()).filter((file) => !isOwnFile.test(file))).toEqual([]);
});

test("a secret that cannot be had is told by its name and source before anything runs: exit code 3", async () => {
  await system.edit("bellwether.yaml", "path: vault/file", "path: vault/nothing");
  const done = await system.run("run", "lint");
  expect(done.code).toBe(3);
  expect(done.stdout).toMatch(/The secret FROM_FILE could not be had from .*vault\/nothing.*\n/);
  expect(secretsIn(done.stdout + done.stderr)).toEqual([]);
});
