import { expect, test } from "vitest";
import { configOf, fixture } from "./support.ts";

const small = "app: big-quotes\n";

test("everything but the name may be left out", () => {
  expect(configOf(small)).toMatchObject({
    format: 1,
    file: "bellwether.yaml",
    app: "big-quotes",
    toolchains: {},
    checks: { lint: [], unit: [], integration: [] },
    security: { scans: [] },
    environments: {},
  });
});

test("equal configurations have equal digests, however they are written", () => {
  const long = "app: a\nchecks:\n  unit: { run: npm test, timeout: 10m, cache: true }\n";
  const short = "checks: {unit: npm test} # the same\napp: 'a'\n";
  expect(configOf(short).digest).toBe(configOf(long).digest);
  expect(configOf(short).digest).toMatch(/^[0-9a-f]{64}$/);
  expect(configOf(`${small}secrets: { A_TOKEN: { from: env } }\n`).digest).not.toBe(configOf(small).digest);
});

test("node with a package-lock.json is set up by npm ci, keyed by the lock", () => {
  const text = `${small}toolchains: { node: { version: ">=20.19" } }\n`;
  expect(configOf(text, "package-lock.json").toolchains).toEqual({
    node: {
      name: "node",
      version: ">=20.19",
      image: "node:24-slim",
      probe: ["node", "--version"],
      directory: ".",
      setup: ["npm ci"],
      setupInputs: ["package.json", "package-lock.json"],
      setupOutputs: ["node_modules"],
      setupPass: expect.arrayContaining(["NPM_CONFIG_REGISTRY", "HTTPS_PROXY"]),
      caches: [],
      passEnvironment: [],
      path: ["node_modules/.bin", "node_modules/.manager/bin"],
      environment: {},
    },
  });
  expect(configOf(text).toolchains.node).toMatchObject({ setup: [], setupInputs: [], setupOutputs: [] });
});

test("node in a directory of its own is set up there, with its npm settings among the inputs", () => {
  const text = `${small}toolchains: { node: { version: ">=20", directory: web } }\n`;
  expect(configOf(text, "web/package-lock.json", "web/.npmrc").toolchains.node).toMatchObject({
    directory: "web",
    setupInputs: ["web/package.json", "web/package-lock.json", "web/.npmrc"],
    setupOutputs: ["web/node_modules"],
  });
});

test("an empty set-up turns node's own off", () => {
  const text = `${small}toolchains: { node: { version: ">=20", setup: [] } }\n`;
  expect(configOf(text, "package-lock.json").toolchains.node).toMatchObject({
    setup: [],
    setupInputs: [],
    setupOutputs: [],
  });
});

test("a toolchain that says how it is set up is taken at its word", () => {
  const text = `${small}toolchains:
  python:
    version: "3.11"
    image: python:3.11-slim
    probe: [python3, --version]
    setup: [python3 -m venv .venv, [.venv/bin/pip, install, -r, requirements.txt]]
    inputs: [requirements.txt]
    outputs: [.venv]
    caches: [.cache/pip]
    pass-environment: [PIP_INDEX_URL]
`;
  expect(configOf(text).toolchains.python).toEqual({
    name: "python",
    version: "3.11",
    image: "python:3.11-slim",
    probe: ["python3", "--version"],
    directory: ".",
    setup: ["python3 -m venv .venv", [".venv/bin/pip", "install", "-r", "requirements.txt"]],
    setupInputs: ["requirements.txt"],
    setupOutputs: [".venv"],
    caches: [".cache/pip"],
    passEnvironment: ["PIP_INDEX_URL"],
    setupPass: expect.arrayContaining(["PIP_INDEX_URL", "HTTPS_PROXY"]),
    path: [".venv/bin", ".venv/tools/bin"],
    environment: { PYTHONDONTWRITEBYTECODE: "1" },
  });
});

test("a server's kind comes from its name, its image from its range, its database from the app", () => {
  const { services } = configOf(
    `${small}services: { postgres: { version: "16" }, redis: {}, second: { kind: redis } }\n`,
  );
  expect(services.postgres).toMatchObject({
    kind: "postgres",
    version: "16",
    image: "postgres:16",
    database: "big_quotes",
    user: "big_quotes",
    environment: { DATABASE_URL: "url", PGHOST: "host" },
  });
  expect(services.redis).toMatchObject({
    kind: "redis",
    version: ">=6",
    image: "redis:6",
    environment: { REDIS_URL: "url" },
  });
  expect(services.second).toMatchObject({ kind: "redis", name: "second" });
});

test("a check may be a command, a list of words, a map, or several by name", () => {
  const text = `${small}toolchains: { node: { version: ">=20" } }
checks:
  lint: { biome: npx biome ci ., tsc: { run: [npx, tsc], timeout: 90s, cache: false, inputs: ["**/*.ts"] } }
  unit: npm test
  integration: { api: npm run api, db: { run: npm run db, toolchains: [] } }
`;
  const { checks } = configOf(text);
  expect(
    checks.lint.map(({ name, run, timeoutMs, cache, inputs }) => ({ name, run, timeoutMs, cache, inputs })),
  ).toEqual([
    { name: "biome", run: "npx biome ci .", timeoutMs: 600_000, cache: true, inputs: [] },
    { name: "tsc", run: ["npx", "tsc"], timeoutMs: 90_000, cache: false, inputs: ["**/*.ts"] },
  ]);
  expect(checks.unit.map(({ name, toolchains }) => ({ name, toolchains }))).toEqual([
    { name: "unit", toolchains: ["node"] },
  ]);
  expect(checks.integration.map(({ name, toolchains }) => ({ name, toolchains }))).toEqual([
    { name: "api", toolchains: ["node"] },
    { name: "db", toolchains: [] },
  ]);
});

test("report files are outputs, unless a directory of the outputs holds them already", () => {
  const reports = "reports: { junit: reports/unit.xml, coverage: coverage/cobertura.xml }";
  const { checks } = configOf(`${small}checks: { unit: { run: x, outputs: [coverage], ${reports} } }\n`);
  expect(checks.unit[0]?.outputs).toEqual(["coverage", "reports/unit.xml"]);
});

test("values of env are text as typed, so that 1.10, 007 and yes keep their form", () => {
  const { checks } = configOf(
    `${small}checks: { unit: { run: x, env: { A: 1.10, B: 007, C: yes, D: true, E: "" } } }\n`,
  );
  expect(checks.unit[0]?.environment).toEqual({ A: "1.10", B: "007", C: "yes", D: "true", E: "" });
});

test("secrets are references, with their own name where none is given", () => {
  const text = `${small}secrets:
  A_TOKEN: { from: env }
  B_TOKEN: { from: env, name: OTHER, min-length: 32 }
  C_TOKEN: { from: file, path: /run/secrets/c }
  D_TOKEN: { from: command, run: vault read d, timeout: 3s }
`;
  expect(configOf(text).secrets).toEqual({
    A_TOKEN: { from: "env", name: "A_TOKEN", minLength: 1 },
    B_TOKEN: { from: "env", name: "OTHER", minLength: 32 },
    C_TOKEN: { from: "file", path: "/run/secrets/c", minLength: 1 },
    D_TOKEN: { from: "command", run: "vault read d", timeoutMs: 3_000, minLength: 1 },
  });
});

test("staging is for develop and production for releases, where nothing else is written", () => {
  const { environments } = configOf(`${small}environments: { staging: {}, production: {}, demo: {} }\n`);
  expect(environments.staging?.on).toEqual({ kind: "branch", branches: ["develop"] });
  expect(environments.production?.on).toEqual({ kind: "release" });
  expect(environments.demo?.on).toEqual({ kind: "manual" });
  expect(Object.keys(environments)).toEqual(["staging", "production", "demo"]);
});

test("triggers have short forms", () => {
  const text = `${small}environments: { a: { on: { branch: main } }, b: { on: { branch: [main, "release/*"] } }, c: { on: { tag: "v*" } }, d: { on: manual } }\n`;
  expect(Object.values(configOf(text).environments).map(({ on }) => on)).toEqual([
    { kind: "branch", branches: ["main"] },
    { kind: "branch", branches: ["main", "release/*"] },
    { kind: "tag", tags: ["v*"] },
    { kind: "manual" },
  ]);
});

test("a release is promoted from staging where there is one, from elsewhere or from nowhere where it says so", () => {
  const from = (text: string) =>
    configOf(`${small}environments: ${text}\n`).environments.production?.promoteFrom;
  expect(from("{ staging: {}, production: {} }")).toBe("staging");
  expect(from("{ production: {} }")).toBeNull();
  expect(from("{ staging: {}, production: { on: manual } }")).toBeNull();
  expect(from("{ staging: {}, production: { promote-from: none } }")).toBeNull();
  expect(from("{ staging: {}, qa: {}, production: { promote-from: qa } }")).toBe("qa");
});

test("an environment takes over what it extends, merges variables and accessories, and keeps its own way in", () => {
  const text = `${small}environments:
  staging:
    on: { branch: develop }
    target: { local: { port: 8081 } }
    env: { A: one, B: one }
    accessories: { postgres: { version: ">=15" } }
    drain: 3s
    lease: 20s
    watch: 4s
  qa: { extends: staging, target: local, on: manual, accessories: { redis: {} }, watch: 5s }
  production: { extends: qa, env: { B: two } }
`;
  const { production } = configOf(text).environments;
  expect(production).toMatchObject({
    on: { kind: "release" },
    promoteFrom: "staging",
    target: { kind: "local", port: null, router: "built-in" },
    environment: { A: "one", B: "two" },
    drainMs: 3_000,
    leaseMs: 20_000,
    watchMs: 5_000,
  });
  expect(Object.keys(production?.accessories ?? {})).toEqual(["postgres", "redis"]);
});

test("none takes an inherited approval and migration away", () => {
  const text = fixture("quotes.yaml").replace(
    "approval: { required: 1 }",
    "approval: none\n    migrate: none",
  );
  expect(configOf(text).environments.production).toMatchObject({ approval: null, migrate: null });
});

test("strategies have short forms, and a canary its defaults", () => {
  const strategy = (text: string) =>
    configOf(`${small}environments: { qa: { strategy: ${text} } }\n`).environments.qa?.strategy;
  const held = { kind: "hold", holdMs: 60_000, samples: 50, limitMs: 300_000, analysis: [] };
  const canary = {
    kind: "canary",
    steps: [{ kind: "weight", weight: 10 }, held, { kind: "weight", weight: 50 }, held],
  };
  expect(strategy("recreate")).toEqual({ kind: "recreate" });
  expect(strategy("blue-green")).toEqual({ kind: "blue-green" });
  expect(strategy("canary")).toEqual(canary);
  expect(strategy("{ canary: { weights: [5, 100], hold: 8s, samples: 30, limit: 20s } }")).toEqual({
    kind: "canary",
    steps: [
      { kind: "weight", weight: 5 },
      { kind: "hold", holdMs: 8_000, samples: 30, limitMs: 20_000, analysis: [] },
    ],
  });
  expect(configOf(`${small}environments: { qa: {} }\n`).environments.qa?.strategy).toEqual({
    kind: "blue-green",
  });
});

test("a smoke check with a map as body posts JSON", () => {
  const text = fixture("quotes.yaml").replace(
    "- get: /quotes/AAPL",
    "- { post: /orders, body: { symbol: AAPL, quantity: 1 }, headers: { x-test: 'yes' } }\n      - get: /quotes/AAPL",
  );
  const { staging } = configOf(text).environments;
  expect(staging?.smoke[0]).toEqual({
    name: "POST /orders",
    component: null,
    method: "POST",
    path: "/orders",
    body: '{"symbol":"AAPL","quantity":1}',
    headers: { "content-type": "application/json", "x-test": "yes" },
    expect: { status: 200, json: null, text: null, withinMs: 1_000 },
  });
  expect(staging?.smoke[1]?.expect).toEqual({
    status: 200,
    json: { symbol: "AAPL" },
    text: null,
    withinMs: 500,
  });
});

test("thresholds, analysis limits and channels are numbers and references", () => {
  const text = `${small}environments:
  qa:
    accessories: { postgres: {} }
    health:
      database: { postgres: "\${accessories.postgres.url}", degraded: 1000ms, unhealthy: 2000ms }
      redis: { tcp: "127.0.0.1:6379", unhealthy: 1s, timeout: 5s }
      api: { http: /health/ready }
      host: { cpu: [75%, 90%] }
    gates:
      audit: { command: ./audit.sh }
      uat: { file: "uat/\${version}.xml", min-pass: 98% }
      notice: { confirm: Customers were told }
    analysis: { max-errors: 0.1%, max-ratio: 1.2, slack: 10ms }
    notify: { slack: { url: { from: env, name: SLACK_WEBHOOK }, on: [failed] } }
`;
  expect(configOf(text).environments.qa).toMatchObject({
    health: [
      {
        name: "database",
        kind: "postgres",
        url: "${accessories.postgres.url}",
        timeoutMs: 2_000,
        thresholds: [1_000, 2_000],
      },
      {
        name: "redis",
        kind: "tcp",
        address: "127.0.0.1:6379",
        timeoutMs: 5_000,
        thresholds: [1_000, 1_000],
      },
      {
        name: "api",
        kind: "http",
        url: "/health/ready",
        status: 200,
        text: null,
        timeoutMs: 2_000,
        thresholds: null,
      },
      { name: "host", kind: "host", cpu: [0.75, 0.9], memory: null, disk: null },
    ],
    gates: [
      {
        name: "audit",
        kind: "command",
        run: "./audit.sh",
        environment: {},
        secrets: [],
        timeoutMs: 60_000,
      },
      { name: "uat", kind: "file", path: "uat/${version}.xml", minPass: 0.98, maxAgeMs: 86_400_000 },
      { name: "notice", kind: "confirm", item: "Customers were told", expiresMs: 86_400_000 },
    ],
    analysis: [
      { kind: "errors", max: 0.001 },
      { kind: "p95", maxMs: null, against: { maxRatio: 1.2, slackMs: 10 } },
    ],
    notify: [
      {
        kind: "slack",
        url: { from: "env", name: "SLACK_WEBHOOK", minLength: 1 },
        secret: null,
        on: ["failed"],
      },
    ],
  });
});

test("scans are checks", () => {
  const { security } = configOf(`${small}security: { scans: { secrets: npx secretlint . } }\n`);
  expect(security.scans).toMatchObject([{ name: "secrets", run: "npx secretlint ." }]);
});

test("a component's limits are bytes and a number, null where there is none", () => {
  const limitsOf = (written: string) =>
    configOf(`${small}components: { api: { artifact: dist, command: node x.js${written} } }\n`).components.api
      ?.limits;
  expect(limitsOf("")).toEqual({ memoryBytes: null, openFiles: null });
  expect(limitsOf(", limits: { memory: 512Mi, open-files: 65536 }")).toEqual({
    memoryBytes: 536_870_912,
    openFiles: 65_536,
  });
});
