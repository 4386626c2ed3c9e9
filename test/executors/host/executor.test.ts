import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServiceSpec } from "../../../pipeline/config/config.ts";
import { eventually, hasProc, livingWith } from "../../io/support/living.ts";
import { hermetic, planOf } from "../../support/hermetic.ts";
import { createCheckout } from "./support/bench.ts";

let checkout: ReturnType<typeof createCheckout>;
beforeEach(() => {
  checkout = createCheckout();
});
afterEach(() => checkout.remove());

const postgres: ServiceSpec = {
  name: "db",
  kind: "postgres",
  version: ">=15",
  image: "postgres:18",
  database: "quotes",
  user: "quotes",
  init: [],
  extensions: [],
  environment: { DATABASE_URL: "url", PGPORT: "port" },
};

test("a string runs by sh, a list as argv, in the step's directory, one after the other", async () => {
  const { outcome, lines } = await checkout.run(
    hermetic({ directory: "src", commands: ["ls | cat", ["echo", "$HOME; exit 1"], "echo last >&2"] }),
  );
  expect(outcome).toMatchObject({ ok: true });
  expect(lines).toEqual(["out: b.txt", "out: $HOME; exit 1", "err: last"]);
});

test("a step sees the path, home, locale and the variables named, nothing else of the caller's", async () => {
  const environment = { PASSED: "p", OTHER: "o", LC_ALL: "C", TZ: "UTC", TMPDIR: tmpdir() };
  const { lines } = await checkout.run(
    hermetic({ commands: ["env"], passEnvironment: ["PASSED", "UNSET"], environment: { OWN: "1" } }),
    { environment },
  );
  const names = lines.map((line) => line.slice("out: ".length).split("=")[0]);
  const shell = ["PWD", "_", "SHLVL", "OLDPWD", "BELLWETHER_MARK"];
  expect(names.filter((name) => !shell.includes(name ?? "")).sort()).toEqual(
    ["HOME", "LC_ALL", "OWN", "PASSED", "PATH", "TMPDIR", "TZ"].sort(),
  );
});

test("the version of the plan is filled into the step's variables", async () => {
  const step = hermetic({ commands: ["echo $V"], environment: { V: "v${version} ${unknown}" } });
  const one = checkout.begin();
  expect(await one.executor.supports(planOf([step]), [step])).toEqual([]);
  expect((await one.run(step)).lines).toEqual(["out: v1.2.3 ${unknown}"]);
  await one.close();
});

test("a failure has the end and the last 40 lines; what follows does not run", async () => {
  const { outcome, lines } = await checkout.run(
    hermetic({ commands: ["i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo $i; done; exit 7", "echo never"] }),
  );
  expect(outcome).toMatchObject({
    ok: false,
    failure: { kind: "step-failed", end: { exitCode: 7, signal: null } },
  });
  const tail = !outcome.ok && outcome.failure.kind === "step-failed" ? outcome.failure.tail : [];
  expect(tail).toEqual(Array.from({ length: 40 }, (_, at) => String(at + 21)));
  expect(lines).not.toContain("out: never");
});

test("a program that is not there fails the step as a shell would", async () => {
  const { outcome } = await checkout.run(hermetic({ commands: [["no-such-program"]] }));
  expect(outcome).toMatchObject({
    ok: false,
    failure: { kind: "step-failed", end: { exitCode: 127 }, tail: ["no-such-program was not found on PATH"] },
  });
});

test("B48: a step that takes too long is ended, and the limit told", async () => {
  const { outcome } = await checkout.run(hermetic({ commands: ["echo begun", "sleep 60"], timeoutMs: 300 }));
  expect(outcome).toMatchObject({
    ok: false,
    failure: { kind: "step-timeout", step: "lint:test", limitMs: 300 },
  });
});

test("Ctrl-C ends a step that ignores SIGTERM and forks; nothing of it is left", async () => {
  const token = randomUUID();
  const abort = new AbortController();
  const { outcome } = await checkout.run(
    hermetic({
      commands: [
        "trap '' TERM INT; setsid sleep 60 & (trap '' TERM; sleep 60) & echo up; while :; do sleep 60; done",
      ],
      environment: { TOKEN: token },
    }),
    { signal: abort.signal, seen: () => abort.abort("SIGINT") },
  );
  expect(outcome).toEqual({ ok: false, failure: { kind: "interrupted", by: "SIGINT" } });
  if (hasProc) expect(livingWith(token)).toEqual([]);
}, 30_000);

test("close ends the steps under way", async () => {
  const token = randomUUID();
  const one = checkout.begin();
  const running = one.run(hermetic({ commands: ["sleep 60"], environment: { TOKEN: token } }));
  if (hasProc) expect(await eventually(() => livingWith(token).length > 0, 10_000)).toBe(true);
  await one.close();
  expect((await running).outcome).toMatchObject({ ok: false, failure: { kind: "interrupted" } });
  if (hasProc) expect(livingWith(token)).toEqual([]);
});

test("an output that is not there after the run is a failure", async () => {
  const { outcome } = await checkout.run(hermetic({ outputs: ["dist"] }));
  expect(outcome).toEqual({
    ok: false,
    failure: { kind: "output-missing", step: "lint:test", path: "dist" },
  });
});

test.each([
  ["../out", "it leads out of the checkout"],
  ["src/../../out", "it leads out of the checkout"],
  ["/tmp/out", "it is absolute"],
  [".", "it is the whole checkout"],
  [".git/hooks", "it belongs to git or to the tool itself"],
  ["away/out", "a link leads it out of the checkout"],
  ["loop/out", "a link leads it out of the checkout"],
])("the output %s is refused before the step runs", async (path, reason) => {
  symlinkSync(tmpdir(), join(checkout.root, "away"));
  symlinkSync("loop", join(checkout.root, "loop"));
  const { outcome, lines } = await checkout.run(hermetic({ outputs: [path] }));
  expect(outcome).toEqual({
    ok: false,
    failure: { kind: "step-unsafe-path", step: "lint:test", path, reason },
  });
  expect(lines).toEqual([]);
});

test("an output that a step makes a link to elsewhere is refused after it", async () => {
  const { outcome } = await checkout.run(hermetic({ commands: ["ln -s /etc dist"], outputs: ["dist"] }));
  expect(outcome).toMatchObject({ ok: false, failure: { kind: "step-unsafe-path", path: "dist" } });
  expect(existsSync(join(checkout.state, "cache", "entries"))).toBe(false);
});

test("B50: a secret reaches the step as a variable, and its failure redacted", async () => {
  const { outcome } = await checkout.run(
    hermetic({ secrets: ["TOKEN"], commands: ['[ "$TOKEN" = hunter22 ] && echo "got $TOKEN"; exit 1'] }),
    { secrets: { TOKEN: "hunter22" } },
  );
  expect(outcome).toMatchObject({ ok: false, failure: { tail: ["got ***"] } });
});

test("B50: a secret across the pieces of a very long line is hidden", async () => {
  const value = "0123456789abcdef";
  const { lines } = await checkout.run(
    hermetic({ secrets: ["TOKEN"], commands: ['head -c 65530 /dev/zero | tr "\\0" x; echo "$TOKEN"'] }),
    { secrets: { TOKEN: value } },
  );
  const text = lines.map((line) => line.slice("out: ".length)).join("");
  expect(text).toBe(`${"x".repeat(65530)}***`);
});

test("a secret that cannot be had fails the step before anything runs", async () => {
  const { outcome, lines } = await checkout.run(hermetic({ secrets: ["TOKEN"] }));
  expect(outcome).toMatchObject({ ok: false, failure: { kind: "secret-unresolved", name: "TOKEN" } });
  expect(lines).toEqual([]);
});

test("B49: every tool that is missing or too old is told, each once; so are servers and the platform", async () => {
  const missing = { name: "cobol", range: ">=1", probe: ["no-such-cobol", "--version"] };
  const old = { name: "node", range: ">=999", probe: ["node", "--version"] };
  const fits = { name: "node", range: ">=18", probe: ["node", "--version"] };
  const redis: ServiceSpec = { ...postgres, name: "cache", kind: "redis", version: "7" };
  const steps = [
    hermetic({ id: "lint:a", tools: [missing, old, fits] }),
    hermetic({ id: "lint:b", tools: [missing, old], services: [redis, postgres] }),
  ];
  const one = checkout.begin();
  expect(await one.executor.supports(planOf(steps), steps)).toEqual([
    { kind: "tool-missing", tool: "cobol", range: ">=1", wantedBy: "lint:a" },
    expect.objectContaining({
      kind: "tool-too-old",
      tool: "node",
      got: process.versions.node,
      wantedBy: "lint:a",
    }),
    { kind: "tool-missing", tool: "redis-server", range: "7", wantedBy: "service cache" },
  ]);
  await one.close();
}, 30_000);

test("a step with a service gets a fresh PostgreSQL, whose password is never shown", async () => {
  const pg = new URL("../../../node_modules/pg/lib/index.js", import.meta.url).pathname;
  checkout.write(
    "query.cjs",
    `const { Client } = require(${JSON.stringify(pg)});
     const client = new Client({ connectionString: process.env.DATABASE_URL });
     client.connect()
       .then(() => client.query("create table fresh as select 41 + 1 as answer"))
       .then(() => client.query("select answer, current_database() as name from fresh"))
       .then(({ rows }) => { console.log(JSON.stringify(rows)); console.log(process.env.OWN, process.env.DATABASE_URL); return client.end(); });`,
  );
  const step = hermetic({
    commands: [["node", "query.cjs"]],
    services: [postgres],
    environment: { OWN: "${services.db.user}@${services.db.host}:${services.db.password}" },
  });
  for (let round = 0; round < 2; round++) {
    const { outcome, lines } = await checkout.run(step, { cache: false });
    expect(outcome).toMatchObject({ ok: true });
    expect(lines).toEqual(['out: [{"answer":42,"name":"quotes"}]', "out: quotes@127.0.0.1:*** ***"]);
  }
  expect(readdirSync(tmpdir()).filter((name) => name.includes(`-${process.pid}-`))).toEqual([]);
}, 60_000);

test("a server that dies while the step runs fails it with the server's last lines", async () => {
  const one = checkout.begin({
    seen: (line) => {
      if (/^\d+$/.test(line)) process.kill(Number(line), "SIGKILL");
    },
  });
  const script =
    'for p in /proc/[0-9]*; do grep -qsa "port=$PGPORT" $p/cmdline && [ "$(cat $p/comm)" = postgres ] && echo ${p#/proc/}; done; sleep 60';
  const { outcome } = await one.run(hermetic({ commands: [script], services: [postgres] }));
  expect(outcome).toMatchObject({
    ok: false,
    failure: { kind: "service-died", service: "db", step: "lint:test" },
  });
  const log = !outcome.ok && outcome.failure.kind === "service-died" ? outcome.failure.log : [];
  expect(log.join("\n")).toContain("ready to accept connections");
  await one.close();
}, 60_000);

test("many inputs are hashed once and not read again by the next run", async () => {
  for (let at = 0; at < 2000; at++) {
    if (at % 200 === 0) mkdirSync(join(checkout.root, `many/${at / 200}`), { recursive: true });
    writeFileSync(join(checkout.root, `many/${Math.floor(at / 200)}/${at}`), String(at));
  }
  const steps = Array.from({ length: 10 }, (_, at) => hermetic({ id: `s${at}`, commands: [`echo ${at}`] }));
  await checkout.run(steps);
  const { outcome } = await checkout.run(steps);
  expect(outcome).toMatchObject({ ok: true, cached: true });
}, 30_000);
