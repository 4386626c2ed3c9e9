import { dag, type Secret } from "@dagger.io/dagger";
import { expect, test } from "vitest";
import { Bellwether, PipelineEvent } from "../../pipeline/src/index.ts";
import { inSession } from "../support/dagger-session.ts";
import { type Changes, configured, engine as passing, sha } from "../support/fake-engine.ts";
import { call } from "./module-call.ts";

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

/** A repository of the app on develop, whose every step passes; `changes` come first. */
const engine = (changes: Changes = () => undefined) =>
  passing(
    async (query) =>
      (await changes(query)) ??
      (query.endsWith('bellwether.yaml").contents') ? { value: config } : undefined),
  );

const bellwether = (secretNames: string[] = [], secrets: Secret[] = []) =>
  new Bellwether(
    dag.directory(),
    dag.git("https://example.org/quotes"),
    "bellwether.yaml",
    [],
    [],
    secretNames,
    secrets,
  );

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

test("plan --json of a release is the plan of its tag", async () => {
  const text = await inSession(engine(), () =>
    bellwether().plan(PipelineEvent.release, undefined, "v1.2.3", undefined, true),
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
  const text = await inSession(engine(), () =>
    bellwether().plan(undefined, "feature/x", undefined, undefined, true),
  );
  expect(JSON.parse(text).context).toMatchObject({ ref: "refs/heads/feature/x", sha: null });
  await expect(inSession(engine(), () => bellwether().plan(PipelineEvent.release))).rejects.toThrow(/tag/);
});

test("the same call makes the same plan, so that the engine may keep it", async () => {
  const make = () =>
    inSession(engine(), () => bellwether().plan(undefined, undefined, undefined, undefined, true));
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
  expect(biome).toMatch(/^container\.from\(address: "node:24-slim"\)\.withMountedDirectory\(path: "\/src"/);
  expect(biome).toContain('.filter(include: ["node_modules"])');
  expect(biome).toContain(
    '.withMountedCache(path: "/root/.npm",cache: <cacheVolume(key: "bellwether-npm")>)',
  );
  expect(biome).toMatch(/"sh","-c","npx biome ci \."\],expect: ANY\)\.exitCode$/);
  expect(execs(queries, '"npm test"')).toEqual([]);
});

test("unit-test binds its service and hands its secret over by reference (B50)", async () => {
  const { queries, raw } = await inSession(engine(), async (client, session) => {
    await bellwether(["TOKEN"], [client.setSecret("given", "s3cret-value")]).unitTest();
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
    bellwether(secrets, [client.secret("env://TOKEN")]).check(),
  );
  expect(passed).toMatch(/security scan.*not configured/i);
  expect(passed).toContain("unit:");
  const failed = inSession(broken, (client) => bellwether(secrets, [client.secret("env://TOKEN")]).check());
  await expect(failed).rejects.toThrow(/lint:biome[\s\S]*src\/a\.ts:1 is not formatted[\s\S]*failed/);
  await expect(failed).rejects.toThrow(/unit:\S* passed|\[unit:[^\]]+\] passed/);
});

test("names and secrets that do not pair up are refused", async () => {
  await expect(inSession(engine(), () => bellwether(["A"], []).lint())).rejects.toThrow(
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

test("report gives what all checks found as files, whether they passed or not, with the host's exit code", async () => {
  const broken = engine((query) => {
    if (!query.includes("npx biome ci .")) return undefined;
    if (query.endsWith(".exitCode")) return { value: 1 };
    return query.endsWith(".stdout") ? { value: "src/a.ts is not formatted\n" } : undefined;
  });
  const { queries, error } = await call(broken, async (client) =>
    (await bellwether(["TOKEN"], [client.secret("env://TOKEN")]).report()).entries(),
  );
  expect(error).toBe("");
  const made = queries.find((query) => query.endsWith(".entries")) ?? "";
  const [, text = "{}"] =
    /withNewFile\(path: "report\.json",contents: "((?:[^"\\]|\\.)*)"\)/.exec(made) ?? [];
  expect(JSON.parse(JSON.parse(`"${text}"`))).toMatchObject({
    outcome: "failed",
    exitCode: 1,
    executor: "dagger",
  });
  expect(made).toContain('path: "steps/lint/biome/output.txt",contents: "src/a.ts is not formatted\\n"');
  expect(made).toContain('withNewFile(path: "report.html"');
  expect(made).toContain('withNewFile(path: "report.junit.xml"');
});

test("check and report run the same containers, so that the second comes from the engine's cache", async () => {
  const ran = (work: (module: Bellwether) => Promise<unknown>) =>
    call(engine(), (client) => work(bellwether(["TOKEN"], [client.secret("env://TOKEN")]))).then(
      ({ queries }) => queries.filter((query) => query.endsWith(".exitCode")).sort(),
    );
  expect(await ran((module) => module.report())).toEqual(await ran((module) => module.check()));
});

test("a base is also found as the remote's branch, and one that is nowhere is told", async () => {
  const scanning = configured("app: quotes\nsecurity:\n  secrets: {}\n");
  const found = await call(
    engine(
      async (query) =>
        (await scanning(query)) ?? (query.includes('(name: "main")') ? { error: "?" } : undefined),
    ),
    () => bellwether().securityScan("main"),
  );
  expect(found.error).toBe("");
  expect(found.queries.some((query) => query.includes('ref(name: "refs/remotes/origin/main")'))).toBe(true);
  const nowhere = await call(
    engine((query) => (query.includes("commonAncestor") ? { error: "no such ref" } : undefined)),
    () => bellwether().securityScan("mian"),
  );
  expect(nowhere.error).toContain("mian");
});
