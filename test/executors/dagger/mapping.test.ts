import { expect, test } from "vitest";
import { containerPlan, type MappingFacts } from "../../../pipeline/executors/dagger/mapping.ts";
import { postgres, redis, step } from "./step.ts";

const facts: MappingFacts = {
  app: "quotes",
  version: "1.2.3",
  fresh: "only-this-run",
  variables: {},
  entry: ["node", "/bellwether/cli/main.ts"],
  change: null,
  history: false,
  platform: "linux-amd64",
};

test("a step becomes a container of its image in its directory, with its inputs and outputs as patterns", () => {
  const plan = containerPlan(
    step({
      image: "node:24-slim",
      directory: "web",
      inputs: ["./web/**", "package.json"],
      outputs: ["web/dist/"],
    }),
    facts,
  );
  expect(plan).toMatchObject({
    id: "quotes/unit:tests",
    image: "node:24-slim",
    workdir: "/src/web",
    include: ["web/**", "package.json"],
    outputs: ["web/dist"],
  });
});

test.each([
  ["a lint in the official image", { id: "lint:all", image: "rust:1", commands: ["make lint"] }, true],
  ["clippy anywhere", { image: "docker.io/library/rust:1.82-slim", commands: ["cargo clippy"] }, true],
  ["rustfmt among others", { image: "rust:1", commands: ["true", ["cargo", "fmt", "--check"]] }, true],
  ["tests", { image: "rust:1", commands: ["cargo test"] }, false],
])("Rust's image is given the checkout's toolchain, and what linters need: %s", (_, given, lints) => {
  const { prepare } = containerPlan(step({ ...given, directory: "engine" }), facts);
  expect(prepare?.include).toEqual(["engine/rust-toolchain", "engine/rust-toolchain.toml"]);
  const [, , , , place, ...components] = prepare?.args ?? [];
  expect(place).toBe("/.bellwether-prepared/engine");
  expect(components).toEqual(lints ? ["clippy", "rustfmt"] : []);
});

test("an image of the user's own is taken as it is", () => {
  const given = { id: "lint:all", image: "acme/rust:1", commands: ["cargo clippy"] };
  expect(containerPlan(step(given), facts).prepare).toBeNull();
});

test("only a step that must not be cached carries the value that no other run has", () => {
  expect(containerPlan(step({ cache: true }), facts).variables).toEqual({});
  expect(containerPlan(step({ cache: false }), facts).variables).toEqual({ BELLWETHER_RUN: "only-this-run" });
});

test("a value with a URL or a password of a service is secret, one with its host or the version is not", () => {
  const environment = {
    DATABASE_URL: "${services.postgres.url}",
    AUTH: "user:${services.postgres.password}",
    DB_HOST: "${services.postgres.host}:${services.postgres.port}",
    RELEASE: "v${version}",
    UNKNOWN: "${nothing.of.this}",
  };
  const plan = containerPlan(step({ environment, services: [postgres] }), facts);
  const password = plan.services[0]?.facts.password ?? "";
  expect(password).toMatch(/^[0-9a-f]{32}$/);
  expect(plan.derivedSecrets).toEqual({
    DATABASE_URL: `postgresql://trader:${password}@postgres:5432/quotes`,
    AUTH: `user:${password}`,
  });
  expect(plan.variables).toEqual({
    DB_HOST: "postgres:5432",
    RELEASE: "v1.2.3",
    UNKNOWN: "${nothing.of.this}",
  });
});

test("each step has servers of its own, with the same definition in every run", () => {
  const services = [postgres, redis];
  const one = containerPlan(step({ id: "unit:one", services }), facts).services;
  const two = containerPlan(step({ id: "unit:two", services }), facts).services;
  expect(containerPlan(step({ id: "unit:one", services }), facts).services).toEqual(one);
  expect(one[0]?.variables).toEqual({
    BELLWETHER_STEP: "unit:one",
    POSTGRES_USER: "trader",
    POSTGRES_DB: "quotes",
  });
  expect(two[0]?.variables).not.toEqual(one[0]?.variables);
  expect(one[0]?.facts.password).not.toBe(one[1]?.facts.password);
  expect(one[1]?.facts).toMatchObject({ host: "redis", port: "6379" });
});

test("an init file goes where the PostgreSQL image looks for it", () => {
  const [server] = containerPlan(
    step({ services: [{ ...postgres, init: ["db/init.sql"], extensions: ["citext"] }] }),
    facts,
  ).services;
  expect(server?.init).toEqual([
    {
      from: { text: 'create extension if not exists "citext" cascade;\n' },
      to: "/docker-entrypoint-initdb.d/00.sql",
    },
    { from: { file: "db/init.sql" }, to: "/docker-entrypoint-initdb.d/01.sql" },
  ]);
});

test("caches are volumes of the app, and a node step has the one of npm, once", () => {
  const tools = [{ name: "node", range: ">=20", probe: ["node", "--version"] }];
  const npm = { path: "/root/.npm", volume: "bellwether-npm" };
  const caches = (written: string[]) => containerPlan(step({ tools, caches: written }), facts).caches;
  expect(caches([])).toEqual([npm]);
  expect(caches([".cache/lint", "/var/cache/x"])).toEqual([
    { path: "/src/.cache/lint", volume: "bellwether-quotes-cache-lint" },
    { path: "/var/cache/x", volume: "bellwether-quotes-var-cache-x" },
    npm,
  ]);
  expect(caches(["~/.npm"])).toEqual([{ path: "/root/.npm", volume: "bellwether-quotes-npm" }]);
});

test("what a step writes into a cache volume is kept beside it, reports too, and found there", () => {
  const plan = containerPlan(
    step({
      caches: ["target", "~/.cargo/registry"],
      outputs: ["target/release/engine", "dist"],
      reports: { junit: "target/junit.xml", coverage: null },
    }),
    facts,
  );
  expect(plan.kept).toEqual(["target/release/engine", "target/junit.xml"]);
  expect(plan.outputs).toEqual(["target/release/engine", "dist"]);
  expect(plan.args.slice(0, 2)).toEqual(["sh", "-c"]);
  expect(plan.args.slice(3, 7)).toEqual([
    ...["keep", "/.bellwether-kept", "/src", "target/release/engine\ntarget/junit.xml"],
  ]);
  // Rust's own image keeps cargo's home elsewhere.
  expect(plan.variables).toEqual({ CARGO_HOME: "/root/.cargo" });
});

test("a scan that fetches what it knows takes the scanner's authorities along", () => {
  const scan = (kind: string, ...more: string[]) =>
    containerPlan(step({ commands: [["bellwether", "scan", kind, ...more]] }), facts);
  expect(scan("vulnerabilities").binaries.map(({ to }) => to)).toEqual([
    "/usr/local/bin/trivy",
    "/etc/ssl/certs/ca-certificates.crt",
  ]);
  expect(scan("secrets").binaries.map(({ to }) => to)).toEqual(["/usr/local/bin/trufflehog"]);
  expect(scan("secrets", "--scanner", "built-in").binaries).toEqual([]);
  expect(scan("secrets")).toMatchObject({ image: "node:24-slim", program: true, path: [] });
});
