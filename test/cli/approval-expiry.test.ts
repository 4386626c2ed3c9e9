import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

let system: System;
beforeAll(async () => {
  system = await makeSystem();
  await system.release("v1.0.0");
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

const run = () => system.run("run", "--event", "release", "--ref", "v1.0.0");
const directory = () => join(system.state, "approvals", "production");

/** Lets the time of the request that waits be over. */
async function letItExpire(): Promise<void> {
  const name = (await readdir(directory())).find((one) => one.startsWith("waiting-")) ?? "";
  const file = join(directory(), name);
  const request = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...request, at: 0, expiresAt: 60_000 }));
}

describe.sequential("B29: an approval that nobody gives", () => {
  test("expires: it cannot be given any more", async () => {
    expect((await run()).code).toBe(3);
    await letItExpire();
    const late = await system.run("approve", "production");
    expect(late).toMatchObject({ code: 3, stdout: "" });
    expect(late.stderr).toContain(
      "Nobody let 1.0.0 pass to production in time: asked for by Ada at 1970-01-01T00:00:00.000Z, it expired at 1970-01-01T00:01:00.000Z.\n",
    );
  });

  test("is withdrawn by the next run, which writes it into the environment's journal and leaves nothing running", async () => {
    const done = await run();
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("Nobody let 1.0.0 pass to production in time: asked for by Ada");
    expect(done.stdout).toContain("0 of 1 approvals of 1.0.0\n");
    const journal = (await system.stored("local/production/journal.ndjson")).trim().split("\n");
    expect(journal.map((line) => JSON.parse(line).fact)).toMatchObject([
      {
        kind: "approval-expired",
        version: "1.0.0",
        requestedBy: "Ada",
        askedAt: 0,
        expiredAt: 60_000,
        given: "0 of 1 approvals of 1.0.0",
      },
    ]);
    expect((await system.run("stop", "production")).stdout).toBe("production is not running\n");
  });

  test("may be asked for anew, and goes on once it is given", async () => {
    expect((await run()).stdout).toContain("1.0.0 waits for approval for production.\n");
    const done = await system.run("approve", "production");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toMatch(
      /^1\.0\.0 waits for production: asked for by Ada, since \S+ \S+ UTC\n {2}sha256:[0-9a-f]{64}\n {2}until \S+ \S+ UTC\napproved by Ada until \S+ \S+ UTC\nrecord: \S+\n1\.0\.0 may go to production: 1 of 1 approvals of 1\.0\.0\nnext: repeat the run that waited; it goes on from here\n$/,
    );
    expect((await run()).code).toBe(0);
  });
});
