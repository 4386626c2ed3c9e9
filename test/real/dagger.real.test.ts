import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, connect } from "@dagger.io/dagger";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { visible } from "../../pipeline/executors/dagger/container.ts";
import { daggerExecutor } from "../../pipeline/executors/dagger/executor.ts";
import { addressesOf } from "../../pipeline/executors/dagger/images.ts";
import { moduleProgram } from "../../pipeline/executors/dagger/program.ts";
import { check, runChecks } from "../../pipeline/functions/checks.ts";
import type { Door } from "../../pipeline/functions/door.ts";
import { buildImage } from "../../pipeline/functions/images.ts";
import { executorContract } from "../contract/executor.ts";
import { recordingSession } from "../support/recording-session.ts";
import { containerConfig, makeSystem, type System } from "../support/system.ts";
import { fetchNode24 } from "./support/node24.ts";
import { type SmallEngine, smallEngine } from "./support/small-engine.ts";

// No engine is here. What is proved is that the queries, done as they say, do what the plan means: by a small engine
// of overlays and mount namespaces, whose every container is this machine.

const pipeline = fileURLToPath(new URL("../../pipeline/", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "bellwether-small-engine-"));
let path = "";

beforeAll(async () => {
  const node = await fetchNode24(place);
  writeFileSync(join(place, "busybox"), busybox, { mode: 0o755 });
  path = `${node}:${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
});
/** Stands for the image's: Debian's own static busybox cannot look up names, and ends with a signal. */
const busybox = `#!/bin/sh
case "$1" in
  usleep) exec sleep 0.1 ;;
  wget) shift; for url; do :; done
    exec node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$url" ;;
esac
`;

afterAll(() => rm(place, { recursive: true, force: true }));

/** A session with a small engine, until it is closed. */
async function opened(): Promise<{ client: Client; engine: SmallEngine; close(): Promise<void> }> {
  const engine = smallEngine({ module: pipeline, path, files: { "/bin/busybox": join(place, "busybox") } });
  const session = await recordingSession(engine.answer);
  process.env.DAGGER_SESSION_PORT = String(session.port);
  process.env.DAGGER_SESSION_TOKEN = session.token;
  return new Promise((resolve, reject) => {
    connect(
      (client) =>
        new Promise<void>((leave) => {
          const close = async () => {
            leave();
            await session.close();
            engine.close();
            delete process.env.DAGGER_SESSION_PORT;
            delete process.env.DAGGER_SESSION_TOKEN;
          };
          resolve({ client, engine, close });
        }),
    ).catch(reject);
  });
}

executorContract("the Dagger executor on a small engine", {
  image: "debian:bookworm-slim",
  postgres: null,
  make: async (files, secrets) => {
    const checkout = mkdtempSync(join(tmpdir(), "bellwether-contract-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(checkout, name)), { recursive: true });
      writeFileSync(join(checkout, name), text);
    }
    execFileSync("git", ["init", "--quiet", checkout]);
    const { client, close } = await opened();
    let turn = 0;
    const again = async () =>
      daggerExecutor({
        ...{ client, history: null, change: null, checkout: null, variables: {}, app: "contract" },
        source: visible(client.host().directory(checkout, { exclude: ["**/.git"] })),
        secrets: Object.fromEntries(
          Object.entries(secrets).map(([name, value]) => [name, client.setSecret(name, value)]),
        ),
        address: addressesOf({}, {}),
        program: moduleProgram(client.currentModule().source()),
        version: "1.2.3",
        fresh: `turn-${turn++}`,
        end: () => Promise.resolve(),
      });
    return {
      executor: await again(),
      again,
      close: async () => {
        await close();
        rmSync(checkout, { recursive: true, force: true });
      },
    };
  },
});

/** How this machine reaches its registries, as a caller hands it on. */
const variables = Object.entries(process.env)
  .filter(([name]) => /^npm_config_|^(HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i.test(name))
  .map(([name, value]) => `${name}=${value ?? ""}`);

const systems: System[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
});

const config = containerConfig.replace(
  "components:\n",
  "security:\n  secrets: { scanner: built-in }\ncomponents:\n",
);

/** The module's door to a small system, as its constructor makes it. */
async function given(more = ""): Promise<{ system: System; door(client: Client): Door }> {
  const system = await makeSystem({
    files: { "bellwether.yaml": config.replace("  unit:", `${more}  unit:`) },
  });
  systems.push(system);
  return {
    system,
    door: (client) => ({
      ...{ client, file: "bellwether.yaml", images: [], variables, secretNames: [], secrets: [] },
      source: client.host().directory(system.directory, { exclude: ["**/.git", "**/.bellwether"] }),
      git: client.git(system.directory),
    }),
  };
}

test("check runs the linter, the tests and our own scan, and fails where one of them does", async () => {
  const { system, door } = await given();
  const first = await opened();
  const said = await check(door(first.client)).finally(first.close);
  expect(said).toMatch(/lint:style.*passed/);
  expect(said).toMatch(/scan:secrets.*passed/);
  await system.write({ "service/server.mjs": "export {};\n" });
  const second = await opened();
  await expect(check(door(second.client)).finally(second.close)).rejects.toThrow(/lint:style.*failed/);
});

test("build gives the digest that the host makes, and a changed source is not taken for its commit", async () => {
  const { system, door } = await given();
  expect((await system.run("run", "image")).code).toBe(0);
  const digest = await system.imageDigest();
  const digestOf = async (wanted: Door) => {
    const archive = await (await buildImage(wanted, {})).contents();
    return /"digest":"(sha256:[0-9a-f]{64})"/.exec(archive)?.[1];
  };
  const first = await opened();
  expect(await digestOf(door(first.client)).finally(first.close)).toBe(digest);
  await system.write({ "service/more.mjs": "export {};\n" });
  const second = await opened();
  const changed = await digestOf(door(second.client)).finally(second.close);
  expect(changed).toMatch(/^sha256:/);
  expect(changed).not.toBe(digest);
});

test("a component runs beside an integration test, is awaited until it is ready, and is reached by its name", async () => {
  const { door } = await given(
    `  integration:
    run: [node, -e, "fetch(process.env.API + '/quote').then((r) => r.json()).then((q) => process.exit(q.symbol === 'AAPL' ? 0 : 1))"]
    components: [api]
    env: { API: "\${components.api.url}" }
`,
  );
  const { client, engine, close } = await opened();
  const said = await runChecks(door(client), ["integration-test"]).finally(close);
  expect(said).toMatch(/integration:\S* passed|\[integration[^\]]*\] passed/);
  expect(engine.execs.some((args) => args.join(" ").includes("node server.mjs"))).toBe(true);
});
