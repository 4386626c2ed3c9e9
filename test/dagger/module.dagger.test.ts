import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackTar } from "modern-tar";
import { expect, test } from "vitest";
import { containerConfig, systemsOfTests } from "../support/system.ts";
import { call, callAt, module } from "./support.ts";

const given = systemsOfTests();

test("plan is the plan that the host makes", async () => {
  const system = await given(containerConfig);
  const host = JSON.parse((await system.run("plan", "--json", "--event", "push")).stdout);
  const { code, said } = await call(system.directory, "plan", "--event=push", "--json");
  expect(code, said).toBe(0);
  const { stages, context } = JSON.parse(said);
  expect(stages).toEqual(host.stages);
  expect(context.version).toBe(host.context.version);
});

test("check passes where the host's checks pass; where one fails the call fails with its words", async () => {
  const system = await given(containerConfig);
  const passed = await call(system.directory, "check");
  expect(passed.code, passed.said).toBe(0);
  await system.write({ "service/server.mjs": "export {};\n" });
  const failed = await call(system.directory, "check");
  expect(failed.code).toBe(1);
  expect(failed.said).toContain("lint:style");
});

test("build gives the image with the digest that the host makes, and image a container of one platform", async () => {
  const system = await given(containerConfig);
  expect((await system.run("run", "image")).code).toBe(0);
  const digest = await system.imageDigest();
  const file = join(system.directory, "api.tar");
  const built = await call(system.directory, "build", "export", `--path=${file}`);
  expect(built.code, built.said).toBe(0);
  const index = (await unpackTar(await readFile(file))).find(({ header }) => header.name === "index.json");
  expect(JSON.parse(Buffer.from(index?.data ?? []).toString("utf8")).manifests).toMatchObject([{ digest }]);
  const shown = await call(
    system.directory,
    "image",
    "--platform=linux/amd64",
    "file",
    "--path=/app/server.mjs",
    "size",
  );
  expect(shown.code, shown.said).toBe(0);
});

test("report is there though a check fails, and holds the host's exit code", async () => {
  const system = await given(containerConfig);
  await system.write({ "service/server.mjs": "export {};\n" });
  const out = join(system.directory, "out");
  const { code, said } = await call(system.directory, "report", "export", `--path=${out}`);
  expect(code, said).toBe(0);
  const report = JSON.parse(await readFile(join(out, "report.json"), "utf8"));
  expect(report).toMatchObject({ outcome: "failed", exitCode: 1, executor: "dagger" });
});

test("B49: a deploy to the local target is refused, and the call fails", async () => {
  const system = await given(containerConfig);
  const { code, said } = await call(system.directory, "deploy-staging", "--event=push");
  expect(code).toBe(1);
  expect(said).toContain("would end with the container");
});

test("run --executor dagger walks the plan on this machine, with the host's report", async () => {
  const system = await given(containerConfig);
  const { code, stdout, stderr } = await system.run("run", "lint", "unit-test", "--executor", "dagger");
  expect(code, stdout + stderr).toBe(0);
  expect(await system.report()).toMatchObject({ executor: "dagger", outcome: "passed", exitCode: 0 });
});

test.each(["examples/quotes", "examples/nifty50"])(
  "all checks of %s pass, with its databases",
  async (example) => {
    const { code, said } = await callAt(module, example, "check");
    expect(code, said).toBe(0);
  },
);

test("scans of ours and what Bellwether brings along run in this repository", async () => {
  const { code, said } = await call(module, "security-scan");
  expect(code, said).toBe(0);
  expect(said).toContain("scan:secrets");
});
