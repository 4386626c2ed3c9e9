import { expect, test } from "vitest";
import type { Bellwether } from "../../pipeline/src/index.ts";
import { PipelineEvent } from "../../pipeline/src/index.ts";
import { configured, engine, config as system } from "../support/fake-engine.ts";
import { storyOf } from "../support/story.ts";
import { bellwether, call, withToken } from "./module-call.ts";

/** The system on a host that a container reaches: its server is there already. */
const hosted = system
  .replace(
    "    target: local\n",
    "    target: { systemd: { hosts: [deploy@web-1], sudo: true, known-hosts: known_hosts } }\n",
  )
  .replace(/ {4}accessories: \{[^\n]*\n/, "")
  .replace(/DATABASE_URL: \S+/, "DATABASE_URL: postgresql://db.example/quotes");

const production = `${hosted}  production:
    on: release
    extends: staging
    approval: { required: 1, expires: 4h }
    strategy: { canary: { weights: [10, 50, 100], hold: 1m } }
`;

const effectDone = { ok: true, value: { skipped: null, notes: [], url: "https://quotes.example" } };

/** What the exec of a query is about; that of the images which go along stands before it. */
function stepOf(query: string): { kind: string; environment: string } {
  const [, kind = "", , environment = ""] =
    [...query.matchAll(/\\"step\\":\{\\"kind\\":\\"(\w+)\\"(,\\"environment\\":\\"(\w+)\\")?/g)].at(-1) ?? [];
  return { kind, environment };
}

/** Answers the calls of effects by what they are about. */
const shipping = (answers: Record<string, unknown> = {}) =>
  engine((query) => {
    if (!query.endsWith('answer.json").contents')) return configured(production)(query);
    const { kind } = stepOf(query);
    if (kind === "image") return undefined;
    const result = answers[kind] ?? effectDone;
    const facts =
      kind === "rollout" ? [{ kind: "committed", version: "1.2.3", url: "https://quotes.example" }] : [];
    return { value: JSON.stringify({ format: 1, result, facts }) };
  });

const release = [PipelineEvent.release, undefined, "v1.2.3", "ada"] as const;

const calls: Record<string, (bellwether: Bellwether) => Promise<unknown>> = {
  "deploy-staging": (bellwether) => bellwether.deployStaging(PipelineEvent.push),
  "deploy-production": (bellwether) => bellwether.deployProduction(undefined, ...release),
  rollback: (bellwether) => bellwether.rollback("production", "v1.2.2", "prices stand still", "ada"),
  status: (bellwether) => bellwether.status("production"),
  "rollout-report": async (bellwether) => (await bellwether.rolloutReport("production")).contents(),
};

const tagged = (query: string) =>
  query.includes('ref(name: "refs/tags/v1.2.3")') && query.endsWith(".commit");

test.each(Object.entries(calls))("the queries of %s are its story", async (name, made) => {
  const { queries, error } = await call(shipping(), (client) => made(withToken(client)));
  expect(error).toBe("");
  await expect(storyOf(queries)).toMatchFileSnapshot(`stories/${name}.txt`);
});

const execs = (queries: string[], kind: string) =>
  queries.filter((query) => stepOf(query).kind === kind && query.endsWith(".exitCode"));

test("a release goes by way of staging and the approval to production, each one exec, with the same digests", async () => {
  const { queries, value } = await call(shipping(), (client) =>
    withToken(client).deployProduction(undefined, ...release),
  );
  expect(queries.some(tagged)).toBe(true);
  expect(execs(queries, "image")).toHaveLength(2);
  expect(execs(queries, "approval")).toHaveLength(1);
  const rollouts = execs(queries, "rollout");
  expect(rollouts.map((query) => stepOf(query).environment)).toEqual(["staging", "production"]);
  for (const each of rollouts)
    expect(each).toContain(`\\"digests\\":{\\"api\\":\\"sha256:${"d".repeat(64)}\\"`);
  expect(value).toContain("1.2.3 is live at https://quotes.example");
});

test("without an approval production is not touched, and the error says what to sign and how to go on", async () => {
  const missing = {
    ok: false,
    failure: {
      ...{ kind: "approval-missing", environment: "production", version: "1.2.3", digests: ["sha256:abc"] },
      command: "bellwether approve production 1.2.3",
    },
  };
  const { queries, error } = await call(shipping({ approval: missing }), (client) =>
    withToken(client).deployProduction(undefined, ...release),
  );
  expect(execs(queries, "rollout").map((query) => stepOf(query).environment)).toEqual(["staging"]);
  expect(error).toContain("1.2.3 waits for approval for production.");
  expect(error).toMatch(
    /save this line as statement\.json:\n\{"app":"quotes","digests":\["sha256:abc"\],"environment":"production"/,
  );
  expect(error).toContain("bellwether approve production 1.2.3 --statement statement.json");
});

test("a rollout that fails is a failed call with its story, never a quiet success", async () => {
  const failed = {
    ok: false,
    failure: {
      kind: "step-failed",
      step: "rollout:staging",
      end: { exitCode: 1, signal: null },
      tail: ["500s"],
    },
  };
  const { error } = await call(shipping({ rollout: failed }), (client) =>
    withToken(client).deployStaging(PipelineEvent.push),
  );
  expect(error).toMatch(/Staging.*failed/);
  expect(error).toContain("500s");
});

test("deploy-staging twice is two rollouts", async () => {
  const { queries } = await call(shipping(), async (client) => {
    await withToken(client).deployStaging(PipelineEvent.push);
    await withToken(client).deployStaging(PipelineEvent.push);
  });
  const rollouts = execs(queries, "rollout");
  expect(rollouts).toHaveLength(2);
  expect(new Set(rollouts).size).toBe(2);
});

test("a break-glass without a reason is refused before anything runs", async () => {
  const { error, queries } = await call(shipping(), (client) =>
    withToken(client).deployProduction(undefined, ...release, undefined, undefined, false, false, "now"),
  );
  expect(error).toMatch(/at least three words/);
  expect(queries.filter((query) => query.endsWith(".exitCode"))).toEqual([]);
});

test("a rollback asks for one exec and no build, check or image", async () => {
  const { queries } = await call(shipping(), (client) => withToken(client).rollback("production", "v1.2.2"));
  const ran = queries.filter((query) => query.endsWith(".exitCode"));
  expect(ran).toHaveLength(1);
  expect(ran[0]).toContain(
    '\\"kind\\":\\"rollback\\",\\"environment\\":\\"production\\",\\"to\\":\\"1.2.2\\"',
  );
});

test("what a workflow hands on is where the approvals of its reviewers are read: the run, and the token as a secret", async () => {
  const { queries, raw } = await call(shipping(), (client) =>
    bellwether({
      secretNames: ["TOKEN", "GITHUB_TOKEN"],
      secrets: [client.secret("env://TOKEN"), client.secret("env://GITHUB_TOKEN")],
      variables: ["GITHUB_RUN_ID=12", "GITHUB_REPOSITORY=acme/quotes"],
    }).deployProduction(undefined, ...release),
  );
  const [approval = ""] = execs(queries, "approval");
  expect(approval).toContain('withEnvVariable(name: "GITHUB_RUN_ID",value: "12")');
  expect(approval).toContain(
    'withSecretVariable(name: "GITHUB_TOKEN",secret: <secret(uri: "env://GITHUB_TOKEN")>)',
  );
  expect(raw.join("\n")).not.toMatch(/withEnvVariable\(name: "GITHUB_TOKEN"/);
});

test("stages that passed before are not run, and digests are held against what is deployed", async () => {
  const images = `registry.example/api@sha256:${"ab".repeat(32)}`;
  const { queries } = await call(shipping(), (client) =>
    withToken(client).deployStaging(
      PipelineEvent.push,
      undefined,
      undefined,
      "ada",
      ["lint", "unit-test", "image"],
      [images],
    ),
  );
  const kinds = queries
    .filter((query) => query.endsWith('answer.json").contents'))
    .map((query) => stepOf(query).kind);
  expect(kinds).toEqual(["rollout"]);
  expect(execs(queries, "rollout")[0]).toContain(`registry.example/api\\":[\\"sha256:${"ab".repeat(32)}\\"]`);
  const { error } = await call(shipping(), (client) =>
    withToken(client).deployStaging(PipelineEvent.push, undefined, undefined, "ada", [], ["latest"]),
  );
  expect(error).toContain("REPOSITORY@sha256:…");
});

test("a report of some stages is of checks alone", async () => {
  const { error } = await call(shipping(), (client) => withToken(client).report(undefined, ["production"]));
  expect(error).toContain("There is no stage of checks called production.");
});
