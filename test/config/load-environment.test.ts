import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  checkEnvironmentFiles,
  loadEnvironment,
  type Tracked,
} from "../../pipeline/config/load-environment.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";
import { configOf } from "./support.ts";

let directory = "";
const untracked: Tracked = async () => new Set();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bellwether-env-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), mode);
}

const config = configOf(`app: a
secrets: { JWT: { from: env, min-length: 12 } }
environments:
  staging: { environment-file: .env.staging }
  production: { environment-file: .env.production }
  demo: {}
`);

test("all environment files are checked together, or one of them in the light of the others", async () => {
  write(".env.staging", "HOST=\nAPI_KEY=0123456789\n");
  write(".env.production", "API_KEY=0123456789\nJWT=0123456789\n", 0o644);
  const all = await checkEnvironmentFiles(config, { directory, tracked: untracked });
  expect(all.map(({ file, line, path }) => `${file}:${line} ${path}`)).toEqual([
    ".env.staging:1 HOST",
    ".env.production:2 JWT",
    ".env.production:0 ",
    ".env.production:1 API_KEY",
  ]);
  const one = await checkEnvironmentFiles(config, { directory, tracked: untracked, only: "production" });
  expect(one.map(({ file }) => file)).toEqual([".env.production", ".env.production", ".env.production"]);
});

test("git is asked for all files at once, and what it tracks may be read by others", async () => {
  write(".env.staging", "API_KEY=0123456789\n", 0o644);
  write(".env.production", "API_KEY=9876543210\n", 0o644);
  const asked: string[][] = [];
  const tracked: Tracked = async (_directory, files) => {
    asked.push(files);
    return new Set([".env.staging"]);
  };
  const problems = await checkEnvironmentFiles(config, { directory, tracked });
  expect(asked).toEqual([[".env.staging", ".env.production"]]);
  expect(problems.map(({ file }) => file)).toEqual([".env.production"]);
});

test("the values of an environment come in two heaps, of which one is secret", async () => {
  write(".env.staging", "HOST=db\nAPI_KEY=0123456789\nURL=redis://:pw@h\nJWT=0123456789abc\n");
  write(".env.production", "HOST=db\n");
  expect(unwrap(await loadEnvironment(config, "staging", { directory, tracked: untracked }))).toEqual({
    plain: { HOST: "db" },
    secret: { API_KEY: "0123456789", URL: "redis://:pw@h", JWT: "0123456789abc" },
  });
  expect(unwrap(await loadEnvironment(config, "demo", { directory, tracked: untracked }))).toEqual({
    plain: {},
    secret: {},
  });
});

test("a file with problems, or none, gives no values", async () => {
  const failure = unwrapFailure(await loadEnvironment(config, "staging", { directory, tracked: untracked }));
  expect(failure).toMatchObject({
    kind: "config-invalid",
    file: ".env.staging",
    problems: [{ got: "no file", line: 0 }],
  });
});
