import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../pipeline/report/report.ts";
import { makeSystem, type System, smallConfig } from "../support/system.ts";

/** What was posted to the webhook, and how it answers. */
const hook = { status: 503, got: [] as { signature: string; body: Record<string, unknown> }[] };
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on("end", () => {
    hook.got.push({ signature: String(request.headers["x-bellwether-signature"]), body: JSON.parse(body) });
    response.writeHead(hook.status).end();
  });
});

const gated = smallConfig.replace(
  "    approval: { required: 1 }\n",
  `    gates:
      audit: { command: "cat audit.txt; grep -q clean audit.txt", secrets: [AUDIT_TOKEN] }
      uat: { file: "uat-\${version}.json", min-pass: 95% }
      notice: { confirm: Customers were told }
    health:
      api: { http: /health/ready, unhealthy: 5s }
      feed: { command: "test ! -e feed-is-down || { echo the feed is 9 s behind; exit 1; }" }
      host: { disk: [99%, 100%] }
    notify:
      webhook: { url: { from: env, name: HOOK }, secret: { from: env, name: HOOK_KEY }, on: [started, promoted] }
`,
);

let system: System;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  system = await makeSystem({
    files: {
      ".gitignore": ".bellwether/\ndist/\nuat-*\naudit.txt\nfeed-is-down\n",
      "bellwether.yaml": gated.replace("components:", "secrets: { AUDIT_TOKEN: { from: env } }\ncomponents:"),
    },
    variables: {
      AUDIT_TOKEN: "tok-4f1c9e2b77",
      HOOK: `http://127.0.0.1:${port}/hook`,
      HOOK_KEY: "key-83d1aa90c2",
    },
  });
  await system.release("v1.0.0");
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});

const daemons = () => readdir(join(system.state, "local")).catch(() => []);

describe.sequential("a release goes through the gates of production", () => {
  test("doctor finds all well before anything was built, and changes nothing", async () => {
    const { code, stdout } = await system.run("doctor", "--json");
    const { sound, findings } = JSON.parse(stdout) as {
      sound: boolean;
      findings: { what: string; state: string; detail: string }[];
    };
    expect({ code, sound }).toEqual({ code: 0, sound: true });
    expect(findings.filter(({ state }) => state === "problem")).toEqual([]);
    expect(findings).toContainEqual(
      expect.objectContaining({
        what: "image api",
        state: "warning",
        detail: expect.stringMatching(/ is not built yet$/),
      }),
    );
    expect(stdout).not.toContain("tok-4f1c9e2b77");
    expect(await daemons()).toEqual([]);
    expect(hook.got).toEqual([]);
  });

  test("a dry run of what was never built says so", async () => {
    const done = await system.run("deploy", "production", "1.0.0", "--dry-run");
    expect(done.code).toBe(3);
    expect(done.stderr).toContain("There is no image api of version 1.0.0.");
  });

  test("no-go: exit code 3, every gate that did not pass with its reason, and production untouched", async () => {
    const done = await system.run("run", "--event", "release", "--ref", "v1.0.0");
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("No-go: 1.0.0 does not go to production, 3 of 5 gates did not pass.");
    const report: Report = await system.report();
    const refused = report.rollouts.find((one) => one.environment === "production");
    expect(refused).toMatchObject({ outcome: "refused", version: "1.0.0" });
    expect(refused?.gates.map(({ gate, verdict }) => `${gate} ${verdict}`)).toEqual([
      "promotion pass",
      "health pass",
      "audit inconclusive",
      "uat inconclusive",
      "notice inconclusive",
    ]);
    expect(report.failures[0]).toMatchObject({ kind: "no-go", exitCode: 3 });
    const journal = await system.stored("local/production/journal.ndjson");
    expect(journal).toContain('"kind":"gates"');
    expect(journal).not.toContain("rollout-began");
  });

  test("B47: a channel that is down holds up nothing, and its message is kept without its address", async () => {
    const [kept] = await readdir(join(system.state, "outbox"));
    const text = await system.stored(`outbox/${kept}`);
    expect(JSON.parse(text)).toMatchObject({ message: { event: "failed" }, lastError: "it answered 503" });
    expect(text).not.toContain("127.0.0.1:");
    expect(text).not.toContain("key-83d1aa90c2");
    expect((await system.report()).notes.join()).toContain("webhook was not told");
  });

  test("a confirmation names an item of the checklist, and is bound to version and digests", async () => {
    const wrong = await system.run("confirm", "production", "1.0.0", "notise");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("Did you mean notice?");
    const done = await system.run("confirm", "production", "v1.0.0", "notice", "--json");
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ version: "1.0.0", item: "notice", by: "Ada" });
  });

  test("a gate that says no is told with its own last line; a dry run asks all of them and does nothing", async () => {
    await system.write({ "audit.txt": "2 critical findings, token tok-4f1c9e2b77\n" });
    await system.write({ "uat-1.0.0.json": '{"passed":96,"total":100,"version":"1.0.0"}' });
    const before = await system.stored("local/production/journal.ndjson");
    const done = await system.run("deploy", "production", "1.0.0", "--dry-run");
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/^production: 1\.0\.0 would be the first release$/m);
    expect(done.stdout).toMatch(/✖ audit +fail .* 2 critical findings, token \*\*\*$/m);
    expect(done.stdout).toMatch(/✔ uat +pass +uat-1\.0\.0\.json +96 of 100 tests passed \(96 %\)$/m);
    expect(done.stdout).toMatch(/✔ notice +pass +Ada +Customers were told$/m);
    expect(done.stdout).toMatch(/1\. place\n +2\. start api\n +3\. ready api\n/);
    expect(done.stdout).not.toContain("tok-4f1c9e2b77");
    expect(await system.stored("local/production/journal.ndjson")).toBe(before);
  });

  test("with every gate passed the release goes live; the channel gets what it asked for, signed, with the journal's head", async () => {
    hook.status = 200;
    await system.write({ "audit.txt": "clean\n" });
    const done = await system.run("deploy", "production", "1.0.0");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain("go: 1.0.0 to production, 5 gates passed");
    const told = hook.got.filter(({ body }) => body.version === "1.0.0").map(({ body }) => body.event);
    expect(told.slice(-2)).toEqual(["started", "promoted"]);
    const last = hook.got.at(-1);
    expect(last?.signature).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(last?.body.journal).toMatch(/^\d+:[0-9a-f]{64}$/);
  });

  test("diff of what is live: nothing would change, exit code 0", async () => {
    const done = await system.run("diff", "production", "v1.0.0");
    expect(done).toMatchObject({ code: 0, stdout: "production: nothing would change with 1.0.0\n" });
    const run = await system.run("deploy", "production", "1.0.0", "--dry-run");
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("1.0.0 is live already: there would be no rollout");
  });

  test("an unhealthy environment gets no release: status, doctor and the gate say the same", async () => {
    await system.write({ "feed-is-down": "" });
    await system.edit("service/server.mjs", "// The smallest", "// v1.1.0\n// The smallest");
    await system.edit("bellwether.yaml", "VERSION: ", 'FEATURE: "on", VERSION: ');
    await system.commit("Quote more");
    await system.git("tag", "v1.1.0");
    await system.write({ "uat-1.1.0.json": '{"passed":100,"total":100}' });
    const done = await system.run("run", "--event", "release", "--ref", "v1.1.0");
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(
      /✖ health +fail +its checks +UNHEALTHY \(feed UNHEALTHY: the feed is 9 s behind\)$/m,
    );
    const status = await system.run("status", "production");
    expect(status.stdout).toContain("health   UNHEALTHY\n");
    expect(status.stdout).toContain("feed is UNHEALTHY: the feed is 9 s behind");
    const doctor = await system.run("doctor", "production");
    expect(doctor.code).toBe(3);
    expect(doctor.stdout).toMatch(/✖ health +problem +feed UNHEALTHY: the feed is 9 s behind/);
  });

  test("diff names what a deploy would change, and of values only the names", async () => {
    const { code, stdout } = await system.run("diff", "production", "1.1.0");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^production: 1\.0\.0 is live, 1\.1\.0 would be$/m);
    expect(stdout).toMatch(/api {2}sha256:[0-9a-f]{12} {2}→ {2}sha256:[0-9a-f]{12}/);
    expect(stdout).toMatch(/[0-9a-f]{7} Quote more/);
    expect(stdout).toContain("added: api.FEATURE");
    const json = await system.run("diff", "production", "1.1.0", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      format: 1,
      same: false,
      commits: { count: 1 },
      environmentNames: { added: ["api.FEATURE"] },
    });
  });
});

test("doctor reports every problem at once, each with a remedy, and ends with 3", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const sick = await makeSystem({
    files: {
      "bellwether.yaml": smallConfig
        .replace("target: local", `target: { local: { port: ${port} } }`)
        .replace(
          "    extends: staging\n",
          "    extends: staging\n    target: local\n    environment-file: .env.production\n",
        )
        .replace(
          "components:",
          "secrets: { API_KEY: { from: env } }\ntoolchains: { cobol: { version: '>=3', image: 'x:1', probe: [cobol-of-nobody, --version] } }\ncomponents:",
        ),
      ".env.production": "PASSWORD=changeme\n",
    },
  });
  try {
    const { code, stdout } = await sick.run("doctor");
    expect(code).toBe(3);
    expect(stdout).toMatch(/✖ \.env\.production +problem +.*changeme|placeholder/);
    expect(stdout).toMatch(/✖ cobol +problem +cobol(-of-nobody)? was not found/);
    expect(stdout).toMatch(/✖ API_KEY +problem +The secret API_KEY could not be had from env API_KEY/);
    expect(stdout).toMatch(new RegExp(`✖ port ${port} +problem +in use by another program`));
    expect(stdout).toMatch(/\d+ checks: [4-9] problems/);
    const unknown = await sick.run("doctor", "producton");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("Did you mean production?");
    await sick.write({ "bellwether.yaml": "app: Small App\nfoo: 1\n" });
    const broken = await sick.run("doctor");
    expect(broken.code).toBe(3);
    expect(broken.stdout).toMatch(/2 problems/);
  } finally {
    expect(await sick.close()).toEqual([]);
    await new Promise((resolve) => taken.close(resolve));
  }
});
