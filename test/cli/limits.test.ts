import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

const config = `app: small
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    limits: { memory: 512Mi, open-files: 1073741824 }
    env: { PORT: "\${port}" }
images:
  api: { repository: registry.example/small, platforms: [linux/amd64] }
environments:
  production: { on: release, target: local, strategy: blue-green }
`;

let system: System;
beforeAll(async () => {
  system = await makeSystem({ files: { "bellwether.yaml": config } });
  await system.release("v1.0.0");
}, 120_000);
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

test("a limit that the target would not hold refuses the run before its first step, and says which and why", async () => {
  const run = await system.run("run", "--event", "release", "--ref", "v1.0.0");
  expect(run.code, run.stdout + run.stderr).toBe(3);
  expect(run.stdout + run.stderr).toMatch(
    /production would not hold 1\.0\.0 to 1 limit of its components[\s\S]*api open-files 1073741824: \S/,
  );
  expect((await system.report()).stages.flatMap(({ steps }) => steps)).toEqual([]);
});

test("doctor finds it beforehand", async () => {
  const { code, stdout } = await system.run("doctor", "production");
  expect(code).toBe(3);
  expect(stdout).toMatch(/✖ limits +problem +api open-files 1073741824 would not be held: \S/);
});
