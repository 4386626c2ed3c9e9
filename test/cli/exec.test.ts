import { expect, test } from "vitest";
import { oneService, systemsOfTests } from "../support/system.ts";

const made = systemsOfTests();
const environments =
  "  staging: { on: { branch: develop }, target: local, strategy: blue-green, watch: 0s }\n";

test("a command runs once with the live release's code and environment, and stands in the journal", async () => {
  const system = await made(oneService("interval: 30ms, within: 20s", environments));
  const early = await system.run("exec", "staging", "api", "--", "true");
  expect(early).toMatchObject({ code: 3, stderr: expect.stringContaining("Nothing is live on staging") });
  expect((await system.run("run", "--event", "push", "--ref", "develop")).code).toBe(0);

  const done = await system.run(
    "exec",
    "staging",
    "api",
    "--",
    "sh",
    "-c",
    "ls server.mjs; echo runs $VERSION",
  );
  expect(done).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^server\.mjs\nruns 0\.0\.0-develop/),
  });
  const failed = await system.run("exec", "staging", "api", "--", "sh", "-c", "exit 7");
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("the command ended with 7") });
  const slow = await system.run("exec", "staging", "api", "--timeout", "200ms", "--", "sleep", "30");
  expect(slow).toMatchObject({ code: 1, stderr: expect.stringContaining("did not end within 200ms") });
  const unknown = await system.run("exec", "staging", "apy", "--", "true");
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("api") });
  const wrong = await system.run("exec", "staging", "api", "--timeout", "soon", "--", "true");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("--timeout soon") });

  const journal = await system.stored("local/staging/journal.ndjson");
  expect(journal.match(/"kind":"executed"/g)).toHaveLength(3);
  expect((await system.run("journal", "verify", "staging")).code).toBe(0);
}, 60_000);
