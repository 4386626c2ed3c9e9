import { expect, test } from "vitest";
import { systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

const asking =
  "const answer = await fetch(process.env.API + '/quote'); console.log('quote', (await answer.json()).symbol)";

const config = (command: string, more = "") => `app: small
checks:
  integration:
    ask:
      run: [node, --input-type=module, -e, "${asking}"]
      components: [api]
      env: { API: "\${components.api.url}" }
components:
  api:
    build: { run: "rm -rf dist && cp -r service dist", outputs: [dist], inputs: [service] }
    artifact: dist
    command: ${command}
    port: 8080
    health: { ready: /health/ready, successes: 1, span: 0s, interval: 20ms, within: 5s }
    env: { PORT: "\${port}", VERSION: "\${version}" }
${more}`;

const server = "exec node server.mjs";

test("an integration test finds the component that it names, built, started and ready, and nothing of it is left", async () => {
  const system = await given(config(server));
  const done = await system.run("run", "integration-test");
  expect(done.stdout).toContain("[integration:ask] quote AAPL\n");
  expect(done.code).toBe(0);
});

test("the result is kept until the component, its command or its variables change", async () => {
  const system = await given(config(server));
  await system.run("run", "integration-test");
  expect((await system.run("run", "integration-test")).stdout).toMatch(/ 2 of 2 steps from the cache/);
  await system.edit("bellwether.yaml", "VERSION: ", "LIMIT: 5, VERSION: ");
  expect((await system.run("why", "integration:ask")).stdout).toContain("  component  api changed\n");
  await system.run("run", "integration-test");
  await system.write({ "service/more.mjs": "" });
  expect((await system.run("why", "integration:ask")).stdout).toContain("  need   build:api changed\n");
});

test("a component that ends before it is ready, or while the test runs, is the failure, with its last lines", async () => {
  const broken = await given(config("echo no licence >&2; exit 3"));
  const failed = await broken.run("run", "integration-test");
  expect(failed.code).toBe(1);
  expect(failed.stderr + failed.stdout).toContain(
    "The component api did not serve integration:ask: it ended before it was ready.",
  );
  expect(failed.stdout).toContain("[integration:ask] api | no licence\n");

  const dying = `node -e 'require("node:http").createServer((q, a) => { a.end(); if (q.url === "/quote") { console.error("out of luck"); process.exit(1); } }).listen(process.env.PORT)'`;
  const system = await given(config(JSON.stringify(dying)));
  const died = await system.run("run", "integration-test");
  expect(died.code).toBe(1);
  expect(died.stdout).toContain("it ended while integration:ask ran");
  expect(died.stdout).toContain("out of luck");
});

test("a component that never becomes ready is stopped at its limit", async () => {
  const system = await given(
    config(
      `node -e 'require("node:http").createServer((q, a) => { a.statusCode = 503; a.end(); }).listen(process.env.PORT)'`,
    ).replace("within: 5s", "within: 300ms"),
  );
  const done = await system.run("run", "integration-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("did not serve integration:ask: it was not ready within 0.3 s.");
});

test("the time that components take to become ready is a part of the check's own limit", async () => {
  const system = await given(
    config("echo warming up; exec sleep 60")
      .replace("within: 5s", "within: 30s")
      .replace("      components: [api]", "      components: [api]\n      timeout: 1s"),
  );
  const done = await system.run("run", "integration-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("integration:ask ran into its time limit of 1 s and was stopped.");
  expect(done.stdout).toContain("warming up");
});

test("a component that nobody knows, or whose server the check does not have, is told before anything runs", async () => {
  const system = await given(
    config(
      server,
      `services: { postgres: {} }
environments: { staging: { accessories: { postgres: {} } } }
`,
    )
      .replace("VERSION: ", 'DATABASE_URL: "${accessories.postgres.url}", VERSION: ')
      .replace("components: [api]", "components: [api, apy]"),
  );
  const { code, stderr } = await system.run("validate");
  expect(code).toBe(2);
  expect(stderr).toContain("got apy, expected the name of a component");
  expect(stderr).toContain(
    "got api, which needs accessories.postgres, expected a service postgres of this check",
  );
});
