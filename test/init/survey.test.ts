import { expect, test } from "vitest";
import { look, said } from "../support/init.ts";

const python = {
  "requirements.txt": "fastapi\nuvicorn\npytest\nruff\n",
  "test_main.py": "def test_it(): pass\n",
};
const below = (directory: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text]));

test("projects of the same directory name keep their checks, each under its whole path", () => {
  const written = look({ ...below("services/orders/api", python), ...below("services/users/api", python) });
  expect(written.problems).toEqual([]);
  expect(Object.keys(written.config.checks.unit)).toEqual(["services-orders-api", "services-users-api"]);
  expect(Object.keys(written.config.checks.lint)).toEqual([
    "services-orders-api-ruff",
    "services-users-api-ruff",
  ]);
  const places = Object.values<{ directory: string }>(written.config.toolchains).map(
    (each) => each.directory,
  );
  expect(places).toEqual(["services/orders/api", "services/users/api"]);
});

test("two languages of one directory keep their tests both", () => {
  const { config, problems } = look({
    ...below("backend", python),
    "backend/package.json": JSON.stringify({ scripts: { test: "node --test" } }),
    "cli/requirements.txt": "pytest\n",
    "cli/test_cli.py": "def test_it(): pass\n",
  });
  expect(problems).toEqual([]);
  expect(Object.keys(config.checks.unit).sort()).toEqual(["backend-node", "backend-python", "cli"]);
});

test("a name that is long gives way to the linter's, and is still valid", () => {
  const long = "services/customer-notification-preferences-api";
  const tools = { "requirements.txt": "ruff\nblack\n", "app.py": "" };
  const { config, problems } = look({ ...below(long, tools), ...below("other", tools) });
  expect(problems).toEqual([]);
  expect(Object.keys(config.checks.lint)).toContain("customer-notification-preferences-a-ruff");
});

const compose = "services:\n  db: { image: 'postgres:16' }\n  queue: { image: 'rabbitmq:3' }\n";
const crate = '[package]\nname = "ledger"\nversion = "0.1.0"\nedition = "2021"\n';

test("something without a port, beside servers in compose, is written without environments, and that is said", () => {
  const written = look({ "Cargo.toml": crate, "src/main.rs": "fn main() {}\n", "compose.yml": compose });
  expect(written.problems).toEqual([]);
  expect(written.config.environments).toBeUndefined();
  expect(written.config.components.ledger.env).toBeUndefined();
  expect(said(written, "unknown")).toEqual(
    expect.arrayContaining([
      "which port ledger listens on, so that no environments are written",
      "whether tests need queue (rabbitmq:3): only PostgreSQL and Redis are started for them",
    ]),
  );
});

test("a library's examples in its documentation are tested, and a module called tests is no integration test", () => {
  const files = {
    "Cargo.toml": crate,
    "src/lib.rs": "/// ```\n/// assert!(ledger::open());\n/// ```\n",
    "src/parser/tests/numbers.rs": "#[test]\nfn one() {}\n",
    "tests/api.rs": "#[test]\nfn answers() {}\n",
  };
  expect(look(files).config.checks).toMatchObject({
    unit: "cargo test --lib && cargo test --doc",
    integration: "cargo test --test '*'",
  });
  const { "tests/api.rs": _gone, ...near } = files;
  const { checks } = look(near).config;
  expect(checks.unit).toBe("cargo test");
  expect(checks.integration).toBeUndefined();
});

test("a crate that cargo does not count to the root is no component of it, and is told", () => {
  const written = look({
    "Cargo.toml": `${crate}\n[workspace]\nmembers = ["crates/*"]\nexclude = ["tools"]\n`,
    "src/main.rs": "fn main() {}\n",
    "crates/worker/Cargo.toml": crate.replace("ledger", "worker"),
    "crates/worker/src/main.rs": "fn main() {}\n",
    "tools/Cargo.toml": crate.replace("ledger", "tools"),
    "tools/src/main.rs": "fn main() {}\n",
    "fuzz/Cargo.toml": `${crate.replace("ledger", "fuzz")}\n[workspace]\n`,
    "fuzz/src/main.rs": "fn main() {}\n",
  });
  expect(Object.keys(written.config.components)).toEqual(["ledger", "worker"]);
  expect(said(written, "unknown")).toContain(
    "how fuzz/Cargo.toml, tools/Cargo.toml is checked: cargo does not count it to the root",
  );
});

test("what init does not know is told and not passed over: other languages, linters of the machine, further programs", () => {
  const written = look({
    ...below("web", { "package.json": JSON.stringify({ scripts: { test: "node --test" } }) }),
    "go.mod": "module x\n",
    ".shellcheckrc": "",
    "app/requirements.txt": "celery\nfastapi\nuvicorn\n",
    "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "app/Dockerfile": 'FROM python:3.12\nEXPOSE 8000\nCMD ["uvicorn", "main:app"]\n',
    "compose.yml":
      "services:\n  app: { build: ./app, command: uvicorn main:app }\n  worker: { build: ./app, command: celery -A main worker }\n",
  });
  expect(written.problems).toEqual([]);
  expect(said(written, "unknown")).toEqual(
    expect.arrayContaining([
      "how Go (go.mod) is checked: init knows Python, Node and Rust",
      "whether shellcheck (.shellcheckrc) is on every machine that runs the checks: nothing here brings it",
      "worker of the compose file (`celery -A main worker`), a further program of the same directory",
    ]),
  );
});

test("a project far down in a repository is found", () => {
  const { config } = look(below("apps/backend/services/orders", python));
  expect(config.checks.unit).toMatchObject({ directory: "apps/backend/services/orders" });
});

test("a path with spaces is one word of a command", () => {
  const { config } = look({
    "requirements.txt": "flake8\npytest\n",
    "data prep/load.py": "",
    "tests/test_load.py": "def test_it(): pass\n",
  });
  expect(config.checks.lint.flake8).toContain("'data prep' tests");
});

const workflow = `on: push
env: { RUST_LOG: debug }
jobs:
  lint: { runs-on: ubuntu-latest, steps: [{ run: cargo fmt }] }
  test:
    runs-on: ubuntu-latest
    services:
      db:
        image: postgres:14
        env:
          POSTGRES_USER: \${{ secrets.CI_USER || 'ledger' }}
          POSTGRES_PASSWORD: \${{ github.sha }}
          POSTGRES_DB: ledger-test
      queue: { image: "rabbitmq:3" }
    env: { TEST_DATABASE_URL: "postgres://localhost/ledger-test" }
    steps:
      - run: cargo test
        env: { CACHE_REDIS_URL: "redis://localhost" }
`;
const tested = {
  "Cargo.toml": crate,
  "src/lib.rs": "#[test]\nfn opens() {}\n",
  "tests/api.rs": "#[test]\nfn answers() {}\n",
};

test("servers beside the jobs of a workflow are those of the tests, under the names that the jobs set", () => {
  const written = look({ ...tested, ".github/workflows/ci.yml": workflow });
  expect(written.problems).toEqual([]);
  expect(written.config.services).toEqual({
    postgres: {
      version: ">=14",
      database: "ledger-test",
      user: "ledger",
      env: { TEST_DATABASE_URL: "url" },
    },
  });
  expect(written.config.checks.integration).toMatchObject({ services: ["postgres"] });
  expect(written.text).not.toContain("accessories");
  expect(written.config.checks.unit).not.toHaveProperty("services");
  expect(written.text).toContain("# postgres:14 in .github/workflows/ci.yml");
  expect(said(written, "unknown")).toContain(
    "whether tests need queue (rabbitmq:3): only PostgreSQL and Redis are started for them",
  );
});

test("what tests alone look for is no variable of what serves", () => {
  const example = "LEDGER_DB_URL=postgres://x\nTEST_DATABASE_URL=postgres://x\n";
  const { config } = look({
    ...python,
    "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "compose.yml": compose,
    ".env.example": example,
  });
  expect(config.services.postgres.env).toEqual({ LEDGER_DB_URL: "url", TEST_DATABASE_URL: "url" });
  const [component] = Object.values<{ env: Record<string, string> }>(config.components);
  expect(Object.keys(component?.env ?? {})).toContain("LEDGER_DB_URL");
  expect(Object.keys(component?.env ?? {})).not.toContain("TEST_DATABASE_URL");
});

test("a compose file's server is taken before the one of a workflow", () => {
  const { config } = look({ ...tested, "compose.yml": compose, ".github/workflows/ci.yml": workflow });
  expect(config.services.postgres.version).toBe(">=16");
  expect(Object.keys(config.services)).toEqual(["postgres"]);
});

test.each([".env.example", ".env-example", "env.sample", "example.env", ".env.test.example"])(
  "%s tells the names of variables",
  (name) => {
    const { config } = look({ ...tested, "compose.yml": compose, [name]: "LEDGER_DB_URL=postgres://x\n" });
    expect(config.services.postgres.env).toEqual({ LEDGER_DB_URL: "url" });
  },
);

test.each(["services", "components", "backend/cache"])(
  "a project in %s has a check that is not called as a key of a check is",
  (directory) => {
    const { config, problems } = look({
      ...below(directory, python),
      ...below("web", { "package.json": JSON.stringify({ scripts: { test: "node --test" } }) }),
    });
    expect(problems).toEqual([]);
    const name = directory.replace("/", "-");
    expect(Object.keys(config.checks.unit).sort()).toEqual(
      [directory.includes("/") ? name : `${name}-python`, "web"].sort(),
    );
  },
);
