import { expect, test } from "vitest";
import { configured, engine } from "../support/fake-engine.ts";
import { bellwether, call, withToken } from "./module-call.ts";

const execs = (queries: string[]) =>
  queries.filter(
    (query) => query.includes('"effect","/bellwether-call.json"') && query.endsWith(".exitCode"),
  );

test("publish gives the addresses by digest, one for each image", async () => {
  const { value } = await call(engine(), (client) => withToken(client).publish());
  const digest = `sha256:${"d".repeat(64)}`;
  expect(value?.split("\n").sort()).toEqual([
    `registry.example/gateway@${digest}`,
    `registry.example/quotes@${digest}`,
  ]);
});

test("publish twice is two effects, and the checks are the same containers both times", async () => {
  const { queries } = await call(engine(), async (client) => {
    await withToken(client).publish();
    await withToken(client).publish();
  });
  const made = execs(queries);
  expect(made).toHaveLength(4);
  expect(new Set(made).size).toBe(4);
  const checks = queries.filter((query) => query.endsWith('"npx biome ci ."],expect: ANY).exitCode'));
  expect(checks).toHaveLength(2);
  expect(new Set(checks).size).toBe(1);
});

test("publish of what differs from its commit is refused before anything runs", async () => {
  const { error, queries } = await call(
    engine((query) => (query.includes("rev-list") ? { value: "42\n1700000000\n3\n" } : undefined)),
    (client) => withToken(client).publish(),
  );
  expect(error).toMatch(/differs from its commit[\s\S]*Commit the changes/);
  expect(queries.filter((query) => query.endsWith(".exitCode"))).toEqual([]);
});

test("an image whose checks fail is not made, and the report says why", async () => {
  const { error, queries } = await call(
    engine((query) =>
      query.includes('"npx biome ci ."') && query.endsWith(".exitCode") ? { value: 1 } : undefined,
    ),
    (client) => withToken(client).publish(),
  );
  expect(error).toMatch(/lint:biome.*failed/);
  expect(execs(queries)).toEqual([]);
});

test("a failure of the program in the container is told in the words that the host has for it", async () => {
  const failure = { kind: "image-refused", image: "api", problems: ["it runs as root"] };
  const { error } = await call(
    engine((query) =>
      query.endsWith('answer.json").contents')
        ? { value: JSON.stringify({ format: 1, result: { ok: false, failure }, facts: [] }) }
        : undefined,
    ),
    async (client) => (await withToken(client).build("api")).size(),
  );
  expect(error).toContain("it runs as root");
});

test("of several images one must be named", async () => {
  const { error } = await call(engine(), (client) => withToken(client).build());
  expect(error).toMatch(/api, gateway[\s\S]*--name=api/);
  const unknown = await call(engine(), (client) => withToken(client).build("apo"));
  expect(unknown.error).toMatch(/apo[\s\S]*api/);
});

test("a secret of a Dockerfile that nobody gave is refused before anything is built (B49)", async () => {
  const { error, queries } = await call(engine(), () => bellwether().build("gateway"));
  expect(error).toMatch(/TOKEN[\s\S]*--secret-names=TOKEN/);
  expect(queries.filter((query) => query.includes("dockerBuild"))).toEqual([]);
});

test("a Dockerfile's secret that the engine cannot read is told, and is no bug of ours", async () => {
  const { error } = await call(
    engine((query) =>
      query.endsWith(".plaintext") ? { error: "secret env var not found: TOKEN" } : undefined,
    ),
    (client) => withToken(client).build("gateway"),
  );
  expect(error).toContain("secret env var not found: TOKEN");
  expect(error).not.toMatch(/bug/i);
});

const refusals: [string, (name: string) => Promise<unknown>][] = [
  ["deploy-staging", () => bellwether().deployStaging()],
  ["rollback", (name) => bellwether().rollback(name)],
  ["status", (name) => bellwether().status(name)],
  ["rollout-report", (name) => bellwether().rolloutReport(name)],
];

test.each(refusals)(
  "B49: %s of an environment on the local target is refused, nothing runs",
  async (_name, made) => {
    const { error, queries } = await call(engine(), () => made("staging"));
    expect(error).toMatch(
      /target local of staging[\s\S]*would end with the container[\s\S]*bellwether deploy staging/,
    );
    expect(queries.filter((query) => query.includes("withExec"))).toEqual([]);
  },
);

test.each(refusals.slice(1))("%s of an unknown environment names the nearest one", async (_name, made) => {
  const { error } = await call(engine(), () => made("stagign"));
  expect(error).toMatch(/stagign[\s\S]*staging/);
});

test("deploy-production without such an environment says so", async () => {
  const { error } = await call(engine(), () => bellwether().deployProduction());
  expect(error).toMatch(/production[\s\S]*staging/);
});

test("status of all environments says that none is one that a container reaches", async () => {
  const { error } = await call(engine(), () => bellwether().status());
  expect(error).toMatch(/target local of staging/);
  const none = await call(engine(configured("app: quotes\n")), () => bellwether().status());
  expect(none.error).toMatch(/no environments/);
});

test("a service of what is no component names those that are, and one of several must be named", async () => {
  const { error } = await call(engine(), (client) => withToken(client).service("apo"));
  expect(error).toMatch(/apo[\s\S]*api/);
  const none = await call(engine(configured("app: quotes\n")), () => bellwether().service());
  expect(none.error).toMatch(/no component that listens/);
});

test("images come from where the call says they do, for steps and for what Bellwether brings along", async () => {
  const images = [
    "node:24-slim=mirror.example/node:24-slim",
    "aquasec/trivy:0.58.1=mirror.example/trivy:0.58.1",
  ];
  const { queries, error } = await call(engine(), (client) => withToken(client, { images }).check());
  expect(error).toBe("");
  const froms = queries.flatMap((query) => query.match(/from\(address: "[^"]+"\)/g) ?? []);
  expect(froms).toContain('from(address: "mirror.example/node:24-slim")');
  expect(froms).toContain('from(address: "mirror.example/trivy:0.58.1")');
  expect(froms).not.toContain('from(address: "node:24-slim")');
  expect(froms).not.toContain('from(address: "aquasec/trivy:0.58.1")');
});

test("an image that nobody asks for cannot be replaced: the mistake is told with those that can", async () => {
  const { error } = await call(engine(), (client) => withToken(client, { images: ["nod:24=x/y:1"] }).lint());
  expect(error).toMatch(/--images=nod:24=x\/y:1[\s\S]*node:24-slim/);
});

test("an image that the lock file knows comes by its digest", async () => {
  const digest = `sha256:${"e".repeat(64)}`;
  const lock = JSON.stringify({ format: 1, bases: {}, containers: { "node:24-slim": digest } });
  const { queries } = await call(
    engine((query) => {
      if (query.endsWith('exists(path: "bellwether.lock")')) return { value: true };
      return query.endsWith('bellwether.lock").contents') ? { value: lock } : undefined;
    }),
    (client) => withToken(client).lint(),
  );
  expect(queries.some((query) => query.includes(`from(address: "node:24-slim@${digest}")`))).toBe(true);
});

test("a damaged lock file is told, with the command that makes it again", async () => {
  const { error } = await call(
    engine((query) => {
      if (query.endsWith('exists(path: "bellwether.lock")')) return { value: true };
      return query.endsWith('bellwether.lock").contents') ? { value: "{" } : undefined;
    }),
    () => bellwether().lint(),
  );
  expect(error).toMatch(/bellwether\.lock[\s\S]*bellwether pin/);
});

test("a variable without a name is refused, and what was typed is not repeated (B50)", async () => {
  const { error } = await call(engine(), (client) =>
    withToken(client, { variables: ["s3cret-value"] }).lint(),
  );
  expect(error).toMatch(/a variable without a name/);
  expect(error).not.toContain("s3cret-value");
});
