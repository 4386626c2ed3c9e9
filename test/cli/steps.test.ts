import { access, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallConfig, systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

/** A configuration of one lint step. */
const lint = (step: string, more = "") => `app: small\n${more}checks: { lint: { style: ${step} } }\n`;

const toolchain = (name: string, more: string) => lint("touch ran", `toolchains: { ${name}: { ${more} } }\n`);

test("a tool that is missing is told before the first step: exit code 3", async () => {
  const system = await given(toolchain("cobolc", 'version: ">=3", image: cobol'));
  const done = await system.run("run");
  expect(done.code).toBe(3);
  expect(done.stdout).toContain("cobolc was not found; lint:style needs it.\n");
  expect(done.stdout).toContain("next: Install cobolc >=3 and put it on PATH.\n");
  await expect(access(join(system.directory, "ran"))).rejects.toThrow();
});

test("a tool that is too old is told before the first step: exit code 3", async () => {
  const system = await given(toolchain("node", 'version: ">=99"'));
  const done = await system.run("run");
  expect(done.code).toBe(3);
  expect(done.stdout).toContain(`node is ${process.versions.node}; lint:style needs >=99.\n`);
  expect(done.stdout).toMatch(
    /next: Install node >=99, put it before \/\S+\/node on PATH, or change the range in the config\.\n/,
  );
  await expect(access(join(system.directory, "ran"))).rejects.toThrow();
});

test("a step that writes into its own inputs passes, is not cached, and that is said", async () => {
  const system = await given(lint('{ run: "date +%N >> service/log.txt", inputs: [service/**] }'), {
    "service/log.txt": "",
  });
  for (const _ of [1, 2]) {
    const done = await system.run("run");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain(
      "[lint:style] note: not cached: its own inputs changed while it ran (service/log.txt)\n",
    );
    expect((await system.report()).cacheHits).toBe(0);
  }
});

test.each([
  ["that climbs out", "../escaped", "../escaped"],
  ["that is absolute", "/tmp/bellwether-escaped", "/tmp/bellwether-escaped"],
])("an output path %s is refused with exit code 2, before the step runs", async (_what, path, told) => {
  const system = await given(lint(`{ run: touch ran, outputs: ["${path}"] }`));
  const done = await system.run("run");
  expect(done).toMatchObject({ code: 2, stdout: "" });
  expect(done.stderr).toContain("bellwether.yaml has 1 problem.\n");
  expect(done.stderr).toContain(told);
  await expect(access(join(system.directory, "ran"))).rejects.toThrow();
});

test("an output that is a link out of the checkout is refused, and what it points at is untouched", async () => {
  const outside = await given(lint("true"), { "precious/file": "precious" });
  const system = await given(
    lint(
      `{ run: "rm -rf out && ln -s ${outside.directory}/precious out && touch out/added", outputs: [out] }`,
    ),
  );
  for (const _ of [1, 2]) {
    const done = await system.run("run");
    expect(done.code).toBe(1);
    expect(done.stdout).toMatch(/lint:style names a path that it must not use, out\S*: .+\.\n/);
    expect(done.stdout).toContain("next: Name a path inside the checkout.\n");
  }
  expect(await readFile(join(outside.directory, "precious", "file"), "utf8")).toBe("precious");
});

test("an output that is not written fails the step: exit code 1", async () => {
  const system = await given(lint('{ run: "true", outputs: [reports/style.xml] }'));
  const done = await system.run("run");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("lint:style ended well but did not write reports/style.xml.\n");
});

test("a failing step shows its last lines and its exit code; what needs it is skipped: exit code 1", async () => {
  const system = await given(
    smallConfig.replace("grep -q createServer service/server.mjs", '"echo 3:14 missing semicolon; exit 9"'),
  );
  const done = await system.run("run", "--event", "push", "--ref", "develop");
  expect(done.code).toBe(1);
  expect(done.stdout).toMatch(/\[lint:style\] lint:style failed: exit code 9\.\n/);
  expect(done.stdout).toContain("[lint:style]   | 3:14 missing semicolon\n");
  expect(done.stdout).toContain("○ Images: skipped, lint failed\n");
  const report = await system.report();
  expect(report).toMatchObject({ outcome: "failed", exitCode: 1 });
  expect(report.stages.find((stage) => stage.id === "staging")).toMatchObject({ outcome: "skipped" });
});

test("B48: a step that exceeds its time limit is stopped with all it started: exit code 1", async () => {
  const system = await given(lint('{ run: "sleep 300 & sleep 300", timeout: 300ms }'));
  const done = await system.run("run");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("lint:style ran into its time limit of 300 ms and was stopped.\n");
});

test("an artifact that is missing is told with its component and path: exit code 3", async () => {
  const system = await given(smallConfig.replace(/ {4}build: .*\n/, ""));
  const done = await system.run("run", "image");
  expect(done.code).toBe(3);
  expect(done.stdout).toMatch(/The artifact of api is not there: \S*dist\.\n/);
  expect(done.stdout).toMatch(
    /next: Make the build of api write \S*dist, or correct `artifact` in the config\.\n/,
  );
});

test("a port in use is told with the environment: exit code 3, and nothing is deployed", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  try {
    const system = await given(smallConfig.replace("target: local", `target: { local: { port: ${port} } }`));
    await system.edit(
      "bellwether.yaml",
      "    extends: staging\n",
      "    extends: staging\n    target: local\n",
    );
    const done = await system.run("run", "--event", "push", "--ref", "develop");
    expect(done.code).toBe(3);
    expect(done.stdout).toContain(`Port ${port}, which staging listens on, is in use by another program.\n`);
    expect(done.stdout).toContain("next: End that program, or give staging another port in the config.\n");
    expect((await system.run("history", "staging", "--json")).stdout).toBe('{\n  "staging": []\n}\n');
  } finally {
    other.close();
  }
});

test("a cached step replays its log and outputs; --no-cache runs it again", async () => {
  const system = await given(lint('{ run: "echo seen; mkdir -p out; date +%N > out/now", outputs: [out] }'));
  const now = () => readFile(join(system.directory, "out", "now"), "utf8");
  expect((await system.run("run")).code).toBe(0);
  const first = await now();
  await system.write({ "out/now": "spoilt" });
  const again = await system.run("run");
  expect(again.stdout).toContain("[lint:style] seen\n");
  expect(again.stdout).toContain("[lint:style] passed from the cache\n");
  expect(await now()).toBe(first);
  expect((await system.run("run", "--no-cache")).stdout).not.toContain("from the cache\n[");
  expect(await now()).not.toBe(first);
});

test("B49: what the chosen executor cannot do here is refused before the first step, with the remedy", async () => {
  const system = await given(lint("touch ran"));
  const done = await system.run("run", "--executor", "dagger");
  expect(done.code).toBe(3);
  expect(done.stderr + done.stdout).toMatch(/dagger/i);
  expect(done.stderr + done.stdout).toMatch(/next: /);
  await expect(access(join(system.directory, "ran"))).rejects.toThrow();
});
