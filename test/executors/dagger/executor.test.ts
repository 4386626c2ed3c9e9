import type { Client } from "@dagger.io/dagger";
import { expect, test } from "vitest";
import { visible } from "../../../pipeline/executors/dagger/container.ts";
import { daggerExecutor } from "../../../pipeline/executors/dagger/executor.ts";
import { addressesOf } from "../../../pipeline/executors/dagger/images.ts";
import { moduleProgram } from "../../../pipeline/executors/dagger/program.ts";
import type { Plan } from "../../../pipeline/plan/plan.ts";
import type { StepOptions } from "../../../pipeline/run/executor.ts";
import { inSession } from "../../support/dagger-session.ts";
import { postgres, redis, step } from "./step.ts";

const passes = () => ({ value: 0 });

const executorOf = (client: Client, secrets = {}, checkout: string | null = null, variables = {}) =>
  daggerExecutor({
    checkout,
    client,
    source: visible(client.host().directory(".")),
    app: "quotes",
    version: "1.2.3",
    secrets,
    history: null,
    address: addressesOf({}, {}),
    program: moduleProgram(client.currentModule().source()),
    variables,
    change: null,
    fresh: "run-1",
    end: () => Promise.resolve(),
  });

function listening(signal = new AbortController().signal): StepOptions & { lines: string[] } {
  const lines: string[] = [];
  return { signal, lines, output: (stream, line) => lines.push(`${stream} ${line}`) };
}

const plan: Plan = {
  format: 1,
  app: "quotes",
  config: { file: "bellwether.yaml", digest: "" },
  context: {
    event: "local",
    ref: "refs/heads/main",
    branch: "main",
    tag: null,
    sha: null,
    committedAt: 0,
    dirty: false,
    actor: "",
    time: 0,
    version: "1.2.3",
  },
  stages: [],
};

const source =
  'host.directory(path: ".").filter(exclude: ["**/node_modules","**/.git","**/.bellwether"],gitignore: true)';

test("a step is one query: its image, its files, its directory, its caches, its variables, its exec", async () => {
  const queries = await inSession(passes, async (client, session) => {
    const outcome = await executorOf(client).run(
      step({
        inputs: ["src/**"],
        directory: "web",
        caches: ["/cache"],
        environment: { MODE: "test" },
        commands: [["npm", "test"]],
      }),
      listening(),
    );
    expect(outcome).toEqual({ ok: true, cached: false, key: null, notes: [] });
    return session.queries;
  });
  expect(queries).toHaveLength(1);
  expect(queries[0]).toContain(
    'container.from(address: "debian:bookworm-slim")' +
      `.withMountedDirectory(path: "/src",source: <${source}.filter(include: ["src/**"])>)` +
      '.withWorkdir(path: "/src/web")' +
      '.withMountedCache(path: "/cache",cache: <cacheVolume(key: "bellwether-quotes-cache")>)' +
      '.withEnvVariable(name: "MODE",value: "test")' +
      '.withExec(args: ["sh","-c",',
  );
  expect(queries[0]).toMatch(/"step","60","npm","test"\],expect: ANY\)\.exitCode$/);
});

test("an image is prepared before the files come in, by way of the caller's proxies, which its step does not see", async () => {
  const [query] = await inSession(passes, async (client, session) => {
    const variables = { HTTPS_PROXY: "http://proxy.example:3128", OTHER: "x" };
    const lint = step({ id: "lint:clippy", image: "rust:1", commands: ["cargo clippy"] });
    await executorOf(client, {}, null, variables).run(lint, listening());
    return session.queries;
  });
  expect(query).toContain(
    'container.from(address: "rust:1")' +
      '.withEnvVariable(name: "HTTPS_PROXY",value: "http://proxy.example:3128")' +
      `.withDirectory(path: "/.bellwether-prepared",source: <${source}.filter(include: ["rust-toolchain","rust-toolchain.toml"])>)` +
      '.withExec(args: ["sh","-c",',
  );
  expect(query).toContain(
    '"prepare","/.bellwether-prepared","clippy","rustfmt"]).withoutEnvVariable(name: "HTTPS_PROXY")' +
      '.withMountedDirectory(path: "/src"',
  );
});

test("what a needed step wrote, and what that one needed, is laid over the source of the next", async () => {
  const last = await inSession(
    (query) => ({ value: query.includes(".exists(") ? true : 0 }),
    async (client, session) => {
      const executor = executorOf(client);
      await executor.run(step({ id: "setup:node", outputs: ["node_modules"] }), listening());
      await executor.run(step({ id: "build:api", needs: ["setup:node"], outputs: ["dist"] }), listening());
      await executor.run(step({ id: "integration:api", needs: ["build:api"] }), listening());
      expect(executor.outputs("build:api")).not.toBeNull();
      expect(executor.outputs("integration:api")).not.toBeNull();
      expect(executor.outputs("unknown")).toBeNull();
      return session.queries.at(-1) ?? "";
    },
  );
  expect(last).toContain(
    `withMountedDirectory(path: "/src",source: <${source}.withDirectory(path: "/",source: <`,
  );
  expect(last).toMatch(/\.directory\(path: "\/src"\)\.filter\(include: \["node_modules"\]\)/);
  expect(last).toMatch(/\.directory\(path: "\/src"\)\.filter\(include: \["dist"\]\)/);
});

test("a command that fails is a failed step with the last lines of both streams", async () => {
  const out = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`).join("\n");
  const listener = listening();
  const outcome = await inSession(
    (query) => {
      if (query.endsWith(".exitCode")) return { value: 1 };
      return { value: query.endsWith(".stdout") ? `${out}\n` : "boom\n" };
    },
    (client) => executorOf(client).run(step(), listener),
  );
  expect(outcome).toMatchObject({
    ok: false,
    failure: { kind: "step-failed", step: "unit:tests", end: { exitCode: 1, signal: null } },
  });
  if (outcome.ok || outcome.failure.kind !== "step-failed") throw new Error("it should have failed");
  expect(outcome.failure.tail.slice(0, 2)).toEqual(["line 11", "line 12"]);
  expect(outcome.failure.tail.at(-1)).toBe("boom");
  expect(listener.lines).toHaveLength(41);
  expect(listener.lines.at(-1)).toBe("err boom");
});

test("a command that a signal ended is a failed step too, though the engine calls it an error", async () => {
  const execError = { exitCode: 139, stdout: "", stderr: "Segmentation fault\n" };
  const outcome = await inSession(
    () => ({ execError }),
    (client) => executorOf(client).run(step(), listening()),
  );
  expect(outcome).toMatchObject({
    failure: { kind: "step-failed", end: { exitCode: 139 }, tail: ["Segmentation fault"] },
  });
});

test("B48: exit code 124 is a step that ran out of its time", async () => {
  const outcome = await inSession(
    (query) => ({ value: query.endsWith(".exitCode") ? 124 : "" }),
    (client) => executorOf(client).run(step({ timeoutMs: 5000 }), listening()),
  );
  expect(outcome).toMatchObject({ failure: { kind: "step-timeout", limitMs: 5000 } });
});

test("an error of the engine is a failed step with its message", async () => {
  const outcome = await inSession(
    () => ({ error: "failed to resolve image\nnot found" }),
    (client) => executorOf(client).run(step(), listening()),
  );
  expect(outcome).toMatchObject({
    failure: { kind: "step-failed", end: { exitCode: null }, tail: ["failed to resolve image", "not found"] },
  });
});

test("an output that is not there fails the step", async () => {
  const outcome = await inSession(
    (query) => ({ value: query.includes('exists(path: "/src/b")') ? false : query.includes("exists(") || 0 }),
    (client) => executorOf(client).run(step({ outputs: ["a", "b"] }), listening()),
  );
  expect(outcome).toEqual({
    ok: false,
    failure: { kind: "output-missing", step: "unit:tests", path: "b" },
  });
});

test("services are bound by name, and no query but the one that sets it holds a password (B50)", async () => {
  const environment = { DATABASE_URL: "${services.postgres.url}", REDIS_HOST: "${services.redis.host}" };
  const services = [{ ...postgres, init: ["db/init.sql"] }, redis];
  const { query, raw } = await inSession(passes, async (client, session) => {
    await executorOf(client).run(step({ services, environment }), listening());
    return { query: session.queries[0] ?? "", raw: session.raw };
  });
  expect(query).toContain(
    '.withServiceBinding(alias: "postgres",service: <container.from(address: "postgres:15-alpine")' +
      '.withEnvVariable(name: "BELLWETHER_STEP",value: "unit:tests")' +
      '.withEnvVariable(name: "POSTGRES_USER",value: "trader")' +
      '.withEnvVariable(name: "POSTGRES_DB",value: "quotes")' +
      '.withSecretVariable(name: "POSTGRES_PASSWORD",secret: <setSecret(',
  );
  expect(query).toContain(
    `.withMountedFile(path: "/docker-entrypoint-initdb.d/00.sql",source: <${source}.file(path: "db/init.sql")>)` +
      ".withExposedPort(port: 5432).asService(useEntrypoint: true)>)",
  );
  expect(query).toContain(".withExposedPort(port: 6379).asService(args: [");
  expect(query).toContain('.withEnvVariable(name: "REDIS_HOST",value: "redis")');
  expect(query).toContain('.withSecretVariable(name: "DATABASE_URL",secret: <setSecret(');
  const password = /plaintext: "([0-9a-f]{32})"/.exec(query)?.[1] ?? "none";
  const holding = raw.filter((each) => each.includes(password));
  expect(holding.length).toBeGreaterThan(0);
  expect(holding.filter((each) => !/^\s*\{\s*setSecret\b/.test(each))).toEqual([]);
});

test("a secret of the caller is handed over by reference", async () => {
  const query = await inSession(passes, async (client, session) => {
    const secrets = { TOKEN: client.secret("env://TOKEN") };
    await executorOf(client, secrets).run(step({ secrets: ["TOKEN"] }), listening());
    return session.queries[0];
  });
  expect(query).toContain('.withSecretVariable(name: "TOKEN",secret: <secret(uri: "env://TOKEN")>)');
});

test("B49: what containers cannot do is refused together, before anything is asked of the engine", async () => {
  const steps = [
    step({ id: "lint:a", image: "" }),
    step({ id: "lint:b", inputs: ["src/**/*.{ts,js}"] }),
    step({ id: "unit:c", secrets: ["TOKEN"] }),
    step({ id: "unit:d", services: [postgres, { ...redis, init: ["x"] }] }),
    step({ id: "scan:v", commands: [["bellwether", "scan", "vulnerabilities", "--scanner", "pip-audit"]] }),
  ];
  const { refused, queries } = await inSession(passes, async (client, session) => ({
    refused: await executorOf(client).supports(plan, steps),
    queries: session.queries,
  }));
  expect(refused.map((each) => each.kind)).toEqual([
    "unsupported",
    "unsupported",
    "secret-unresolved",
    "unsupported",
    "unsupported",
  ]);
  expect(queries).toEqual([]);
});

test("each tool is asked for once in each image; a missing and an old one are told with their step", async () => {
  const node = { name: "node", range: ">=20.19", probe: ["node", "--version"] };
  const python = { name: "python", range: "3.11", probe: ["python", "--version"] };
  const steps = [
    step({ id: "lint:a", image: "node:18", tools: [node] }),
    step({ id: "lint:b", image: "node:18", tools: [node, python] }),
    step({ id: "lint:c", image: "node:24", tools: [node] }),
  ];
  const { refused, queries } = await inSession(
    (query) => {
      if (query.endsWith(".stdout")) return { value: query.includes("node:24") ? "v24.1.0\n" : "v18.20.1\n" };
      return { value: query.includes('"python"') ? 127 : 0 };
    },
    async (client, session) => ({
      refused: await executorOf(client).supports(plan, steps),
      queries: session.queries,
    }),
  );
  expect(refused).toEqual([
    {
      kind: "tool-too-old",
      tool: "node",
      range: ">=20.19",
      got: "18.20.1",
      path: "node:18:node",
      wantedBy: "lint:a",
    },
    { kind: "tool-missing", tool: "python", range: "3.11", wantedBy: "lint:b" },
  ]);
  expect(queries.filter((each) => each.endsWith(".exitCode"))).toHaveLength(3);
});

test("an image that cannot be pulled is refused with the engine's words", async () => {
  const tools = [{ name: "node", range: ">=20", probe: ["node", "--version"] }];
  const refused = await inSession(
    () => ({ error: "pull access denied" }),
    (client) => executorOf(client).supports(plan, [step({ tools })]),
  );
  expect(refused).toMatchObject([
    { kind: "unsupported", what: "the image debian:bookworm-slim: pull access denied" },
  ]);
});

test("variables that the config hands on are not there in a container, and the step says so", async () => {
  const outcome = await inSession(passes, (client) =>
    executorOf(client).run(step({ passEnvironment: ["HTTP_PROXY"] }), listening()),
  );
  expect(outcome).toMatchObject({ ok: true, notes: ["not handed on into the container: HTTP_PROXY"] });
});

test("an aborted run does not start an exec, and does not wait for one", async () => {
  const before = new AbortController();
  const during = new AbortController();
  const stop = () => {
    during.abort();
    return { value: 0 };
  };
  const { outcomes, asked } = await inSession(stop, async (client, session) => {
    before.abort();
    const executor = executorOf(client);
    const first = await executor.run(step(), listening(before.signal));
    const asked = session.raw.length;
    return { outcomes: [first, await executor.run(step(), listening(during.signal))], asked };
  });
  expect(asked).toBe(0);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "interrupted" } });
});

test("on a machine's own checkout outputs are written back, for what runs there afterwards", async () => {
  const queries = await inSession(
    (query) => ({ value: query.includes("exists(") ? true : 0 }),
    async (client, session) => {
      await executorOf(client, {}, "/work/quotes").run(step({ outputs: ["dist"] }), listening());
      return session.queries;
    },
  );
  expect(queries.at(-1)).toMatch(
    /\.directory\(path: "\/src"\)\.filter\(include: \["dist"\]\)\.export\(path: "\/work\/quotes"\)$/,
  );
});
