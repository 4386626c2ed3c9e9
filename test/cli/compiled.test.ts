import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterEach, expect, inject, test } from "vitest";
import { keptAt, wrapped } from "../../pipeline/cli/compiled.ts";
import { shell } from "../support/bin.ts";

const dist = () => join(inject("home"), "dist");
const common = ["program.cjs", "to-plan.cjs", "to-run.cjs", "to-find-images.cjs"];

const copies: string[] = [];

/** A copy of the built program that a test may harm. */
function copied(): string {
  const home = mkdtempSync(join(tmpdir(), "bellwether-compiled-test-"));
  copies.push(home);
  cpSync(dist(), home, { recursive: true });
  return home;
}

const help = (home: string): string => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(home, "main.cjs"), "--help"], {
    env: shell(),
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(status, stderr).toBe(0);
  return stdout;
};

afterEach(() => {
  for (const home of copies.splice(0)) rmSync(home, { recursive: true, force: true });
});

test.each(common)("the build keeps the code of %s, and V8 takes it", (name) => {
  const text = readFileSync(join(dist(), name), "utf8");
  const cachedData = readFileSync(keptAt(dist(), text));
  expect(new Script(wrapped(text), { cachedData }).cachedDataRejected).toBe(false);
});

test("kept code that is damaged, or another file's, is not taken: the text is compiled", () => {
  const home = copied();
  const text = readFileSync(join(home, "program.cjs"), "utf8");
  const whole = help(home);
  writeFileSync(keptAt(home, text), "nothing of V8's");
  expect(help(home)).toBe(whole);
  cpSync(keptAt(home, readFileSync(join(home, "to-run.cjs"), "utf8")), keptAt(home, text));
  expect(help(home)).toBe(whole);
});

test("a text that changed without changing its length runs as it is now, not as it was compiled", () => {
  const home = copied();
  const file = join(home, "program.cjs");
  const text = readFileSync(file, "utf8");
  expect(text).toContain("Ships a system from a commit");
  writeFileSync(file, text.replace("Ships a system from a commit", "Ships a system from a kommit"));
  expect(help(home)).toContain("Ships a system from a kommit");
});

test("a command writes nothing beside the program: the build alone keeps code", () => {
  const home = copied();
  rmSync(join(home, "compiled"), { recursive: true });
  help(home);
  expect(existsSync(join(home, "compiled"))).toBe(false);
});

test("no file of the program loads by import(), for which kept code has no loader", () => {
  const loading = readdirSync(dist())
    .filter((name) => name.endsWith(".cjs"))
    .filter((name) => /[^.\w]import\(/.test(readFileSync(join(dist(), name), "utf8")));
  expect(loading).toEqual([]);
});

test("who loads a file of the program does not run a command: `npm start` shares its files", () => {
  const loaded = common.map((name) => `require(${JSON.stringify(join(dist(), name))})`).join(";");
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", loaded], {
    env: shell(),
    encoding: "utf8",
    timeout: 30_000,
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
});
