import { afterEach, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

let system: System;
afterEach(() => system.close());

const files = {
  "package.json": '{ "scripts": { "test": "node --test" } }',
  "package-lock.json": '{ "lockfileVersion": 3, "packages": {} }',
  "sum.test.mjs": 'import test from "node:test";\ntest("adds", () => {});\n',
};

test("init says what it found, guessed and could not know, and writes a configuration that is valid", async () => {
  system = await makeSystem({ files });
  const { stdout, code } = await system.run("init", "--force");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^found {4}Node \(npm\): package-lock\.json$/m);
  expect(stdout).toMatch(/^guessed {2}Node >=20: nothing names a version$/m);
  expect(stdout).toMatch(/^unknown {2}whether this machine reaches .*\n {11}next: try `bellwether scan/m);
  expect((await system.run("validate")).stdout).toBe("bellwether.yaml is valid\n");
});

test("init never overwrites without --force, and --dry-run prints and writes nothing", async () => {
  system = await makeSystem({ files: { ...files, "bellwether.yaml": "app: mine\n" } });
  const refused = await system.run("init");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("--force replaces the file");
  const dry = await system.run("init", "--dry-run");
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain("\nchecks:\n");
  expect((await system.run("validate", "--json")).stdout).toContain('"valid": true');
  expect((await system.run("plan")).stdout).toMatch(/^mine /);
});

test("init --json gives the text and the sayings to a program", async () => {
  system = await makeSystem({ files, bare: true });
  const { stdout, code } = await system.run("init", "--force", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    file: "bellwether.yaml",
    written: true,
    sayings: expect.arrayContaining([expect.objectContaining({ kind: "found" })]),
  });
});

test("installed packages that git was not told to ignore are no part of the repository", async () => {
  const python = {
    "requirements.txt": "flake8\npytest\n",
    "calc.py": "",
    "test_calc.py": "",
    "env311/pyvenv.cfg": "home = /usr/bin\n",
    "env311/lib/python3.11/site-packages/six/test_six.py": "",
    "node_modules/gyp/gyp.py": "",
    "pyvenv.cfg": "home = /usr/bin\n",
    "lib/python3.11/site-packages/six/six.py": "",
  };
  system = await makeSystem({ files: python });
  const { stdout } = await system.run("init", "--force", "--dry-run");
  expect(stdout).toContain("flake8: flake8 calc.py test_calc.py }");
});
