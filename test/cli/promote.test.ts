import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newRelease } from "../support/shipping.ts";
import { makeSystem, type System } from "../support/system.ts";

const config = `app: small
components:
  api:
    build: { run: "rm -rf dist && cp -r service dist", outputs: [dist] }
    artifact: dist
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 2, span: 100ms, interval: 50ms, within: 10s }
    env: { PORT: "\${port}", VERSION: "\${version}" }
images:
  api: { repository: registry.example/small, platforms: [linux/amd64] }
environments:
  live:
    on: manual
    strategy: { canary: { steps: [{ weight: 50 }, { pause: 5m }, { weight: 80 }] } }
    analysis:
      - { command: "test ! -e broken-\${version}", name: not broken, interval: 500ms }
    watch: 300ms
    drain: 1s
`;

let system: System;
beforeAll(async () => {
  system = await makeSystem({ files: { "bellwether.yaml": config } });
  for (const tag of ["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0"]) {
    await newRelease(system, tag);
    const built = await system.run("run", "image", "--event", "release", "--ref", tag);
    expect(built).toMatchObject({ code: 0, stderr: "" });
  }
  expect((await system.run("deploy", "live", "v1.0.0")).code).toBe(0);
}, 60_000);
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

/** A deploy that has come to its pause. */
async function paused(version: string, ...options: string[]) {
  const deploy = system.start("deploy", "live", version, ...options);
  await deploy.printed(`${version} waits at 50 % for a person, at most 5 min: bellwether promote live`);
  return deploy;
}

const live = async () => {
  const [status] = JSON.parse((await system.run("status", "live", "--json")).stdout);
  return { live: status.live, weights: status.weights };
};

describe.sequential("a canary that waits for a person", { timeout: 60_000 }, () => {
  test("promote with nothing that waits ends with 3 and says so", async () => {
    const done = await system.run("promote", "live");
    expect(done.code).toBe(3);
    expect(done.stderr).toContain("Nothing waits to be promoted on live: no rollout is under way.\n");
  });

  test("promote lets the canary go on, and the report names who did", async () => {
    const deploy = await paused("1.1.0");
    expect(await live()).toEqual({ live: "1.0.0", weights: { "1.0.0": 50, "1.1.0": 50 } });
    expect(await system.run("promote", "live")).toMatchObject({
      code: 0,
      stdout: "1.1.0 goes on to its next step on live: told by Ada\n",
    });
    expect((await deploy.ended).code).toBe(0);
    const [rollout] = (await system.report()).rollouts;
    expect(rollout).toMatchObject({ outcome: "completed", continued: [{ by: "Ada", full: false }] });
    expect(rollout?.measured.at(-1)?.checks).toContainEqual({
      name: "not broken",
      verdict: "successful",
      reason: "not broken: exit code 0",
    });
    expect(await live()).toEqual({ live: "1.1.0", weights: { "1.1.0": 100 } });
  });

  test("B28: what fails while a person is waited for goes back by itself", async () => {
    const deploy = await paused("1.2.0");
    await system.write({ "broken-1.2.0": "" });
    const { code, stdout } = await deploy.ended;
    expect(code).toBe(1);
    expect(stdout).toContain("1.1.0 is live. The analysis at 50 % failed: not broken: exit code 1.");
    expect(await live()).toEqual({ live: "1.1.0", weights: { "1.1.0": 100 } });
  });

  test("B30: a newer release makes the older one give way; in full it is shipped without a pause", async () => {
    await system.git("clean", "--force", "--quiet");
    const older = await paused("1.2.0");
    const dry = async (version: string, ...options: string[]) => {
      const { code, stdout } = await system.run("deploy", "live", version, "--dry-run", ...options);
      return { code, line: stdout.split("\n").find((text) => text.startsWith("under way: ")) };
    };
    const stays = expect.stringMatching(
      / of 1\.2\.0 by Ada, .* it would not give way, and the deploy would be /,
    );
    const gives = expect.stringMatching(
      / of 1\.2\.0 by Ada, .* it would give way, and return to stable first$/,
    );
    expect(await dry("v1.0.0")).toEqual({ code: 3, line: stays });
    expect(await dry("v1.0.0", "--supersede")).toEqual({ code: 0, line: gives });
    expect(await dry("v1.3.0")).toEqual({ code: 0, line: gives });
    const refused = await system.run("deploy", "live", "v1.0.0");
    expect(refused.code).toBe(3);
    expect(refused.stdout).toContain("1.2.0");
    const newer = await paused("1.3.0");
    const { code, stdout } = await older.ended;
    expect(code).toBe(1);
    expect(stdout).toContain("The rollout of 1.2.0 to live was aborted by Ada with 1.3.0; 1.1.0 is live.");
    expect((await system.run("promote", "live", "--full")).code).toBe(0);
    expect((await newer.ended).code).toBe(0);
    expect(await live()).toEqual({ live: "1.3.0", weights: { "1.3.0": 100 } });
  });

  test("a fix goes the same way, and an older version takes the place of a newer one only when it is told to", async () => {
    const back = await paused("1.2.0", "--fix");
    const older = await paused("1.1.0", "--supersede");
    expect((await back.ended).stdout).toContain("aborted by Ada with 1.1.0");
    expect((await system.run("abort", "live")).code).toBe(0);
    expect((await older.ended).code).toBe(1);
    expect(await live()).toEqual({ live: "1.3.0", weights: { "1.3.0": 100 } });
  });
});
