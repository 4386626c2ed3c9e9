import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EffectAnswer, EffectCall } from "../../pipeline/run/effect-call.ts";
import { makeSystem, smallConfig } from "../support/system.ts";
import { fetchNode24, node24 } from "./support/node24.ts";

const execute = promisify(execFile);

const pipeline = fileURLToPath(new URL("../../pipeline/", import.meta.url));
let place = "";
let runtime = "";

/** As a container of the module does it: its source without packages, then what its own lock says, then no build. */
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "bellwether-module-"));
  const home = join(place, "bellwether");
  await cp(pipeline, home, { recursive: true, filter: (path) => !/\/(node_modules|sdk)(\/|$)/.test(path) });
  runtime = join(await fetchNode24(place), "node");
  await execute("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"], { cwd: home });
});

afterAll(() => rm(place, { recursive: true, force: true }));

const program = (directory: string, ...args: string[]) =>
  execute(runtime, [join(place, "bellwether/cli/main.ts"), "-C", directory, ...args], {
    env: { PATH: process.env.PATH, HOME: place },
    timeout: 120_000,
  });

test("the module's own source runs by Node 24 as it is, with what its lock installs", async () => {
  expect((await execute(runtime, ["--version"])).stdout.trim()).toBe(`v${node24}`);
  expect((await program(place, "--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("the edges of a workflow run by Node 24 beside it, with nothing else installed", async () => {
  await cp(fileURLToPath(new URL("../../scripts/", import.meta.url)), join(place, "edges/scripts"), {
    recursive: true,
  });
  await symlink(join(place, "bellwether"), join(place, "edges/pipeline"));
  const event = join(place, "event.json");
  const payload = {
    ref: "refs/heads/main",
    inputs: { environment: "staging", version: "1.2.3", reason: "a try" },
  };
  await writeFile(event, JSON.stringify(payload));
  await Promise.all(["output", "env"].map((name) => writeFile(join(place, name), "")));
  const done = await execute(runtime, [join(place, "edges/scripts/github.ts"), "begin"], {
    env: {
      PATH: process.env.PATH,
      ...{ GITHUB_EVENT_NAME: "workflow_dispatch", GITHUB_EVENT_PATH: event, GITHUB_REF: "refs/heads/main" },
      ...{
        GITHUB_OUTPUT: join(place, "output"),
        GITHUB_ENV: join(place, "env"),
        BELLWETHER_TOLD: join(place, "told"),
      },
    },
  });
  expect(done.stderr).toBe("");
  expect(await readFile(join(place, "env"), "utf8")).toMatch(/^BELLWETHER_TO<<.*\n1\.2\.3\n/m);
});

test("a scan for secrets in a copy without git finds what the host finds", async () => {
  const system = await makeSystem({
    files: {
      "bellwether.yaml": `${smallConfig}security:\n  secrets: { scanner: built-in }\n`,
      // Put together here, so that this file is none that a scan stops at.
      "service/login.mjs": `export const token = "${["ghp", "_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"].join("")}";\n`,
    },
  });
  const source = join(place, "scanned");
  await cp(system.directory, source, { recursive: true, filter: (path) => !/\/\.git(\/|$)/.test(path) });
  const scan = ["scan", "secrets", "--scanner", "built-in"];
  await system.run(...scan, "--out", "host.json");
  await program(source, ...scan, "--all-files", "--out", "copy.json");
  const host = JSON.parse(await readFile(join(system.directory, "host.json"), "utf8"));
  const copy = JSON.parse(await readFile(join(source, "copy.json"), "utf8"));
  expect(host.findings).toHaveLength(1);
  expect(copy).toEqual(host);
  await system.close();
});

test("an image that it makes in a copy without git has the digest that the host makes, packed by threads", async () => {
  const system = await makeSystem({
    files: { "service/data.txt": "AAPL 231.5 MSFT 417.2\n".repeat(150_000) },
  });
  expect((await system.run("run", "image")).code).toBe(0);
  const digest = await system.imageDigest();
  const source = join(place, "shipped");
  await cp(system.directory, source, {
    recursive: true,
    filter: (path) => !/\/\.(git|bellwether)(\/|$)/.test(path),
  });
  const plan = JSON.parse((await system.run("plan", "--json")).stdout);
  const call: EffectCall = {
    ...{ format: 1, config: plan.config.digest, context: plan.context, given: [] },
    facts: { keys: { "build:api": null }, digests: {} },
    step: {
      ...{ kind: "image", image: "api", publish: false, handed: null, sbom: null },
      archive: join(place, "image.tar"),
      listed: source,
    },
  };
  await writeFile(join(place, "call.json"), JSON.stringify(call));
  const state = ["--state", join(place, "state")];
  await program(source, ...state, "effect", join(place, "call.json"), "--out", join(place, "answer.json"));
  const answer: EffectAnswer = JSON.parse(await readFile(join(place, "answer.json"), "utf8"));
  expect(answer.result).toMatchObject({ ok: true, value: { digest } });
  expect(digest).toMatch(/^sha256:/);
  await system.close();
});
