import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

const execute = promisify(execFile);

/** A key that no one has, put together here so that this file holds none. */
const key = `AKIA${"IOSFODNN7QWERTYU"}`;

const config = `app: small
checks:
  lint:
    flake8: { run: "echo \\"app/x y.py:3:1: F401 'os' imported but unused\\"; exit 1", findings: flake8 }
    black: { run: "echo 'would reformat app/y.py'; exit 1", findings: black }
    mypy: { run: "true", findings: mypy }
security:
  secrets:
    scanner: built-in
    allow: [{ path: "docs/**", reason: the example of a page, expires: 2099-12-31 }]
`;

let directory = "";
let system: System;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-sarif-"));
  // The validator of those who wrote the standard, with the schema of OASIS beside it.
  await execute("npm", ["pack", "--silent", "@microsoft/sarif-multitool-linux@5.7.0"], {
    cwd: directory,
    timeout: 200_000,
  });
  const [archive = ""] = (await readdir(directory)).filter((name) => name.endsWith(".tgz"));
  await execute("tar", ["xzf", archive], { cwd: directory });
  await chmod(join(directory, "package", "Sarif.Multitool"), 0o755);
  system = await makeSystem({
    files: { "bellwether.yaml": config, "app/keys.py": `KEY = "${key}"\n`, "docs/page.md": `${key}\n` },
  });
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

test("each SARIF file is valid against the schema of OASIS, and GitHub's rules find no error in it", async () => {
  expect((await system.run("run", "lint", "security-scan")).code).toBe(1);
  const names = (await readdir(join(system.state, "reports", "sarif"))).sort();
  expect(names).toEqual(["bellwether.sarif", "black.sarif", "flake8.sarif", "mypy.sarif"]);
  const schema = JSON.parse(await readFile(join(directory, "package", "sarif-2.1.0.json"), "utf8"));
  const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  for (const name of names) {
    expect([name, valid(JSON.parse(await system.stored(`reports/sarif/${name}`))), valid.errors]).toEqual([
      name,
      true,
      null,
    ]);
    const file = join(system.state, "reports", "sarif", name);
    const words = ["validate", file, "--rule-kind", "Sarif;Ghas", "--level", "Error", "--kind", "Fail"];
    const { stdout } = await execute(join(directory, "package", "Sarif.Multitool"), words, {
      env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: "1" },
      timeout: 60_000,
    });
    expect(stdout).toContain("Analysis completed successfully");
    expect(stdout).not.toContain("error GH");
    expect(stdout).not.toMatch(/ error /);
  }
});
