import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

const config = (color: string) => `app: small
secrets: { TOKEN: { from: file, path: token.txt } }
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 1, span: 0s, interval: 30ms, within: 20s }
    limits: { memory: ${color === "red" ? "256Mi" : "512Mi"}, open-files: ${color === "red" ? 300 : 400} }
    secrets: [TOKEN]
    env: { PORT: "\${port}", VERSION: "\${version}", COLOR: ${color}, LEAK: COLOR }
images:
  api: { repository: registry.example/small, platforms: [linux/amd64] }
environments:
  production:
    on: release
    target: local
    strategy: blue-green
    watch: 0s
    warm: 15m
    analysis: [{ errors: canary, max: ${color === "red" ? "1%" : "5%"} }]
`;

let system: System;
beforeAll(async () => {
  system = await makeSystem({
    files: {
      "bellwether.yaml": config("red"),
      ".gitignore": ".bellwether/\ntoken.txt\n",
      "token.txt": "the-first-token",
    },
  });
  await ship("v1.0.0");
  await system.git("checkout", "--quiet", "develop");
  await system.write({ "bellwether.yaml": config("blue"), "token.txt": "the-second-token" });
  await system.edit("service/server.mjs", "// The smallest", "// New.\n// The smallest");
  await system.commit("Another image, other values and limits");
  await ship("v1.1.0");
}, 120_000);
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

async function ship(tag: string): Promise<void> {
  await system.release(tag);
  const run = await system.run("run", "--event", "release", "--ref", tag);
  expect(run.code, run.stdout + run.stderr).toBe(0);
}

/** The directory of a version's release. */
async function releaseOf(version: string): Promise<string> {
  const releases = join(system.state, "local", "production", "releases");
  for (const id of await readdir(releases)) {
    const release = JSON.parse(await readFile(join(releases, id, "release.json"), "utf8"));
    if (release.version === version) return join(releases, id);
  }
  throw new Error(`${version} is not placed`);
}

async function codeOf(version: string): Promise<string> {
  const found = await readdir(await releaseOf(version), { recursive: true });
  return join(await releaseOf(version), found.find((path) => path.endsWith("server.mjs")) ?? "");
}

const lastBegan = async () => {
  const text = await system.stored("local/production/journal.ndjson");
  const facts = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).fact);
  return facts.findLast(({ kind }) => kind === "rollout-began");
};

test("what was changed by hand is shown by status, told by the way back, and placed anew before it runs", async () => {
  const file = await codeOf("1.0.0");
  const placed = await readFile(file, "utf8");
  await writeFile(file, `${placed}\nconsole.log("by hand");\n`);
  const status = await system.run("status", "production");
  expect(status.stdout).toMatch(/changed by hand: file \S+server\.mjs of 1\.0\.0 is content [0-9a-f]{12}/);

  const back = await system.run("rollback", "production");
  expect(back.code, back.stdout + back.stderr).toBe(0);
  expect(back.stdout).toMatch(/changed by hand: file \S+server\.mjs of 1\.0\.0 is content/);
  expect(await readFile(file, "utf8")).toBe(placed);
  expect((await system.run("status", "production")).stdout).not.toContain("changed by hand");
});

test("B11: the way back brought image, values and limits back, and the secret that was placed, and says so by name", async () => {
  const answer = JSON.parse((await system.run("status", "production", "--json")).stdout);
  expect(answer[0]).toMatchObject({ live: "1.0.0", weights: { "1.0.0": 100 } });
  const [api] = answer[0].components.filter(({ version }: { version: string }) => version === "1.0.0");
  expect(api.memoryLimit).toBe(256 * 2 ** 20);
  expect(await readFile(`/proc/${api.pid}/limits`, "utf8")).toMatch(/^Max open files +300 +300 /m);
  expect(await readFile(await codeOf("1.0.0"), "utf8")).not.toContain("// New.");
  const logs = await system.run("logs", "production", "--lines", "20");
  expect(
    logs.stdout
      .trim()
      .split("\n")
      .findLast((line) => line.includes("COLOR is")),
  ).toContain("COLOR is red");
  const secrets = JSON.parse(await readFile(join(await releaseOf("1.0.0"), "environment.json"), "utf8"));
  expect(secrets).toEqual({ TOKEN: "the-first-token" });
  expect(await lastBegan()).toMatchObject({
    cause: "rollback",
    version: "1.0.0",
    resources: { "api memory": "256Mi", "api open-files": "300" },
    limits: { analysis: expect.arrayContaining([expect.objectContaining({ kind: "errors", max: 0.01 })]) },
  });
  const [rollout] = (await system.report()).rollouts;
  expect(rollout?.rotated).toEqual([
    {
      version: "1.0.0",
      name: "TOKEN",
      used: expect.stringMatching(/^[0-9a-f]{8}$/),
      live: expect.stringMatching(/^[0-9a-f]{8}$/),
    },
  ]);
  const text = await system.stored("local/production/journal.ndjson");
  expect(text).toContain('"kind":"rotated-secrets"');
  for (const secret of ["the-first-token", "the-second-token"]) expect(text).not.toContain(secret);
});

test("B11: the words of a rotated secret are printed", async () => {
  const forth = await system.run("rollback", "production", "--to", "v1.1.0");
  expect(forth.code, forth.stdout + forth.stderr).toBe(0);
  expect(forth.stdout).toMatch(
    /secret TOKEN was rotated since 1\.1\.0 was placed: version [0-9a-f]{8} of it is used again, [0-9a-f]{8} was live/,
  );
});
