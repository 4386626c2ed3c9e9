import { z } from "zod";
import {
  choice,
  command,
  keyed,
  limit,
  name,
  names,
  percent,
  text,
  texts,
  variable,
  variables,
  versionRange,
} from "./schema-parts.ts";

const dependencyGroup = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, { error: "a group's name" });

/** A language's tools. `node`, `python` and `rust` are understood; any other is described by its commands. */
export const toolchain = keyed({
  kind: choice(["node", "python", "rust"])
    .optional()
    .describe("The language, where the toolchain's name is another word. Default: the name."),
  version: versionRange.describe('Range that the tool\'s own version must satisfy, e.g. ">=20.19".'),
  image: text
    .optional()
    .describe(
      "Container image for executors that run containers. Known languages: the official one for the range (node:24-slim, python:3.N-slim, rust:1), without -slim where packages are named by repository or have to be compiled; any other must name one.",
    ),
  probe: z
    .array(text, { error: "a list of words" })
    .min(1, { error: "a list of words that is not empty" })
    .optional()
    .describe("Program and arguments that print the version. Default: NAME --version."),
  directory: text
    .optional()
    .describe("Where its commands run, relative to the repository's root. Default: the root."),
  setup: z
    .array(command, { error: "a list of commands" })
    .optional()
    .describe(
      "Commands that prepare the tree, in order. node: npm ci, pnpm or yarn, python: uv, poetry, pdm, pipenv or pip into .venv, rust: cargo fetch, each by its lock; otherwise none.",
    ),
  install: texts
    .optional()
    .describe(
      "python: what pip installs, requirement files (*.txt), projects such as .[dev] or packages such as pytest. Default: the requirement files that are there, or the project itself with its extras for work (dev, test, lint).",
    ),
  groups: z
    .array(dependencyGroup, { error: "a list of groups' names" })
    .optional()
    .describe(
      "python: groups of dependencies and extras that are installed besides those that the manager takes by itself (uv sync --group, poetry install --with, pdm sync -G), e.g. [lint]. Default: none.",
    ),
  inputs: texts
    .optional()
    .describe("Globs that the set-up reads, relative to the root. Known languages: manifests and locks."),
  outputs: texts
    .optional()
    .describe(
      "Paths that the set-up writes, relative to the root. node: node_modules, python: .venv; none, and it is done each time, where it compiles beside the sources.",
    ),
  caches: texts
    .optional()
    .describe("Directories that are kept between runs and never hashed. rust: target; otherwise none."),
  "pass-environment": z
    .array(variable, { error: "a list of variables' names" })
    .optional()
    .describe("Names of variables that are handed on from the caller's environment. Default: none."),
});

const facts = choice(["url", "host", "port", "user", "password", "database"]);

/** A server beside the system: real, for tests (services) or for an environment (accessories). */
export const service = keyed({
  kind: choice(["postgres", "redis"])
    .optional()
    .describe("What it is. Needed only where the name itself is not postgres or redis."),
  version: versionRange
    .optional()
    .describe('Range of the server\'s version. Default: ">=15" (postgres), ">=6" (redis).'),
  image: text
    .optional()
    .describe(
      "Container image for executors that run containers. Default: the kind, with the range's least major.",
    ),
  database: text
    .optional()
    .describe("Name of the database. Default: the app's name, - written as _; redis: 0."),
  user: text.optional().describe("Name of its user. Default: the database's name; redis: default."),
  init: z
    .union([text, texts], { error: "an SQL file, or a list of them" })
    .optional()
    .describe(
      "SQL file, or several in order, run once after the first start, relative to the root. Default: none.",
    ),
  extensions: texts.optional().describe("postgres: extensions made before init. Default: none."),
  env: z
    .record(variable, facts, {
      error: "a map of variable to one of url, host, port, user, password, database",
    })
    .optional()
    .describe(
      "Variables under which steps find it. Default: DATABASE_URL, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE (postgres); REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_PASSWORD (redis).",
    ),
});

const findingsKeys = keyed({
  reader: text.describe("The linter's name, or sarif."),
  file: text.optional().describe("The file that it writes, relative to the root. Default: its output."),
});

const checkKeys = keyed({
  run: command.describe("The command: text runs by sh -c, a list as it is."),
  toolchains: names.optional().describe("Toolchains that it needs. Default: all of them."),
  directory: text.optional().describe("Where it runs, relative to the repository's root. Default: the root."),
  inputs: texts
    .optional()
    .describe("Globs of the files that it reads. Default: everything that git does not ignore."),
  outputs: texts
    .optional()
    .describe("Paths that it writes, relative to the root. Default: its report files."),
  services: names.optional().describe("Names of services that it needs. Default: none."),
  components: names
    .optional()
    .describe(
      "Components that run beside it, started in this order, each once the one before is ready. Default: none.",
    ),
  env: variables
    .optional()
    .describe(
      "Variables it sees. Values may hold ${version}, ${services.NAME.FACT} and ${components.NAME.url}, .host or .port.",
    ),
  secrets: z
    .array(variable, { error: "a list of secrets' names" })
    .optional()
    .describe("Names of secrets that it sees."),
  timeout: limit.optional().describe("Time limit. Default: 10m."),
  cache: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("Whether its result may be reused. Default: true."),
  reports: keyed({
    junit: text.optional().describe("JUnit XML file that it writes."),
    coverage: text
      .optional()
      .describe("Coverage file that it writes: Cobertura, lcov, coverage.py JSON or llvm-cov JSON."),
  })
    .optional()
    .describe("Report files that it writes, relative to the root."),
  findings: z
    .union([text, findingsKeys], {
      error: "a linter's name, or a map with reader",
    })
    .optional()
    .describe(
      "Whose findings are read from its output, or from the file that is named, e.g. pylint-json. Default: those of a linter that its command names.",
    ),
  coverage: keyed({
    min: percent.describe("Least share of lines that tests run through, in total."),
    "min-file": percent.optional().describe("Least share in each file. Default: not asked."),
    "max-drop": percent
      .optional()
      .describe("Most that the total may fall below the last run on the base branch. Default: not asked."),
  })
    .optional()
    .describe("What the coverage report is held against."),
});

/** One check: a command, or a map that says more. */
export const check = z.union([command, checkKeys], { error: "a check: a command, or a map with run" });

const checkName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, {
  error: "a check's name of letters, digits, . _ and -, at most 40 characters",
});

/** Refuses words as names of checks, so that a check's own keys are not read as a map of checks. */
const nameOtherThan = (words: readonly string[]) =>
  checkName.regex(new RegExp(`^(?!(${words.join("|")})$)`), {
    error: "a check's name (this word is a key of a check itself)",
  });

/** Checks by name. */
export const checkMap = z.record(nameOtherThan(["run"]), check, { error: "a map of name to check" });

/** Words that a check among several cannot be called. */
export const checkWords: readonly string[] = Object.keys(checkKeys.shape);

const several = z.record(nameOtherThan(checkWords), check);

/** One check, or several by name. */
export const checkOrMap = z.union([command, checkKeys, several], {
  error: "a check (a command, or a map with run), or a map of name to check",
});

export const checks = keyed({
  lint: checkMap.optional().describe("Linters and formatters by name: stage lint."),
  unit: checkOrMap.optional().describe("Unit tests, one check or several by name: stage unit-test."),
  integration: checkOrMap
    .optional()
    .describe("Integration tests, one check or several by name: stage integration-test."),
});

export const toolchains = z.record(name, toolchain, { error: "a map of name to toolchain" });
export const services = z.record(name, service, { error: "a map of name to service" });

export type WrittenToolchain = z.input<typeof toolchain>;
export type WrittenService = z.input<typeof service>;
export type WrittenCheckKeys = z.input<typeof checkKeys>;
export type WrittenCheckMap = z.input<typeof checkMap>;
export type WrittenCheckOrMap = z.input<typeof checkOrMap>;
