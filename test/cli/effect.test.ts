import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackTar } from "modern-tar";
import { expect, onTestFinished, test } from "vitest";
import type { Plan } from "../../pipeline/plan/plan.ts";
import type { EffectAnswer, EffectCall, EffectStep } from "../../pipeline/run/effect-call.ts";
import { type System, systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

const config = (image = "{ repository: registry.example/small }", environments = "") => `app: small
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 1, span: 0s, interval: 20ms, within: 10s }
    env: { PORT: "\${port}", VERSION: "\${version}" }
images:
  api: ${image}
${environments}`;

const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: { "": { name: "small" }, "node_modules/pg": { version: "8.0.0" } },
});

/** The checkout as a container has it: a copy without git, and a place for what comes of a call. */
async function copied(system: System) {
  const place = await mkdtemp(join(tmpdir(), "bellwether-effect-"));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const source = join(place, "src");
  await cp(system.directory, source, {
    recursive: true,
    filter: (path) => !/\/\.(git|bellwether)(\/|$)/.test(path),
  });
  const plan: Plan = JSON.parse((await system.run("plan", "--json")).stdout);
  const call = (step: EffectStep, parts: Partial<EffectCall> = {}): EffectCall => ({
    ...{ format: 1, config: plan.config.digest, context: plan.context, given: [], step },
    facts: { keys: {}, digests: {} },
    ...parts,
  });
  const answered = async (made: EffectCall, ...more: string[]) => {
    await writeFile(join(place, "call.json"), JSON.stringify(made));
    await rm(join(place, "answer.json"), { force: true });
    const ended = await system.run(
      ...["-C", source, "--state", join(place, "state"), ...more],
      ...["effect", join(place, "call.json"), "--out", join(place, "answer.json")],
    );
    const text = await readFile(join(place, "answer.json"), "utf8").catch(() => null);
    const answer: EffectAnswer | null = text === null ? null : JSON.parse(text);
    return { ...ended, answer };
  };
  return { place, source, plan, call, answered };
}

const image = (parts: object, listed: string): EffectStep => ({
  ...{ kind: "image", image: "api", publish: false, handed: null, archive: null, sbom: null, listed },
  ...parts,
});

test("an image that is made in a copy without git has the digest that the host makes, and the same SBOM", async () => {
  const system = await given(config(), { "package-lock.json": lock });
  expect((await system.run("run", "image")).code).toBe(0);
  const { place, source, call, answered } = await copied(system);
  const archive = join(place, "image.tar");
  const { code, answer, stderr } = await answered(call(image({ archive }, source)));
  expect(code, stderr).toBe(0);
  expect(answer?.result).toMatchObject({
    ok: true,
    value: { digest: await system.imageDigest(), built: true },
  });
  const blobs = await unpackTar(await readFile(archive));
  const index = blobs.find(({ header }) => header.name === "index.json");
  const { manifests } = JSON.parse(Buffer.from(index?.data ?? []).toString("utf8"));
  expect(manifests).toMatchObject([{ digest: await system.imageDigest() }]);
  const layout = join(place, "state/images/api/blobs/sha256");
  const texts = await Promise.all(
    (await readdir(layout)).map((name) => readFile(join(layout, name), "utf8")),
  );
  expect(texts.find((text) => text.includes("CycloneDX"))).toContain("pkg:npm/pg@8.0.0");
  expect(texts.find((text) => text.includes("slsa.dev/provenance"))).toContain("urn:bellwether:dagger");
});

test("the archive of an image has the same bytes each time, and holds one image and nothing else", async () => {
  const system = await given(config());
  const { place, source, call, answered } = await copied(system);
  const archives = [];
  for (const name of ["one.tar", "two.tar"]) {
    const archive = join(place, name);
    expect((await answered(call(image({ archive }, source)))).code).toBe(0);
    archives.push(await readFile(archive));
  }
  expect(archives[0]?.equals(archives[1] ?? Buffer.alloc(0))).toBe(true);
  const names = (await unpackTar(archives[0] ?? Buffer.alloc(0))).map(({ header }) => header.name);
  expect(names.slice(0, 2)).toEqual(["oci-layout", "index.json"]);
  expect(names.slice(2).every((name) => /^blobs\/sha256\/[0-9a-f]{64}$/.test(name))).toBe(true);
});

test("what a builder made of a Dockerfile is taken over, with our labels, and checked like any other", async () => {
  const one = await given(config("{ repository: registry.example/small, platforms: [linux/amd64] }"));
  const built = await copied(one);
  const archive = join(built.place, "built.tar");
  expect((await built.answered(built.call(image({ archive }, built.source)))).code).toBe(0);
  const system = await given(
    config("{ dockerfile: Dockerfile, repository: registry.example/small, platforms: [linux/amd64] }"),
    { Dockerfile: "FROM scratch\n" },
  );
  const { source, call, answered } = await copied(system);
  const { answer, stderr } = await answered(call(image({ handed: { "linux/amd64": archive } }, source)));
  expect(answer?.result, stderr).toMatchObject({
    ok: true,
    value: { built: true, notes: expect.arrayContaining(["built by the caller"]) },
  });
  const missing = await answered(call(image({ handed: { "linux/amd64": "/nowhere.tar" } }, source)));
  // The same inputs were found again: nothing is taken over twice.
  expect(missing.answer?.result).toMatchObject({ ok: true, value: { built: false } });
});

test("a call of another configuration is refused with exit code 2, and nothing is written", async () => {
  const system = await given(config());
  const { source, call, answered } = await copied(system);
  const { code, answer, stderr } = await answered(call(image({}, source), { config: "0".repeat(64) }));
  expect(code).toBe(2);
  expect(answer).toBeNull();
  expect(stderr).toContain("it was made from config 000000000000");
});

const environments = `environments:
  production:
    on: release
    target: local
    approval: { required: 1 }
    strategy: recreate
    watch: 100ms
`;

/** What came to a webhook of its own, as JSON. */
async function channel() {
  const came: { event: string; version: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    came.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    came,
    config: `    notify: { webhook: { url: { from: command, run: "echo http://127.0.0.1:${port}/" }, on: [started, promoted] } }\n`,
  };
}

test("an approval that is missing is a failure in the answer, and the exit code is the host's", async () => {
  const system = await given(config(undefined, environments));
  const { source, call, answered } = await copied(system);
  const made = await answered(call(image({}, source)));
  const digest = made.answer?.result.ok ? (made.answer.result.value as { digest: string }).digest : "";
  const facts = { keys: {}, digests: { api: digest } };
  const { code, answer, stderr } = await answered(
    call({ kind: "approval", environment: "production", digests: {} }, { facts }),
  );
  expect(code, stderr).toBe(3);
  expect(answer?.result).toMatchObject({ ok: false, failure: { kind: "approval-missing" } });
});

test("with an approval that was handed over the rollout goes on, and tells its story to answer and channels", async () => {
  const { came, config: notify } = await channel();
  const system = await given(config(undefined, `${environments}${notify}`));
  const { place, source, plan, call, answered } = await copied(system);
  const made = await answered(call(image({}, source)));
  const digest = made.answer?.result.ok ? (made.answer.result.value as { digest: string }).digest : "";
  const facts = { keys: {}, digests: { api: digest } };
  await mkdir(join(place, "state/approvals/production"), { recursive: true });
  const approval = {
    ...{ format: 1, app: "small", environment: "production", version: plan.context.version },
    ...{ digests: [digest], by: "grace", at: Date.now(), expiresAt: Date.now() + 60_000, how: "recorded" },
  };
  await writeFile(join(place, "state/approvals/production/approval-given.json"), JSON.stringify(approval));
  const approved = await answered(
    call({ kind: "approval", environment: "production", digests: {} }, { facts }),
  );
  expect(approved.code, approved.stderr).toBe(0);
  const rollout: EffectStep = {
    ...{
      kind: "rollout",
      environment: "production",
      breakGlass: null,
      fix: false,
      supersede: false,
      digests: {},
    },
  };
  const shipped = await answered(call(rollout, { facts }));
  const stopped = await system.run("--state", join(place, "state"), "stop", "production");
  expect(stopped.code, stopped.stderr).toBe(0);
  expect(shipped.code, shipped.stderr).toBe(0);
  expect(shipped.answer?.facts.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["began", "committed"]),
  );
  expect(shipped.stdout).toContain(`${plan.context.version} is live at`);
  expect(came.map(({ event, version }) => [event, version])).toEqual([
    ["started", plan.context.version],
    ["promoted", plan.context.version],
  ]);
});
