import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallConfig, systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();
const module = `acme/bellwether@${"4d9a1e3b".repeat(5)}`;
const github = ["init", "--github", "--module", module];

test("init --github writes the workflows of a configuration, and says what is to be set up", async () => {
  const system = await given(smallConfig);
  const { code, stdout } = await system.run(...github);
  expect(code).toBe(0);
  expect(stdout).toContain("unknown  the environments production and production-rollback on GitHub");
  expect(stdout).toContain("give staging another one, or its job will be refused");
  expect(stdout).toContain("wrote .github/workflows/ci.yml, .github/workflows/release.yml");
  const action = await readFile(join(system.directory, ".github/actions/bellwether/action.yml"), "utf8");
  expect(action).toContain(
    `repository: acme/bellwether, ref: ${"4d9a1e3b".repeat(5)}, path: .bellwether/tool`,
  );
});

test("it brings its own files up to date, and replaces nobody else's without --force", async () => {
  const system = await given(smallConfig);
  await system.run(...github);
  await system.edit("bellwether.yaml", "on: { branch: develop }", "on: { branch: [develop, release/*] }");
  expect((await system.run(...github)).code).toBe(0);
  const ci = () => readFile(join(system.directory, ".github/workflows/ci.yml"), "utf8");
  expect(await ci()).toContain('push: { branches: ["main", "develop", "release/*"] }');
  await system.write({ ".github/workflows/ci.yml": "name: Mine\n" });
  const refused = await system.run(...github);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("Got init --github, and .github/workflows/ci.yml is there already.");
  expect(await ci()).toBe("name: Mine\n");
  expect((await system.run(...github, "--dry-run")).stdout).toContain(
    "# .github/workflows/ci.yml\n# Made by",
  );
  expect(await ci()).toBe("name: Mine\n");
  expect((await system.run(...github, "--force")).code).toBe(0);
  expect(await ci()).toMatch(/^# Made by/);
});

test("a dependabot.yml that is there stays, and what belongs into it is said", async () => {
  const system = await given(smallConfig);
  await system.write({ ".github/dependabot.yml": "version: 2\nupdates: []\n" });
  const { code, stdout } = await system.run(...github);
  expect(code).toBe(0);
  expect(stdout).toContain(".github/dependabot.yml, which stays as it is");
  expect(stdout).toContain("next: add github-actions for / and /.github/actions/bellwether");
  expect(await readFile(join(system.directory, ".github/dependabot.yml"), "utf8")).toBe(
    "version: 2\nupdates: []\n",
  );
});

test.each([
  [[], "no --module"],
  [["--module", "acme/bellwether"], 'the module "acme/bellwether"'],
  [["--module", "acme/bellwether@v1.0.0"], 'the module "acme/bellwether@v1.0.0"'],
  [["--module", `acme/bellwether@${"4d9a1e3b".repeat(5)}\n`], "the module"],
])("a module that is no commit of a repository is refused: %j", async (given_, got) => {
  const system = await given(smallConfig);
  const { code, stderr } = await system.run("init", "--github", ...given_);
  expect(code).toBe(2);
  expect(stderr).toContain(got);
  expect(stderr).toContain("40 hexadecimal digits");
});

test("init --github --json gives the files to a program, and a broken configuration writes nothing", async () => {
  const system = await given(smallConfig);
  const { stdout } = await system.run(...github, "--json", "--dry-run");
  expect(JSON.parse(stdout)).toMatchObject({
    written: false,
    files: { ".github/workflows/ci.yml": expect.any(String) },
  });
  await system.edit("bellwether.yaml", "target: local", "target: moon");
  const broken = await system.run(...github);
  expect(broken.code).toBe(2);
  expect(broken.stderr).toContain("bellwether.yaml has 1 problem");
});

test("stages that passed are skipped with that reason; one that nobody knows is refused with the nearest", async () => {
  const system = await given(smallConfig);
  const { code, stdout } = await system.run("run", "image", "--passed", "lint", "unit-test");
  expect(code, stdout).toBe(0);
  expect(stdout).toContain("Lint: skipped, passed before this call, as its caller says");
  expect((await system.report()).stages.find(({ id }) => id === "lint")).toMatchObject({
    outcome: "skipped",
  });
  const unknown = await system.run("run", "image", "--passed", "lin");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("Did you mean lint?");
  const both = await system.run("run", "image", "--passed", "image");
  expect(both.code).toBe(2);
  expect(both.stderr).toContain("passed before this call");
});

test("an image that is not the one that was published before is not deployed", async () => {
  const system = await given(smallConfig);
  const published = `registry.example/small@sha256:${"ab".repeat(32)}`;
  const refused = await system.run("run", "staging", "--digest", published);
  expect(refused.code).toBe(3);
  expect(refused.stderr + refused.stdout).toContain("and not the one that was made before in this run");
  const digest = await system.imageDigest();
  const taken = await system.run(
    "run",
    "staging",
    "--passed",
    "image",
    "--digest",
    `registry.example/small@${digest}`,
  );
  expect(taken.code, taken.stdout).toBe(0);
  const none = await system.run("run", "staging", "--digest", "registry.example/small:latest");
  expect(none.code).toBe(2);
});

test("history --full gives all that the journal knows; without an environment it says so", async () => {
  const system = await given(smallConfig);
  const nothing = JSON.parse((await system.run("history", "staging", "--full")).stdout);
  expect(nothing).toMatchObject({ app: "small", environment: "staging", live: null, rollouts: [] });
  await system.run("run", "staging");
  const { live, rollouts } = JSON.parse((await system.run("history", "staging", "--full")).stdout);
  expect(live.url).toMatch(/^http:/);
  expect(rollouts).toMatchObject([{ outcome: "completed", weights: [{ weights: { [live.version]: 100 } }] }]);
  const missing = await system.run("history", "--full");
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("bellwether history production --full");
});
