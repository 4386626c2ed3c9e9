import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type FakeGithub, fakeGithub } from "../support/fake-github.ts";
import { newRelease, underLoad } from "../support/shipping.ts";
import { oneService, type System, smallConfig, systemsOfTests } from "../support/system.ts";
import { machine } from "../support/workflows/machine.ts";
import { type JobDone, runWorkflow } from "../support/workflows/runner.ts";

const execute = promisify(execFile);
const given = systemsOfTests();
const commit = "4d9a1e3b8f6c27d05b1e9a7c3f2d8e6b4a0c5d71";

const config = smallConfig.replace(
  "approval: { required: 1 }",
  "approval: { required: 1, four-eyes: true, github: production }",
);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-workflows-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

type Event = { name: string; payload: Record<string, unknown>; ref: string; sha?: string; actor?: string };

/** A system whose workflows were made by the program, and GitHub around it. */
async function repository(written = config) {
  const system = await given(written);
  const github = await fakeGithub();
  const made = await system.run("init", "--github", "--module", `acme/bellwether@${commit}`);
  expect(made.code, made.stderr).toBe(0);
  await system.commit("Workflows");
  await system.git("branch", "--force", "main", "develop");
  let number = 0;
  const run = async (
    file: string,
    { name, payload, ref, sha, actor = "grace" }: Event,
    more: { inputs?: Record<string, string>; reviewed?: (environment: string) => boolean } = {},
  ) => {
    number += 1;
    const place = join(directory, `run-${number}`);
    await mkdir(place);
    const event = join(place, "event.json");
    await writeFile(event, JSON.stringify(payload));
    const head = sha ?? (await system.git("rev-parse", `${ref}^{commit}`));
    const short = ref.replace(/^refs\/(heads|tags)\//, "");
    const on = await machine({
      ...{ system, github, directory: place, ref: ref.startsWith("refs/pull/") ? "develop" : short },
      program: join(inject("home"), "dist", "main.cjs"),
    });
    github.refs.add(short).add(head);
    github.commits[head] ??= { author: { login: "ada" }, committer: { login: "ada" } };
    github.runs[number] = {
      ...{ id: number, head_sha: head, run_started_at: new Date().toISOString() },
      actor: { login: actor },
      triggering_actor: { login: actor },
    };
    const jobs = await runWorkflow(join(".github/workflows", file), {
      ...{ directory: place, repository: system.directory, actions: on.actions },
      variables: {
        ...on.variables,
        ...{ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: event, GITHUB_REF: ref, GITHUB_SHA: head },
        ...{ GITHUB_ACTOR: actor, GITHUB_RUN_ID: String(number), GITHUB_RUN_ATTEMPT: "1" },
      },
      github: { event_name: name, event: payload, ref, ref_name: short, sha: head, actor },
      ...(more.inputs === undefined ? {} : { inputs: more.inputs }),
      ...(more.reviewed === undefined ? {} : { reviewed: more.reviewed }),
    });
    return { jobs, calls: await on.calls(), artifacts: on.artifacts, number };
  };
  return { system, github, run };
}

const push = (branch: string, head: string): Event => ({
  ...{ name: "push", ref: `refs/heads/${branch}` },
  payload: { ref: `refs/heads/${branch}`, after: head, deleted: false, head_commit: { id: head } },
});

const published = (tag: string, prerelease = false): Event => ({
  ...{ name: "release", ref: `refs/tags/${tag}` },
  payload: { action: "published", release: { tag_name: tag, prerelease, draft: false } },
});

const approvedBy = (github: FakeGithub, login: string, number: number) => (environment: string) => {
  if (environment === "production")
    github.reviews[number] = [
      { state: "approved", user: { login, type: "User" }, environments: [{ name: "production" }] },
    ];
  return true;
};

const results = (jobs: Record<string, JobDone>) =>
  Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]));

/** What the jobs printed that failed. */
const logOf = (jobs: Record<string, JobDone>): string =>
  Object.entries(jobs)
    .filter(([, { result }]) => result === "failure")
    .map(([id, { log }]) => `== ${id}\n${log}`)
    .join("\n");

const called = (calls: string[][]): string[] =>
  calls.map((words) => words.slice(3).find((word) => !word.startsWith("--")) ?? "");

const headOf = (system: System) => system.git("rev-parse", "HEAD");

test("a push to develop is checked, built once and goes to staging; the page and the summaries say so", async () => {
  const { system, github, run } = await repository();
  const { jobs, calls, artifacts } = await run("ci.yml", push("develop", await headOf(system)));
  expect(results(jobs), logOf(jobs)).toEqual({
    ...{ checks: "success", image: "success", staging: "success", record: "success" },
  });
  expect(called(calls)).toEqual(["check", "report", "publish", "sbom", "deploy-staging", "rollout-report"]);
  expect(github.states("staging")).toEqual([expect.stringMatching(/^[0-9a-f]+: success$/)]);
  expect(jobs.checks?.summary).toContain("```mermaid");
  expect(jobs.checks?.log).toContain("::group::Lint: passed");
  expect(jobs.image?.outputs.images).toMatch(/^registry\.example\/small@sha256:[0-9a-f]{64}$/);
  expect(jobs.staging?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(github.checkRuns.map((one) => [one.name, one.conclusion])).toEqual([
    ["bellwether / lint:style", "success"],
    ["bellwether / security-scan", "skipped"],
    ["bellwether / unit:unit", "success"],
    ["bellwether / integration-test", "skipped"],
  ]);
  expect(
    JSON.parse(await readFile(join(artifacts, "rollouts-staging/rollouts.json"), "utf8")).live,
  ).not.toBeNull();
});

test("a pull request is checked, and nothing is built; its one comment is brought up to date", async () => {
  const { system, github, run } = await repository();
  const head = await headOf(system);
  const pull_request = {
    ...{ number: 7, head: { sha: head, repo: { full_name: "acme/quotes" } } },
    base: { ref: "main", repo: { full_name: "acme/quotes" } },
  };
  const event = { name: "pull_request", ref: "refs/pull/7/merge", sha: head };
  const payload = { action: "synchronize", pull_request };
  const { jobs, calls } = await run("ci.yml", { ...event, payload });
  expect(results(jobs), logOf(jobs)).toEqual({
    ...{ checks: "success", image: "skipped", staging: "skipped", record: "skipped" },
  });
  expect(calls[0]).toContain("--base=main");
  expect(github.comments.map(({ issue, body }) => [issue, body.split("\n")[0]])).toEqual([
    [7, "<!-- bellwether -->"],
  ]);
  expect(github.comments[0]?.body).toContain("✅ passed");
  await system.edit("service/server.mjs", "// The smallest", "(( // The smallest");
  await system.commit("Broken");
  const broken = await run("ci.yml", { ...event, sha: await headOf(system), payload });
  expect(results(broken.jobs)).toMatchObject({ checks: "failure", image: "skipped" });
  expect(github.comments).toHaveLength(1);
  expect(github.comments[0]?.body).toContain("❌ failed");
  expect(broken.jobs.checks?.log).toMatch(/^::error title=Bellwether::/m);
  expect(github.checkRuns.at(-2)).toMatchObject({ name: "bellwether / unit:unit", conclusion: "failure" });
  expect(github.checkRuns.at(-4)).toMatchObject({ name: "bellwether / lint:style", conclusion: "success" });
});

test("a fork's change is checked with a token that only reads, and writes nothing beside the change", async () => {
  const { system, github, run } = await repository();
  const head = await headOf(system);
  const pull_request = {
    ...{ number: 8, head: { sha: head, ref: "$(touch x)", repo: { full_name: "stranger/quotes" } } },
    base: { ref: "main", repo: { full_name: "acme/quotes" } },
  };
  for (const permission of ["deployments", "pull_requests", "checks", "security_events"])
    github.lacks.add(permission);
  const { jobs } = await run("ci.yml", {
    ...{ name: "pull_request", ref: "refs/pull/8/merge", sha: head, actor: "stranger" },
    payload: { action: "opened", pull_request },
  });
  expect(results(jobs), logOf(jobs)).toMatchObject({ checks: "success", image: "skipped" });
  expect(github.asked).toEqual([]);
  expect(jobs.checks?.used["github/codeql-action/upload-sarif"]).toBeUndefined();
  expect(jobs.checks?.summary).toContain("small");
});

test("a release is published, goes to staging where it is new, waits for its reviewer, and goes to production", async () => {
  const { system, github, run } = await repository();
  await system.release("v1.0.0");
  const { jobs, calls } = await run("release.yml", published("v1.0.0"), {
    reviewed: approvedBy(github, "ravi", 1),
  });
  expect(results(jobs), logOf(jobs)).toEqual({
    ...{ checks: "success", image: "success", staging: "success", production: "success", record: "success" },
  });
  expect(called(calls)).toEqual([
    ...[
      "check",
      "report",
      "publish",
      "sbom",
      "deploy-staging",
      "rollout-report",
      "deploy-production",
      "rollout-report",
    ],
  ]);
  const told = (name: string) =>
    github.deployments.find(({ environment }) => environment === name)?.statuses.map(({ state }) => state);
  expect(told("production")).toEqual(["queued", "in_progress", "success"]);
  expect(told("staging")).toEqual(["in_progress", "success"]);
  const last = JSON.parse((await system.run("history", "production", "--full")).stdout).rollouts.at(-1);
  expect(last.approvals).toMatchObject([{ by: "ravi", how: "github" }]);
  const image = jobs.image?.outputs.images?.split("@")[1];
  expect(last.digests).toEqual([image]);
  expect(jobs.production?.summary).toMatch(/1\.0\.0 is live\n\nat <http:\/\/127\.0\.0\.1:/);
  expect(jobs.production?.log).not.toContain(github.token);
});

test.each([
  ["B45: whoever asked for a release does not approve it", "grace", /four eyes/],
  ["B45: nor does whoever wrote its commit", "ada", /four eyes/],
])("%s", async (_what, login, why) => {
  const { system, github, run } = await repository();
  await system.release("v1.0.0");
  const { jobs } = await run("release.yml", published("v1.0.0"), { reviewed: approvedBy(github, login, 1) });
  expect(results(jobs)).toMatchObject({ staging: "success", production: "failure", record: "success" });
  expect(jobs.production?.log).toMatch(why);
  expect(github.states("production")).toEqual(
    ["v1.0.0: failure"].map((state) => expect.stringContaining(state.slice(-7))),
  );
});

test("a reviewer who says no ends it: production was not touched, and its page says that it never began", async () => {
  const { system, github, run } = await repository();
  await system.release("v1.0.0");
  const { jobs, calls } = await run("release.yml", published("v1.0.0"), {
    reviewed: (name) => name !== "production",
  });
  expect(results(jobs)).toMatchObject({ staging: "success", production: "failure", record: "success" });
  expect(called(calls)).not.toContain("deploy-production");
  expect(
    github.deployments.find(({ environment }) => environment === "production")?.statuses.at(-1),
  ).toMatchObject({
    ...{ state: "failure", description: "it never began" },
  });
});

test("an approval that cannot be read is no approval, and the gate says why", async () => {
  const { system, github, run } = await repository();
  await system.release("v1.0.0");
  const reviewed = (environment: string): boolean => {
    if (environment === "production")
      for (let times = 0; times < 9; times += 1)
        github.faults.push({
          path: /actions\/runs/,
          how: 403,
          headers: { "x-accepted-github-permissions": "actions=read" },
        });
    return true;
  };
  const { jobs } = await run("release.yml", published("v1.0.0"), { reviewed });
  expect(results(jobs)).toMatchObject({ production: "failure" });
  expect(jobs.production?.log).toContain("Give the job the permission `actions: read` in its workflow.");
});

test("a prerelease is published and goes nowhere", async () => {
  const { system, run } = await repository();
  await system.release("v2.0.0-rc.1");
  const { jobs } = await run("release.yml", published("v2.0.0-rc.1", true));
  expect(results(jobs), logOf(jobs)).toMatchObject({
    ...{ checks: "success", image: "success", staging: "skipped", production: "skipped", record: "skipped" },
  });
});

test("a canary that goes back and a rollback by hand: the page tells both as they were", async () => {
  const { system, github, run } = await repository();
  await system.release("v1.0.0");
  await run("release.yml", published("v1.0.0"), { reviewed: approvedBy(github, "ravi", 1) });
  await newRelease(system, "v1.1.0");
  // GitHub cannot be reached while it is deployed: the deploy goes on, and the next run mends the page.
  const down = (environment: string): boolean => {
    if (environment === "production")
      for (let times = 0; times < 30; times += 1) github.faults.push({ path: /deployments/, how: 502 });
    return approvedBy(github, "ravi", 2)(environment);
  };
  const { done: second } = await underLoad(system, 40, () =>
    run("release.yml", published("v1.1.0"), { reviewed: down }),
  );
  expect(results(second.jobs), logOf(second.jobs)).toMatchObject({
    production: "success",
    record: "success",
  });
  expect(second.jobs.production?.log).toContain("::warning::");
  github.faults.length = 0;
  await newRelease(system, "v1.2.0", ', FAULT: "slow:700"');
  const { done: third } = await underLoad(system, 40, () =>
    run("release.yml", published("v1.2.0"), { reviewed: approvedBy(github, "ravi", 3) }),
  );
  expect(results(third.jobs)).toMatchObject({ production: "failure", record: "success" });
  expect(third.jobs.production?.summary).toContain("↩️ went back");
  expect(third.jobs.production?.summary).toMatch(/█+░* +50 %/);
  const states = () => github.states("production").map((text) => text.split(": ")[1]);
  expect(states()).toEqual(["inactive", "success", "failure"]);
  const rollback = await run(
    "rollback.yml",
    {
      ...{ name: "workflow_dispatch", ref: "refs/heads/main" },
      payload: {
        ref: "refs/heads/main",
        inputs: {
          environment: "production",
          version: "the last completed",
          reason: "prices\n::set-output name=x::y",
        },
      },
    },
    {
      inputs: {
        environment: "production",
        version: "the last completed",
        reason: "prices\n::set-output name=x::y",
      },
    },
  );
  expect(results(rollback.jobs), logOf(rollback.jobs)).toEqual({ rollback: "success", record: "success" });
  expect(states()).toEqual(["inactive", "inactive", "failure", "success"]);
  expect(github.deployments.at(-1)).toMatchObject({ ref: "v1.0.0" });
  const { stdout } = await system.run("history", "production", "--full");
  expect(JSON.parse(stdout).rollouts.at(-1)).toMatchObject({
    cause: "rollback",
    why: "prices ::set-output name=x::y",
  });
}, 180_000);

test("a branch that is called like a command is a name; a dispatch for nowhere is refused before anything runs", async () => {
  const { system, run } = await repository();
  await system.git("branch", "$(touch${IFS}owned)");
  const { jobs } = await run("ci.yml", push("$(touch${IFS}owned)", await headOf(system)));
  expect(results(jobs)).toMatchObject({ checks: "success" });
  const inputs = { environment: "prod\nuction", version: "", reason: "x" };
  const payload = { ref: "refs/heads/main", inputs };
  const refused = await run(
    "rollback.yml",
    { name: "workflow_dispatch", ref: "refs/heads/main", payload },
    { inputs },
  );
  expect(results(refused.jobs)).toMatchObject({ rollback: "failure" });
  expect(called(refused.calls)).not.toContain("rollback");
  expect(refused.jobs.rollback?.log).toContain("::error::");
});

test("a release without a staging goes to production all the same; one whose checks fail goes nowhere", async () => {
  const checked = 'checks:\n  lint: { style: "grep -q createServer service/server.mjs" }\n';
  const alone = oneService("within: 10s", "  production: { on: release, target: local, watch: 300ms }\n");
  const { system, run } = await repository(alone.replace("components:", `${checked}components:`));
  await system.release("v1.0.0");
  const { jobs } = await run("release.yml", published("v1.0.0"));
  expect(results(jobs), logOf(jobs)).toEqual({
    ...{ checks: "success", image: "success", staging: "skipped", production: "success", record: "success" },
  });
  await system.git("checkout", "--quiet", "develop");
  await system.write({ "service/server.mjs": "broken\n" });
  await system.commit("Broken");
  await system.release("v1.1.0");
  const broken = await run("release.yml", published("v1.1.0"));
  expect(results(broken.jobs)).toEqual({
    ...{ checks: "failure", image: "skipped", staging: "skipped", production: "skipped", record: "skipped" },
  });
});

test("a configuration with mistakes ends the run at its beginning, with all of them", async () => {
  const { system, run } = await repository();
  await system.edit("bellwether.yaml", "strategy: blue-green", "strategy: blue-gren");
  await system.edit("bellwether.yaml", "watch: 300ms", "wach: 300ms");
  await system.commit("Mistakes");
  const { jobs } = await run("ci.yml", push("develop", await headOf(system)));
  expect(results(jobs)).toMatchObject({ checks: "failure", image: "skipped", staging: "skipped" });
  expect(jobs.checks?.log).toContain("bellwether.yaml has 2 problems.");
});

test("where signers approve, a record that is attached to the release lets it go on, and one of somebody else does not", async () => {
  const signed = smallConfig.replace(
    "approval: { required: 1 }",
    "approval: { required: 1, signers: signers }",
  );
  const { system, run } = await repository(signed);
  const key = async (name: string) => {
    const file = join(directory, name);
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
    return { file, public: await readFile(`${file}.pub`, "utf8") };
  };
  const [ravi, mallory] = [await key("ravi"), await key("mallory")];
  await system.write({ signers: `ravi@acme.example ${ravi.public}` });
  await system.run("init", "--github", "--module", `acme/bellwether@${commit}`);
  await system.commit("Signers");
  await system.release("v1.0.0");
  const waits = await run("release.yml", published("v1.0.0"));
  expect(results(waits.jobs)).toMatchObject({ staging: "success", production: "failure" });
  expect(waits.jobs.production?.log).toContain("1.0.0 waits for approval for production.");
  const statement = join(directory, "statement.json");
  await writeFile(statement, (await system.run("approve", "production", "v1.0.0", "--print")).stdout);
  // Signed on a machine of their own, which has the statement and nothing else of the run.
  const sign = async ({ file }: { file: string }) => {
    const state = join(directory, `state-of-${basename(file)}`);
    await system.run(
      "approve",
      "production",
      "v1.0.0",
      "--statement",
      statement,
      "--key",
      file,
      "--state",
      state,
    );
    const place = join(state, "approvals", "production");
    const assets = join(system.directory, ".bellwether", "assets", "v1.0.0");
    await mkdir(assets, { recursive: true });
    for (const name of await readdir(place).catch(() => []))
      if (name.startsWith("approval-")) await copyFile(join(place, name), join(assets, name));
  };
  await sign(mallory);
  expect(results((await run("release.yml", published("v1.0.0"))).jobs)).toMatchObject({
    production: "failure",
  });
  await sign(ravi);
  const goes = await run("release.yml", published("v1.0.0"));
  expect(results(goes.jobs), logOf(goes.jobs)).toMatchObject({ production: "success", record: "success" });
  expect(goes.jobs.production?.log).toContain("approved by ravi@acme.example (signed)");
}, 120_000);

test("every night the scan runs again, and what it finds goes to code scanning, a category a tool", async () => {
  const scanned = `${config}security:\n  secrets: { scanner: built-in }\n`;
  const { system, github, run } = await repository(scanned);
  // Put together here, so that this file is none that a scan stops at.
  const token = ["ghp", "_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"].join("");
  await system.write({ "service/login.mjs": `export const token = "${token}";\n` });
  await system.commit("A mistake");
  await system.git("branch", "--force", "main", "develop");
  const night = { name: "schedule", ref: "refs/heads/main", payload: { schedule: "17 2 * * *" } };
  const { jobs, calls } = await run("nightly.yml", night);
  expect(results(jobs)).toEqual({ scan: "failure" });
  expect(called(calls)).toEqual(["security-scan", "report"]);
  expect(calls[1]).toContain("--stages=security-scan");
  const found = github.sarifs.map(({ sarif }) => JSON.parse(String(sarif)).runs[0]);
  expect(found.map((one) => one.automationDetails.id)).toEqual(["bellwether/bellwether/"]);
  expect(found[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("service/login.mjs");
  expect(jobs.scan?.log).toMatch(/^::error title=bellwether.*file=service\/login\.mjs,line=1/m);
  expect(`${jobs.scan?.log}${jobs.scan?.summary}`).not.toContain(token);
  expect(github.checkRuns).toEqual([]);
});

test("a merge queue is only checked, against the branch that it goes to", async () => {
  const { system, run } = await repository();
  const head = await headOf(system);
  const ref = "refs/heads/gh-readonly-queue/main/pr-7-f95f852b";
  await system.git("branch", "gh-readonly-queue/main/pr-7-f95f852b");
  const group = { head_sha: head, head_ref: ref, base_ref: "refs/heads/main" };
  const payload = { action: "checks_requested", merge_group: group };
  const { jobs, calls } = await run("ci.yml", { name: "merge_group", ref, payload });
  expect(results(jobs), logOf(jobs)).toMatchObject({ checks: "success", image: "skipped" });
  expect(calls[0]).toContain("--base=main");
});
