import { dag } from "@dagger.io/dagger";
import { expect, test } from "vitest";
import { Bellwether, PipelineEvent } from "../../pipeline/src/index.ts";
import { inSession } from "../support/dagger-session.ts";
import type { Answer } from "../support/recording-session.ts";

const config = `app: quotes
toolchains:
  node: { version: ">=20.19", image: node:24-slim }
services:
  postgres: { version: ">=15", database: quotes }
secrets:
  TOKEN: { from: env }
checks:
  lint:
    biome: npx biome ci .
  unit:
    run: npm test
    inputs: [src/**, test/**, package.json]
    outputs: [reports]
    services: [postgres]
    secrets: [TOKEN]
`;

const sha = "0123456789abcdef0123456789abcdef01234567";

/** A repository of the app on develop, whose every step passes; `changes` come first. */
const engine =
  (changes: (query: string) => Answer | undefined = () => undefined) =>
  (query: string): Answer | undefined =>
    changes(query) ?? { value: usual(query) };

function usual(query: string): unknown {
  if (query.endsWith('bellwether.yaml").contents')) return config;
  if (query.includes(".glob(")) return [];
  if (query.includes(".exists(")) return !query.includes(".npmrc");
  if (query.endsWith(".commit")) return sha;
  if (query.endsWith(".ref")) return "refs/heads/develop";
  if (query.endsWith(".tags")) return ["v1.2.3"];
  if (query.endsWith(".branches")) return ["main", "develop"];
  if (query.includes("rev-list") && query.endsWith(".stdout")) return "42\n1700000000\n";
  if (query.includes('"--version"') && query.endsWith(".stdout")) return "v24.1.0\n";
  return query.endsWith(".exitCode") ? 0 : "";
}

const bellwether = () => new Bellwether(dag.directory(), dag.git("https://example.org/quotes"));

const execs = (queries: string[], command: string) =>
  queries.filter((query) => query.includes(command) && query.endsWith(".exitCode"));

test("plan draws the stages of what is checked out, and runs nothing", async () => {
  const { text, queries } = await inSession(engine(), async (_client, session) => ({
    text: await bellwether().plan(),
    queries: session.queries,
  }));
  expect(text).toContain("quotes 0.0.0-develop.42+0123456");
  expect(text).toContain("refs/heads/develop");
  expect(text).toContain("lint:biome");
  expect(queries.filter((query) => query.endsWith(".exitCode"))).toEqual([]);
});

test("plan asks the source for its config and git for its head, and nothing else", async () => {
  const queries = await inSession(engine(), async (_client, session) => {
    await bellwether().plan();
    return session.queries;
  });
  const git = 'git(url: "https://example.org/quotes").head';
  const history = `container.from(address: "alpine/git:2.47.2").withDirectory(path: "/src",source: <${git}.tree(depth: 2147483647)>).withWorkdir(path: "/src").withExec(args: ["sh","-c","git -c safe.directory=/src rev-list --count HEAD && git -c safe.directory=/src log -1 --format=%ct"]).stdout`;
  expect(queries.toSorted()).toEqual(
    [
      'directory.exists(path: "bellwether.yaml")',
      'directory.file(path: "bellwether.yaml").contents',
      'directory.exists(path: "package-lock.json")',
      'directory.exists(path: "package-lock.json")',
      'directory.file(path: "package-lock.json").contents',
      ...["npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"].map(
        (lock) => `directory.exists(path: "${lock}")`,
      ),
      'directory.exists(path: ".npmrc")',
      `${git}.tree.exists(path: "bellwether.yaml")`,
      `${git}.tree.glob(pattern: "**/bellwether.yaml")`,
      `${git}.tree.file(path: "bellwether.yaml").contents`,
      `${git}.ref`,
      `${git}.commit`,
      history,
    ].toSorted(),
  );
});

test("plan --json of a release is the plan of its tag", async () => {
  const text = await inSession(engine(), () =>
    bellwether().plan(PipelineEvent.release, undefined, "v1.2.3", true),
  );
  const plan = JSON.parse(text);
  expect(plan).toMatchObject({
    format: 1,
    app: "quotes",
    context: { event: "release", ref: "refs/tags/v1.2.3", tag: "v1.2.3", version: "1.2.3", sha },
  });
  expect(plan.stages.map((stage: { id: string }) => stage.id).slice(0, 4)).toEqual([
    "lint",
    "security-scan",
    "unit-test",
    "integration-test",
  ]);
});

test("plan takes a ref that does not exist yet, and refuses a release without a tag", async () => {
  const text = await inSession(engine(), () => bellwether().plan(undefined, "feature/x", undefined, true));
  expect(JSON.parse(text).context).toMatchObject({ ref: "refs/heads/feature/x", sha: null });
  await expect(inSession(engine(), () => bellwether().plan(PipelineEvent.release))).rejects.toThrow(/tag/);
});

test("the same call makes the same plan, so that the engine may keep it", async () => {
  const make = () => inSession(engine(), () => bellwether().plan(undefined, undefined, undefined, true));
  expect(await make()).toBe(await make());
});

test("lint runs the set-up and the linter, in containers, and nothing of the other stages", async () => {
  const { report, queries } = await inSession(engine(), async (_client, session) => ({
    report: await bellwether().lint(),
    queries: session.queries,
  }));
  expect(report).toContain("lint:biome");
  expect(report).toMatch(/passed/);
  expect(execs(queries, "npm ci")).not.toEqual([]);
  const [biome] = execs(queries, "npx biome ci .");
  expect(biome).toMatch(/^container\.from\(address: "node:24-slim"\)\.withDirectory\(path: "\/src"/);
  expect(biome).toContain('.filter(include: ["node_modules"])');
  expect(biome).toContain(
    '.withMountedCache(path: "/root/.npm",cache: <cacheVolume(key: "bellwether-npm")>)',
  );
  expect(biome).toMatch(/"sh","-c","npx biome ci \."\],expect: ANY\)\.exitCode$/);
  expect(execs(queries, '"npm test"')).toEqual([]);
});

test("unit-test binds its service and hands its secret over by reference (B50)", async () => {
  const { queries, raw } = await inSession(engine(), async (client, session) => {
    await bellwether().unitTest(["TOKEN"], [client.setSecret("given", "s3cret-value")]);
    return { queries: session.queries, raw: session.raw };
  });
  const [unit] = execs(queries, '"npm test"');
  expect(unit).toContain('.withServiceBinding(alias: "postgres"');
  expect(unit).toContain('.withSecretVariable(name: "TOKEN",secret: <setSecret(name: "given"');
  expect(unit).toContain('include: ["src/**","test/**","package.json"]');
  // The one query that makes it is the caller's, here the test's own.
  expect(raw.filter((query) => query.includes("s3cret-value") && !query.includes("setSecret"))).toEqual([]);
});

test("a secret that a step needs and nobody gave is refused before anything runs (B49)", async () => {
  const queries: string[] = [];
  const run = inSession(engine(), async (_client, session) => {
    try {
      await bellwether().unitTest();
    } finally {
      queries.push(...session.queries);
    }
  });
  await expect(run).rejects.toThrow(/TOKEN[\s\S]*--secret-names=TOKEN/);
  expect(queries.filter((query) => query.includes("withExec") && !query.includes("rev-list"))).toEqual([]);
});

test("check runs all checks, tells what is not configured, and throws the report where one failed", async () => {
  const broken = engine((query) => {
    if (!query.includes("npx biome ci .")) return undefined;
    if (query.endsWith(".exitCode")) return { value: 1 };
    return query.endsWith(".stderr") ? { value: "src/a.ts:1 is not formatted\n" } : undefined;
  });
  const secrets = ["TOKEN"];
  const passed = await inSession(engine(), (client) =>
    bellwether().check(secrets, [client.secret("env://TOKEN")]),
  );
  expect(passed).toMatch(/security scan.*not configured/i);
  expect(passed).toContain("unit:");
  const failed = inSession(broken, (client) => bellwether().check(secrets, [client.secret("env://TOKEN")]));
  await expect(failed).rejects.toThrow(/lint:biome[\s\S]*src\/a\.ts:1 is not formatted[\s\S]*failed/);
  await expect(failed).rejects.toThrow(/unit:\S* passed|\[unit:[^\]]+\] passed/);
});

test("names and secrets that do not pair up are refused", async () => {
  await expect(inSession(engine(), () => bellwether().lint(["A"], []))).rejects.toThrow(
    /1 secret names and 0 secrets/,
  );
});

test("a source of another repository is refused, with the remedy", async () => {
  const foreign = engine((query) =>
    query.startsWith("git(") && query.endsWith(".contents") ? { value: "app: other\n" } : undefined,
  );
  await expect(inSession(foreign, () => bellwether().plan())).rejects.toThrow(/quotes[\s\S]*--git/);
});

test("a checkout whose config lies below the repository's root belongs to it", async () => {
  const below = engine((query) => {
    if (!query.startsWith("git(")) return undefined;
    if (query.includes(".exists(")) return { value: false };
    return query.includes(".glob(") ? { value: ["examples/quotes/bellwether.yaml"] } : undefined;
  });
  await expect(inSession(below, () => bellwether().plan())).resolves.toContain("quotes");
});

test("B10: every problem of the config is in the one message", async () => {
  const wrong = engine((query) =>
    query.startsWith("directory.file(") ? { value: "app: quotes\nchekcs: {}\nimages: 7\n" } : undefined,
  );
  const failed = inSession(wrong, () => bellwether().plan());
  await expect(failed).rejects.toThrow(/chekcs[\s\S]*images/);
});
