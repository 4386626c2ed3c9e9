import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSystem, type System, smallConfig } from "../support/system.ts";

const reason = "prices stand still since nine";
const release = (tag: string) => ["run", "--event", "release", "--ref", tag];

/** Two environments whose channels ask for nothing that a break-glass is. */
const told: Record<string, unknown>[] = [];
const hooks = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  request.on("end", () => {
    told.push({ to: request.url, ...JSON.parse(text) });
    response.end();
  });
});

let system: System;
beforeAll(async () => {
  await new Promise<void>((resolve) => hooks.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}`;
  const channel = (name: string) => `{ webhook: { url: { from: env, name: ${name} }, on: [promoted] } }`;
  system = await makeSystem({
    files: {
      "bellwether.yaml": smallConfig
        .replace("    drain: 2s\n", `    drain: 2s\n    notify: ${channel("STAGING_HOOK")}\n`)
        // A canary asks for traffic, and there is none here.
        .replace(/strategy: \{ canary: .*/, "strategy: blue-green")
        .replace(
          "approval: { required: 1 }",
          `approval: { four-eyes: true, expires: 4h }\n    notify: ${channel("PRODUCTION_HOOK")}`,
        ),
    },
    variables: { STAGING_HOOK: `${url}/staging`, PRODUCTION_HOOK: `${url}/production` },
  });
  await system.release("v1.0.0");
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
  await new Promise((resolve) => hooks.close(resolve));
});

const production = async () =>
  JSON.parse((await system.run("status", "production", "--json")).stdout)[0] as { live: string | null };
const owed = async () =>
  JSON.parse((await system.run("follow-up", "production", "--json")).stdout) as {
    id: string;
    version: string;
    actor: string;
    reason: string;
    closed: { what: string } | null;
  }[];

describe.sequential("a release in an emergency", () => {
  test("B45: the requester approves the own change: refused with the reason, and it still waits", async () => {
    expect((await system.run(...release("v1.0.0"))).code).toBe(3);
    const done = await system.run("approve", "production");
    expect(done.code).toBe(3);
    expect(done.stderr).toBe(
      [
        "The approval of 1.0.0 for production by Ada was refused: four eyes are asked for, and whoever asks for a release does not approve it.",
        "  expected: an approval that counts",
        "  next: Have somebody approve it whose word counts: `bellwether approve production 1.0.0`.",
        "",
      ].join("\n"),
    );
    expect((await system.run(...release("v1.0.0"))).code).toBe(3);
  });

  test("B45: a reason of less than three words breaks no glass", async () => {
    for (const command of [release("v1.0.0"), ["deploy", "production", "v1.0.0"]])
      expect(await system.run(...command, "--break-glass", "it burns")).toEqual({
        code: 2,
        signal: null,
        stdout: "",
        stderr: [
          'Got the reason "it burns".',
          "  expected: a reason of at least three words for going past the gates",
          '  next: Say what happened: `--break-glass "prices stand still, the fix cannot wait"`.',
          "",
        ].join("\n"),
      });
  });

  test("B45: a dry run with --break-glass names what it would go past, and breaks nothing", async () => {
    const dry = ["deploy", "production", "v1.0.0", "--dry-run"];
    expect((await system.run(...dry)).code).toBe(3);
    const done = await system.run(...dry, "--fix", "--supersede", "--break-glass", reason);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const lines = done.stdout.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "break-glass: it would go past approval; everybody is told, and a follow-up opens",
        "fix: nothing is live, so that there is nothing to mend",
        "supersede: no rollout is under way that would have to give way",
        "dry run: nothing was changed",
      ]),
    );
    expect(await owed()).toEqual([]);
    const json = JSON.parse((await system.run(...dry, "--json", "--break-glass", reason)).stdout);
    expect(json).toMatchObject({ go: true, breakGlass: { overridden: ["approval"], refused: [] } });
  });

  test("B45: break-glass with a reason goes on, everybody is told whatever they asked for, a follow-up opens", async () => {
    told.length = 0;
    const done = await system.run("deploy", "production", "v1.0.0", "--break-glass", reason);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain(`○ Approval: skipped`);
    expect(done.stdout).toMatch(
      /BREAK-GLASS: 1\.0\.0 goes past approval, by Ada: prices stand still since nine \(follow-up [0-9a-f]{12}\)\n/,
    );
    expect((await production()).live).toBe("1.0.0");
    const glass = told.filter((message) => message.event === "break-glass");
    expect(glass.map(({ to, version, environment }) => [to, version, environment]).sort()).toEqual([
      ["/production", "1.0.0", "production"],
      ["/staging", "1.0.0", "production"],
    ]);
    expect(glass[0]).toMatchObject({
      reason: `Ada: ${reason}; overridden: approval (0 of 1 approvals of 1.0.0)`,
    });
    expect(await owed()).toMatchObject([{ version: "1.0.0", actor: "Ada", reason, closed: null }]);
    expect((await system.report()).rollouts).toMatchObject([
      { breakGlass: { actor: "Ada", reason, overridden: [{ gate: "approval" }] } },
    ]);
  });

  test("B45: status and history show what is owed: what was overridden, who, when, why and how to close it", async () => {
    const [open] = await owed();
    const lines = [
      expect.stringMatching(
        new RegExp(
          `^ +follow-up ${open?.id} is open: 1\\.0\\.0 went past approval, by Ada at \\S+ \\S+ UTC: ${reason}$`,
        ),
      ),
      expect.stringMatching(
        new RegExp(`^ +close it: \`bellwether follow-up production ${open?.id} --close "what was done"\`$`),
      ),
    ];
    for (const command of ["status", "history"]) {
      const { stdout } = await system.run(command, "production");
      expect(stdout.split("\n")).toEqual(expect.arrayContaining(lines));
    }
  });

  test("B45: the next ordinary release is blocked before anybody is asked, with what is owed and the command", async () => {
    await system.git("checkout", "--quiet", "develop");
    await system.edit("service/server.mjs", "// The smallest", "// v1.1.0\n// The smallest");
    await system.commit("What v1.1.0 brings");
    await system.release("v1.1.0");
    const done = await system.run(...release("v1.1.0"));
    expect(done.code).toBe(3);
    const [open] = await owed();
    expect(done.stdout).toContain(
      "production owes 1 follow-up of releases that went past its gates (break-glass).\n",
    );
    expect(done.stdout).toContain(`${open?.id}: 1.0.0 past approval, by Ada at `);
    expect(done.stdout).toContain(
      `next: Close it: \`bellwether follow-up production ${open?.id} --close "what was done"\`. A rollback is not held up.`,
    );
    expect((await production()).live).toBe("1.0.0");
  });

  test("B45: a second break-glass goes on and opens its own follow-up; abort and rollback are never blocked", async () => {
    const done = await system.run(...release("v1.1.0"), "--break-glass", "the feed has died again");
    expect(done.code).toBe(0);
    expect((await owed()).map((one) => one.version)).toEqual(["1.0.0", "1.1.0"]);
    expect((await system.run("abort", "production")).code).toBe(0);
    expect((await system.run("rollback", "production")).code).toBe(0);
    expect((await production()).live).toBe("1.0.0");
  });

  test("B45: closed by their ids, with what was done, they hold nothing up any more", async () => {
    const listed = await system.run("follow-up", "production");
    expect(listed.stdout).toMatch(
      /^follow-up [0-9a-f]{12} is open: 1\.0\.0 went past approval, by Ada at \S+ \S+ UTC: prices stand still/,
    );
    expect(await system.run("follow-up", "production", "--close", "reviewed by bob")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Got no id.\n  expected: one of "),
    });
    expect(
      await system.run("follow-up", "production", "nonsense", "--close", "reviewed by bob"),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no follow-up called nonsense.\n"),
    });
    for (const { id } of await owed()) {
      expect((await system.run("follow-up", "production", id, "--close", "done")).code).toBe(2);
      const done = await system.run("follow-up", "production", id, "--close", "reviewed by bob");
      expect(done).toEqual({
        code: 0,
        signal: null,
        stdout: `production: follow-up ${id} is closed: reviewed by bob\n`,
        stderr: "",
      });
    }
    expect((await owed()).map((one) => one.closed?.what)).toEqual(["reviewed by bob", "reviewed by bob"]);
    const waits = await system.run(...release("v1.1.0"));
    expect(waits.code).toBe(3);
    expect(waits.stdout).toContain("1.1.0 waits for approval for production.\n");
  });

  test("B45: a follow-up is closed while the environment is stopped, and it stays stopped", async () => {
    const done = await system.run(...release("v1.1.0"), "--break-glass", "one more for the test");
    expect(done.code).toBe(0);
    expect((await system.run("stop", "production")).code).toBe(0);
    expect((await system.run("follow-up", "production", "--close", "reviewed by bob")).code).toBe(0);
    expect((await owed()).every((one) => one.closed !== null)).toBe(true);
    expect((await system.run("stop", "production")).stdout).toBe("production is not running\n");
  });
});
