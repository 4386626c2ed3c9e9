import { expect, test } from "vitest";
import { smallConfig, systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

const five = `app: small
toolchains:
  node: { version: 20 }
checks:
  unit:
    run: npm test
    timeout: 5 minutes
  lint:
    style: { run: npm run lint, services: [postgre] }
services:
  postgres: { version: ">=15" }
components:
  api:
    artfact: dist
    artifact: dist
    command: node server.mjs
environments:
  staging:
    strategy: blue-gren
`;

test("B10: five mistakes are told at once, each with line, path, what was got, what is expected and the nearest", async () => {
  const system = await given(five);
  for (const command of [["validate"], ["plan"], ["run"], ["deploy", "staging"], ["status"]]) {
    const done = await system.run(...command);
    expect(done).toMatchObject({ code: 2, stdout: "" });
    expect(done.stderr.split("\n")).toEqual([
      "bellwether.yaml has 5 problems.",
      '  | bellwether.yaml:3:20 toolchains.node.version: got 20, expected a version range in quotes, such as ">=20.19" → Write a version range in quotes, such as ">=20.19".',
      "  | bellwether.yaml:7:14 checks.unit.timeout: got 5 minutes, expected a duration above zero such as 30s, 5m or 100ms, at most 24d → Write a duration above zero such as 30s, 5m or 100ms, at most 24d.",
      "  | bellwether.yaml:9:44 checks.lint.style.services[0]: got postgre, expected the name of a service: postgres (did you mean postgres?) → Write postgres.",
      "  | bellwether.yaml:14:5 components.api.artfact: got artfact, expected one of build, artifact, command, toolchains, port, env, secrets, health, limits, stop, systemd, after (did you mean artifact?) → Write artifact instead of artfact.",
      "  | bellwether.yaml:19:15 environments.staging.strategy: got blue-gren, expected one of recreate, rolling, blue-green, canary; or { canary: { weights: [10, 50, 100] } } or { rolling: { batch: 25% } } (did you mean blue-green?) → Write blue-green.",
      "  next: Mend them, then check with `bellwether validate`.",
      "",
    ]);
  }
});

test("B10: the problems as JSON are on stdout, the words on stderr", async () => {
  const system = await given(five);
  const done = await system.run("validate", "--json");
  expect(done.code).toBe(2);
  const answer = JSON.parse(done.stdout);
  expect(answer).toMatchObject({ valid: false, failure: { kind: "config-invalid" } });
  expect(answer.failure.problems).toHaveLength(5);
  expect(answer.failure.problems.map((one: { nearest?: string }) => one.nearest)).toEqual([
    undefined,
    undefined,
    "postgres",
    "artifact",
    "blue-green",
  ]);
});

test.each([
  [
    "components that start after each other",
    smallConfig
      .replace("    port: 8080", "    after: [web]\n    port: 8080")
      .replace("images:", "  web: { artifact: dist, command: sleep 1, after: [api] }\nimages:"),
    /got a cycle: api after web after api, expected components that do not wait for each other/,
  ],
  [
    "environments that extend each other",
    smallConfig.replace(
      "    on: { branch: develop }",
      "    on: { branch: develop }\n    extends: production",
    ),
    /got a cycle: staging extends production extends staging, expected environments that do not extend each other/,
  ],
  [
    "environments that promote from each other",
    smallConfig.replace(
      "    on: { branch: develop }",
      "    on: { branch: develop }\n    promote-from: production",
    ),
    /got a cycle: staging promoted from production promoted from staging, expected a way to production that begins somewhere/,
  ],
])("a cycle of %s is refused with exit code 2", async (_what, config, words) => {
  const system = await given(config);
  const done = await system.run("plan");
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toMatch(/^bellwether\.yaml has 1 problem\.\n/);
  expect(done.stderr).toMatch(words);
});

test("what is no YAML is told with its line", async () => {
  const system = await given("app: small\nchecks: [\n");
  const done = await system.run("validate");
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toMatch(/^bellwether\.yaml has 1 problem\.\n {2}\| bellwether\.yaml:[23]:\d+: /);
});

test("a mended configuration is taken at once, whatever was kept of the one before", async () => {
  const system = await given(five);
  expect((await system.run("validate")).code).toBe(2);
  await system.write({ "bellwether.yaml": smallConfig });
  expect(await system.run("validate")).toMatchObject({ code: 0, stdout: "bellwether.yaml is valid\n" });
});

test("validate ENV tells placeholders in the environment file, and deploy refuses them before any effect", async () => {
  const config = smallConfig.replace(
    "    on: { branch: develop }",
    "    on: { branch: develop }\n    environment-file: .env.staging",
  );
  const system = await given(config, { ".env.staging": "BROKER_TOKEN=changeme\nREGION=\n" });
  const done = await system.run("validate", "staging");
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toBe(
    `bellwether.yaml has 2 problems.
  | .env.staging:1:1 BROKER_TOKEN: got a placeholder, expected a real value → Replace the placeholder of BROKER_TOKEN.
  | .env.staging:2:1 REGION: got nothing, expected a value, or "" where none is meant → Give REGION a value.
  next: Mend them, then check with \`bellwether validate\`.
`,
  );
  expect((await system.run("validate", "nowhere")).code).toBe(2);
  const pushed = await system.run("run", "--event", "push");
  expect(pushed.code).toBe(2);
  expect(pushed.stdout).toContain(".env.staging:1");
  expect((await system.run("history", "staging", "--json")).stdout).toBe('{\n  "staging": []\n}\n');
});
