import type { Client } from "@dagger.io/dagger";
import { expect, test } from "vitest";
import type { Config } from "../../../pipeline/config/config.ts";
import { noPins } from "../../../pipeline/config/pins.ts";
import { ask, containerEffects, type EffectSession } from "../../../pipeline/executors/dagger/effects.ts";
import { addressesOf } from "../../../pipeline/executors/dagger/images.ts";
import { moduleProgram } from "../../../pipeline/executors/dagger/program.ts";
import type { EffectAnswer } from "../../../pipeline/run/effect-call.ts";
import type { RolloutFact } from "../../../pipeline/run/event.ts";
import { plainly } from "../../../pipeline/run/manner.ts";
import { inSession } from "../../support/dagger-session.ts";
import { sampleConfig } from "../../support/sample-config.ts";

const sample = sampleConfig();

/** As sampled, but that a container reaches staging: the kinds of targets that it does come with their own issues. */
const reached: Config = {
  ...sample,
  environments: Object.fromEntries(
    Object.entries(sample.environments).map(([name, each]) => [
      name,
      { ...each, target: { kind: "systemd" } as never },
    ]),
  ),
};

let turn = 0;

const session = (client: Client, parts: Partial<EffectSession> = {}): EffectSession => ({
  client,
  source: client.directory(),
  history: client.directory().directory(".git"),
  secrets: { TOKEN: client.secret("env://TOKEN") },
  address: addressesOf({}, {}),
  program: moduleProgram(client.currentModule().source()),
  variables: {},
  config: reached,
  pins: noPins,
  context: {
    ...{ event: "release", ref: "refs/tags/v1.2.3", branch: null, tag: "v1.2.3", dirty: false },
    ...{ sha: "a".repeat(40), committedAt: 1_700_000_000_000, actor: "ada", time: 1_700_000_100_000 },
    version: "1.2.3",
  },
  access: {},
  approval: null,
  publish: null,
  archives: false,
  sboms: false,
  manner: plainly,
  outputs: () => null,
  fresh: () => `turn-${++turn}`,
  ...parts,
});

const answering =
  (answer: EffectAnswer, exitCode = 0) =>
  (query: string) => {
    if (query.endsWith(".exitCode")) return { value: exitCode };
    if (query.includes(".exists(")) return { value: true };
    return { value: query.endsWith(".contents") ? JSON.stringify(answer) : "" };
  };

const done: EffectAnswer = {
  format: 1,
  result: { ok: true, value: { skipped: null, notes: ["done"], url: "https://quotes.example" } },
  facts: [{ kind: "committed", version: "1.2.3", url: "https://quotes.example" }],
};

const facts = { keys: {}, digests: { api: "sha256:abc" } };
const signal = new AbortController().signal;
const options = (told: RolloutFact[] = []) => ({
  signal,
  output: () => undefined,
  fact: (fact: RolloutFact) => void told.push(fact),
});

const execs = (queries: string[]) => queries.filter((query) => query.endsWith(".exitCode"));

test("a rollout is one exec of this program, with its call as a file, and tells what it told there", async () => {
  const told: RolloutFact[] = [];
  const { outcome, queries } = await inSession(answering(done), async (client, { queries }) => ({
    outcome: await containerEffects(session(client)).rollout("staging", facts, options(told)),
    queries,
  }));
  expect(outcome).toEqual(done.result);
  expect(told).toEqual(done.facts);
  expect(execs(queries)).toHaveLength(1);
  const [exec = ""] = execs(queries);
  expect(exec).toMatch(/^container\.from\(address: "node:24"\)/);
  expect(exec).toContain('\\"step\\":{\\"kind\\":\\"rollout\\",\\"environment\\":\\"staging\\"');
  expect(exec).toContain('\\"digests\\":{\\"api\\":\\"sha256:abc\\"}');
  expect(exec).toContain(
    '.withExec(args: ["node","/bellwether/cli/main.ts","-C","/src","--config","bellwether.yaml","--state","/state",' +
      '"effect","/bellwether-call.json","--out","/bellwether-answer.json"],expect: ANY).exitCode',
  );
});

test("the same rollout twice is two effects: each exec has a value that no other has", async () => {
  const queries = await inSession(answering(done), async (client, { queries }) => {
    const effects = containerEffects(session(client));
    await effects.rollout("staging", facts, options());
    await effects.rollout("staging", facts, options());
    return queries;
  });
  const marks = execs(queries).map((query) => /BELLWETHER_RUN",value: "(turn-\d+)"/.exec(query)?.[1]);
  expect(marks).toEqual([expect.stringMatching(/^turn-/), expect.stringMatching(/^turn-/)]);
  expect(new Set(marks).size).toBe(2);
});

test("a failure there is the same failure here, with its facts", async () => {
  const failure = { kind: "lease-held", environment: "staging", actor: "ada", since: "x" } as never;
  const outcome = await inSession(
    answering({ format: 1, result: { ok: false, failure }, facts: [] }, 3),
    (client) => containerEffects(session(client)).rollout("staging", facts, options()),
  );
  expect(outcome).toEqual({ ok: false, failure });
});

test("an exec that leaves no answer is a failed step with its last words, never a success", async () => {
  const outcome = await inSession(
    (query) => {
      if (query.endsWith(".exitCode")) return { value: 137 };
      if (query.includes(".exists(")) return { value: false };
      return { value: query.endsWith(".stderr") ? "killed\n" : "" };
    },
    (client) => containerEffects(session(client)).rollout("staging", facts, options()),
  );
  expect(outcome).toMatchObject({
    ok: false,
    failure: { kind: "step-failed", step: "rollout:staging", end: { exitCode: 137 }, tail: ["killed"] },
  });
});

test("a session that dies during a rollout is told as that", async () => {
  const outcome = await inSession(
    () => ({ hangUp: true }),
    (client) => containerEffects(session(client)).rollout("staging", facts, options()),
  );
  expect(outcome).toMatchObject({
    failure: {
      kind: "step-failed",
      tail: [expect.stringContaining("connection to the Dagger engine was lost")],
    },
  });
});

test("keys, clusters and logins are mounted as secrets, and none of them is in a query in plain text (B50)", async () => {
  const { exec, raw } = await inSession(answering(done), async (client, { queries, raw }) => {
    const access = {
      sshKey: client.setSecret("ssh", "PRIVATE-KEY"),
      knownHosts: client.directory().file("known_hosts"),
      kubeconfig: client.setSecret("kube", "CLUSTER-ACCESS"),
      dockerConfig: client.setSecret("docker", "REGISTRY-LOGIN"),
    };
    await containerEffects(session(client, { access })).rollout("staging", facts, options());
    return { exec: execs(queries)[0] ?? "", raw };
  });
  expect(exec).toContain('.withMountedSecret(path: "/root/.ssh/id_ed25519",source: <setSecret(name: "ssh"');
  expect(exec).toContain('.withFile(path: "/root/.ssh/known_hosts"');
  expect(exec).toContain('.withMountedSecret(path: "/root/.kube/config"');
  expect(exec).toContain('.withMountedSecret(path: "/root/.docker/config.json"');
  expect(exec).toContain(
    '.withFile(path: "/usr/local/bin/kubectl",source: <container.from(address: "registry.k8s.io/',
  );
  expect(exec).toContain('.withSecretVariable(name: "TOKEN",secret: <secret(uri: "env://TOKEN")>)');
  const plain = raw.filter((each) => /PRIVATE-KEY|CLUSTER-ACCESS|REGISTRY-LOGIN/.test(each));
  expect(plain.filter((each) => !/^\s*\{\s*setSecret\b/.test(each))).toEqual([]);
});

test("an approval is handed to the environment that it is for, and images that were made go along", async () => {
  const made: EffectAnswer = {
    format: 1,
    result: { ok: true, value: { digest: "sha256:abc", built: true, notes: [] } },
    facts: [],
  };
  const queries = await inSession(answering(made), async (client, { queries }) => {
    const effects = containerEffects(session(client, { approval: client.directory().file("approval.json") }));
    const image = Object.keys(reached.images)[0] ?? "";
    await effects.image(image, facts, options());
    await effects.approval("production", facts, options());
    return queries;
  });
  const [image, approval] = execs(queries);
  const [name] = Object.keys(reached.images);
  expect(image).not.toContain("approvals");
  expect(approval).toContain('.withFile(path: "/state/approvals/production/approval-given.json"');
  expect(approval).toContain(`.withDirectory(path: "/state/images/${name}",source: <`);
});

test("an image that asks nobody may come from the engine's cache; one that is published never does", async () => {
  const imageExec = (publish: boolean) =>
    inSession(answering(done), async (client, { queries }) => {
      const effects = containerEffects(session(client, { publish }));
      await effects.image(Object.keys(reached.images)[0] ?? "", facts, options());
      return execs(queries)[0] ?? "";
    });
  const quiet = await imageExec(false);
  expect(quiet).not.toContain("BELLWETHER_RUN");
  // The moment of the call would be another layer each time.
  expect(quiet).toContain('\\"time\\":1700000000000');
  expect(await imageExec(true)).toContain("BELLWETHER_RUN");
});

test("B49: an environment on the local target is refused before anything runs; its processes would end", async () => {
  const { refused, queries } = await inSession(answering(done), async (client, { queries }) => ({
    refused: await containerEffects(session(client, { config: sample })).supports?.(["staging"]),
    queries,
  }));
  expect(refused).toMatchObject([
    {
      kind: "unsupported",
      executor: "dagger",
      what: expect.stringMatching(/local.*would end with the container/),
    },
  ]);
  expect(queries).toEqual([]);
});

test("what an environment is asked never comes from the cache, and its words are given", async () => {
  const { said, queries } = await inSession(
    (query) => ({ value: query.endsWith(".exitCode") ? 0 : "1.2.3 is live\n" }),
    async (client, { queries }) => {
      const said = await ask(session(client), ["status", "staging"]);
      await ask(session(client), ["status", "staging"]);
      return { said, queries };
    },
  );
  expect(said.text).toBe("1.2.3 is live\n");
  expect(new Set(execs(queries)).size).toBe(2);
  expect(execs(queries)[0]).toContain('"--state","/state","status","staging"]');
});
