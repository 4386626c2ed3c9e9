import { expect, test } from "vitest";
import { look, said } from "../support/init.ts";
import { samples } from "../support/samples.ts";

test.each(Object.entries(samples))("what is written for %s is valid", (_name, { files }) => {
  expect(look(files).problems).toEqual([]);
});

test("back end and front end are two components, each with its directory, toolchain and inputs", () => {
  const { config } = look(samples.platform?.files ?? {}, "Acme Trading");
  expect(config.app).toBe("acme-trading");
  expect(config.toolchains).toEqual({
    python: { version: ">=3.11", directory: "backend" },
    node: { version: ">=20", directory: "frontend" },
  });
  expect(Object.keys(config.components)).toEqual(["backend", "frontend"]);
  expect(config.components.backend).toMatchObject({
    command: "python3 -m uvicorn app.main:app --host 0.0.0.0 --port $PORT",
    port: 8000,
    health: { live: "/health", ready: "/health" },
    secrets: ["JWT_SECRET"],
  });
  expect(config.checks.unit.frontend).toMatchObject({ directory: "frontend", inputs: ["frontend/**"] });
  expect(Object.keys(config.checks.lint)).toEqual(["flake8", "black", "eslint"]);
});

test("servers of the compose file serve the tests under the project's own names, drivers in URLs included", () => {
  const { config } = look(samples.platform?.files ?? {});
  const address = (room: string) =>
    `postgresql+psycopg://\${${room}.postgres.user}:\${${room}.postgres.password}@\${${room}.postgres.host}:\${${room}.postgres.port}/\${${room}.postgres.database}`;
  expect(config.services.postgres).toEqual({
    version: ">=15",
    database: "trading",
    user: "trader",
    env: { POSTGRES_HOST: "host" },
  });
  expect(config.checks.integration.backend.env).toEqual({ DATABASE_URL: address("services") });
  expect(config.components.backend.env.DATABASE_URL).toBe(address("accessories"));
  expect(config.checks.unit.backend.services).toBeUndefined();
  expect(config.environments.staging).toMatchObject({
    accessories: { postgres: { version: ">=15", database: "trading", user: "trader" } },
    migrate: { run: "python3 -m alembic upgrade head", in: "backend" },
  });
});

test("variables in a file that a compose service names are the project's own, where the repository holds it", () => {
  const compose =
    "services:\n  db: { image: 'postgres:16' }\n  api:\n    build: .\n    command: uvicorn api:app --port 8000\n    ports: ['8000:8000']\n    env_file: [{ path: ./api.env, required: false }]\n";
  const files = { "compose.yaml": compose, "requirements.txt": "uvicorn\n", "api/__init__.py": "" };
  const written = look({ ...files, "api.env": "DB_HOST=db\nDB_USER=desk\nMODE=paper\n" });
  expect(written.config.components.api.env).toMatchObject({
    DB_HOST: "${accessories.postgres.host}",
    DB_USER: "${accessories.postgres.user}",
  });
  expect(written.config.components.api.env.DATABASE_URL).toBeUndefined();
  expect(written.config.components.api.env.MODE).toBeUndefined();
  expect(look(files).config.components.api.env.DATABASE_URL).toBe("${accessories.postgres.url}");
});

test("tools for work are found wherever a project keeps them: extras, groups, hatch's environments", () => {
  expect(look(samples.setuptools?.files ?? {}).config.checks.lint).toEqual({
    ruff: "ruff check .",
    mypy: "mypy src",
  });
  expect(look(samples.hatch?.files ?? {}).config.toolchains.python.install).toEqual([".", "pytest"]);
  expect(look({ ...samples.uv?.files, "uv.lock": "" }).config.checks.lint).toEqual({ ruff: "ruff check ." });
  expect(look({ ...samples.pdm?.files, "pdm.lock": "" }).config.checks.unit.run).toContain("pytest");
});

test("a range of Python's versions is written in semver's words", () => {
  expect(look(samples.setuptools?.files ?? {}).config.toolchains.python.version).toBe(">=3.10 <4");
  const near = samples.setuptools?.files["pyproject.toml"]?.replace(">=3.10,<4", "~=3.11") ?? "";
  const { config } = look({ ...samples.setuptools?.files, "pyproject.toml": near });
  expect(config.toolchains.python.version).toBe(">=3.11 <4");
});

test("a linter that is configured but not installed is told, and is no check that must fail", () => {
  const written = look({
    "requirements.txt": "pytest\n",
    ".pylintrc": "",
    "app/__init__.py": "",
    "tests/test_app.py": "def test_it(): pass\n",
  });
  expect(written.config.checks.lint).toBeUndefined();
  expect(said(written, "unknown")).toContain(
    "pylint is configured in the repository, but no dependency brings it",
  );
});

test("scripts of several linters are a check each, and those of one are read by its reader", () => {
  const { config } = look({
    "package.json": JSON.stringify({
      scripts: { lint: "prettier --check . && eslint .", check: "svelte-kit sync && svelte-check" },
      devDependencies: { eslint: "9", prettier: "3", svelte: "5", "svelte-check": "4" },
    }),
    "package-lock.json": "{}",
  });
  expect(config.checks.lint).toEqual({
    prettier: "npx prettier --check . '!bellwether.yaml' '!.bellwether'",
    eslint: "npx eslint .",
    "svelte-check": { run: "npm run check", findings: "svelte-check" },
  });
});

test("what npm writes where there are no tests is no test", () => {
  const scripts = { test: 'echo "Error: no test specified" && exit 1' };
  const written = look({ "package.json": JSON.stringify({ scripts }), "package-lock.json": "{}" });
  expect(written.config.checks).toBeUndefined();
  expect(said(written, "unknown")).toContain("no tests were found in the Node project");
});

test("a cargo workspace's own tests and those under tests/ are apart, and each binary is a component", () => {
  const { config } = look({ ...samples.rust?.files, "Cargo.lock": "" });
  expect(config.toolchains.rust.version).toBe(">=1.70");
  expect(config.checks).toMatchObject({
    lint: { rustfmt: "cargo fmt --all --check" },
    unit: "cargo test --locked --workspace --lib --bins && cargo test --locked --workspace --doc",
    integration: "cargo test --locked --workspace --test '*'",
  });
  expect(config.components["market-data"]).toMatchObject({
    artifact: "target/release/market-data",
    command: "./market-data",
  });
});

test("workspaces are no toolchains of their own, and the one with a start script is a component", () => {
  const { config } = look({ ...samples.workspaces?.files, "package-lock.json": "{}" });
  expect(config.toolchains).toEqual({ node: { version: ">=20" } });
  expect(Object.keys(config.components)).toEqual(["api"]);
  expect(config.components.api.command).toBe("node src/server.js");
});

test("files that cannot be read are passed over, and an empty repository says what nobody could know", () => {
  const broken = look({ "pyproject.toml": "[project\n", "package.json": "{", "docker-compose.yml": "a: [" });
  expect(broken.problems).toEqual([]);
  const empty = look({ "README.md": "" });
  expect(empty.problems).toEqual([]);
  expect(said(empty, "unknown")[0]).toMatch(/^what this repository holds: no project/);
});

test("migrations that nobody applies, and manifests of Kubernetes, are told with what to do", () => {
  const written = look({
    ...samples.platform?.files,
    "db/migrations/0001.sql": "create table quote ();\n",
  });
  expect(said(written, "found")).toEqual(
    expect.arrayContaining(["compose", "Kubernetes manifests", "migrations by alembic", "migrations in SQL"]),
  );
  expect(said(written, "unknown")).toContain("which program applies db/migrations/*.sql");
});
